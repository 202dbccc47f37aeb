"""Muting: which open incidents a silence is about."""

from msgspec.structs import replace

from routing.labels import Matcher
from routing.muting import muting
from routing.policy import Silence
from tests.scenarios.story import START, Story, minutes, policy


def silence(*matchers: str) -> Silence:
    sets = [
        (Matcher(name=text.partition("=")[0], op="=", value=text.partition("=")[2]),)
        for text in matchers
    ]
    return Silence(
        id="s",
        matchers=sets[0],
        alternatives=tuple(sets[1:]),
        starts_at=START,
        ends_at=START + minutes(60),
    )


def open_ones() -> Story:
    told = Story(policy())
    told.fires("warning", service="web")
    told.fires("error", service="api", host="a")
    told.fires("critical", service="api", host="b")
    told.fires(service="gone")
    told.resolves()
    told.wait(minutes(1))
    return told


def found(*matchers: str) -> list[tuple[str, int, int]]:
    some = muting(silence(*matchers), open_ones().incidents.values())
    return [(one.incident.group_labels["service"], one.muted, one.firing) for one in some]


def test_the_worst_comes_first_and_what_is_resolved_is_left_out() -> None:
    assert found("service=web", "service=api", "service=gone") == [("api", 2, 2), ("web", 1, 1)]


def test_a_part_of_an_incident_is_said_to_be_a_part() -> None:
    (one,) = muting(silence("host=a"), open_ones().incidents.values())
    assert (one.muted, one.firing, one.is_whole) == (1, 2, False)


def test_severity_counts_as_a_label() -> None:
    assert found("severity=warning") == [("web", 1, 1)]


def test_what_no_alert_has_mutes_nothing() -> None:
    assert found("service=shop") == []


def test_it_says_what_the_engine_then_does() -> None:
    told = open_ones()
    said = muting(silence("service=api"), told.incidents.values())
    told.silences(lasts=minutes(60))
    told.notifications.clear()
    for service in ("web", "api"):
        told.fires(service=service, host="z")
    told.wait(minutes(6))
    heard = {one.incident.group_labels["service"] for one in told.notifications}
    assert heard == {"web"}
    assert [one.incident.group_labels["service"] for one in said] == ["api"]


def test_a_digest_is_not_muted() -> None:
    told = open_ones()
    held = replace(told.incident, digest_for="ana", state=next(iter(told.incidents.values())).state)
    assert muting(silence("service=gone"), [held]) == []
