"""With `compat: alertmanager`: Alertmanager's own timed cases, and what 0.25 was seen to do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bench.alertmanager.world import AlertmanagerWorld, Answer, Answers, Message
from routing.receipt import DeliveryStatus

DATA = Path(__file__).parents[3] / "shared" / "data" / "alertmanager"
NOT_HERE = "../shared/data/alertmanager is not here"
NOT_IN_025 = {"TestColdStart": "needs --dispatch.start-delay, which 0.25 does not have"}
RANDOM = {"s24_repeat_multiple": "a repeat at an exact multiple is told or not at random in 0.25"}


def acceptance() -> list[Any]:
    if not DATA.is_dir():
        return [pytest.param({}, marks=pytest.mark.skip(reason=NOT_HERE))]
    cases = YAML(typ="safe").load((DATA / "acceptance.yaml").read_text())
    return [
        pytest.param(
            case,
            id=case["name"],
            marks=[pytest.mark.skip(reason=NOT_IN_025[case["name"]])]
            if case["name"] in NOT_IN_025
            else [],
        )
        for case in cases
    ]


def dropping(receivers: list[dict[str, Any]]) -> Answers:
    """Receivers that answer nothing before their time."""
    begins = {f"http://{one['name']}": one.get("drop_before", -1) for one in receivers}
    sleeps = {f"http://{one['name']}": one.get("sleep_s", 0) for one in receivers}

    def answer(url: str, at: float, number: int) -> Answer:
        name = next(name for name in begins if url.startswith(name))
        if at < begins[name]:
            return Answer(sleeps[name], DeliveryStatus.PENDING)
        return Answer(0.005, DeliveryStatus.SENT)

    return answer


def lived(case: dict[str, Any], *, restores: bool = False) -> AlertmanagerWorld:
    text = re.sub(r"\{\{(\w+)\}\}", r"\1", case["config"])
    world = AlertmanagerWorld(text, dropping(case["receivers"]))
    for step in case["steps"]:
        at = step["at"]
        if step["op"] == "post":
            world.post(at, step["alerts"])
        elif step["op"] == "silence":
            world.silence(at, step["ref"], step["silence"])
        elif step["op"] == "expire":
            world.expire(at, step["ref"])
        else:
            world.reload(at)
    world.run(max([want["between"][1] for want in case["want"]] + [1]) + 0.2, restores=restores)
    return world


def is_wanted(want: dict[str, Any], got: dict[str, Any], tolerance: float) -> bool:
    if want["labels"] != got["labels"] or want.get("annotations", {}) != got["annotations"]:
        return False
    pairs = ((want.get("start", 0), got["start"]), (want.get("end", 0), got["end"]))
    return all((a <= 0) == (b == 0) and (a <= 0 or abs(a - b) <= tolerance) for a, b in pairs)


def is_met(want: dict[str, Any], got: list[Message], tolerance: float) -> bool:
    first, last = want["between"]
    batches = [message.alerts for message in got if first <= message.at <= last]
    if not want["alerts"] and not batches:
        return True
    return any(
        len(batch) == len(want["alerts"])
        and all(any(is_wanted(one, alert, tolerance) for alert in batch) for one in want["alerts"])
        for batch in batches
    )


@pytest.mark.parametrize("restores", [False, True], ids=["", "restored"])
@pytest.mark.parametrize("case", acceptance())
def test_acceptance_cases_are_met(case: dict[str, Any], restores: bool) -> None:
    world = lived(case, restores=restores)
    tolerance = case.get("tolerance_s", 0.15)
    for name in (one["name"] for one in case["receivers"]):
        got = [message for message in world.got if message.url.startswith(f"http://{name}")]
        wants = [want for want in case["want"] if want["receiver"] == name]
        unmet = [want for want in wants if not is_met(want, got, tolerance)]
        assert not unmet, got
        wanted = sum(len(want["alerts"]) for want in wants)
        assert sum(len(message.alerts) for message in got) == wanted, got


def sink(url: str, at: float, number: int) -> Answer:
    """The answers of `observed/sink.py`, by the last part of the path."""
    mode = url.rpartition("/")[2]
    code = 200
    if found := re.fullmatch(r"s(\d+)", mode):
        code = int(found[1])
    elif (found := re.fullmatch(r"first(\d+)s(\d+)", mode)) and number <= int(found[1]):
        code = int(found[2])
    elif re.fullmatch(r"hang[\d.]+", mode):
        return Answer(10.0, DeliveryStatus.FAILED_TEMPORARY)  # cut by the sender
    status = {200: DeliveryStatus.SENT, 503: DeliveryStatus.FAILED_TEMPORARY}
    return Answer(0.005, status.get(code, DeliveryStatus.FAILED_PERMANENT))


@pytest.fixture(scope="module")
def observed() -> dict[str, list[Message]]:
    """What the receivers of all scenarios got in 44 s, by path."""
    if not DATA.is_dir():
        pytest.skip(NOT_HERE)
    text = (DATA / "observed" / "alertmanager.yml.tmpl").read_text()
    text = text.replace("@SINK@", "http://sink")
    world = AlertmanagerWorld(text, sink)
    for scenario in YAML(typ="safe").load((DATA / "observed" / "scenarios.yaml").read_text()):
        for step in scenario["steps"]:
            if step["op"] == "post":
                alerts = [
                    {**one, "labels": {**one["labels"], "scenario": scenario["name"]}}
                    for one in step["alerts"]
                ]
                world.post(step["at"], alerts)
            elif step["op"] == "silence":
                world.silence(step["at"], scenario["name"] + step["ref"], step)
            elif step["op"] == "expire":
                world.expire(step["at"], scenario["name"] + step["ref"])
    world.run(44.0)
    found: dict[str, list[Message]] = {}
    for message in world.got:
        path = "/" + message.url.split("/", 3)[3]
        found.setdefault(path, []).append(message)
    return found


def paths() -> list[Any]:
    if not DATA.is_dir():
        return [pytest.param("", [], marks=pytest.mark.skip(reason=NOT_HERE))]
    recorded = json.loads((DATA / "observed" / "reference_am025.json").read_text())
    told = YAML(typ="safe").load((DATA / "observed" / "scenarios.yaml").read_text())
    known = {scenario["name"].partition("_")[0] for scenario in told}
    params = []
    for path, messages in recorded.items():
        reason = RANDOM.get(path[1:], "")
        if path[1:].partition("_")[0] not in known:
            reason = "its steps are not in scenarios.yaml"
        marks = [pytest.mark.skip(reason=reason)] if reason else []
        params.append(pytest.param(path, messages, id=path, marks=marks))
    return params


def facts(status: str, group: dict[str, str], alerts: list[Any]) -> Any:
    listed = sorted(
        (one["status"], sorted(one["labels"].items()), sorted(one["annotations"].items()))
        for one in alerts
    )
    return status, sorted(group.items()), listed


@pytest.mark.parametrize(("path", "recorded"), paths())
def test_observed_messages_come_within_100_ms(
    observed: dict[str, list[Message]], path: str, recorded: list[dict[str, Any]]
) -> None:
    wanted = [one for one in recorded if one["t"] < 44]
    recorded_after = 25 if "hang" in path else 0  # a request is noted when it is answered
    got = [one for one in observed.get(path, []) if one.at + recorded_after < 44]
    assert len(got) == len(wanted), [message.at for message in got]
    left = list(got)
    for one in wanted:
        same = [
            message
            for message in left
            if facts(message.status, message.group, message.alerts)
            == facts(one["status"], one["groupLabels"], one["alerts"])
            and abs(message.at - one["t"]) <= 0.1 + one["t_spread"]
        ]
        assert same, (one["t"], [message.at for message in got])
        left.remove(same[0])


def test_nobody_is_told_who_was_not_then(observed: dict[str, list[Message]]) -> None:
    recorded = json.loads((DATA / "observed" / "reference_am025.json").read_text())
    assert set(observed) <= set(recorded)
