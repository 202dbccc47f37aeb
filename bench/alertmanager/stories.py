"""Random stories for an Alertmanager: alerts, ends, silences, inhibition; and its configuration.

A story has a route and a receiver of its own, so that many are lived at once.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.alertmanager.world import AlertmanagerWorld, Answer, Message
from routing.receipt import DeliveryStatus

LASTS = 26.0  # seconds; the cleaner of empty groups comes after 30
WAIT, INTERVAL = 2, 4
CONFIG: dict[str, Any] = {
    "global": {"resolve_timeout": "5s"},
    "inhibit_rules": [
        {
            "source_matchers": ['role=~"src|both"'],
            "target_matchers": ['role=~"dst|both"'],
            "equal": ["story", "zone"],
        }
    ],
    "time_intervals": [
        {"name": "always", "time_intervals": [{}]},
        {"name": "never", "time_intervals": [{"years": ["1990"]}]},
    ],
}


GROUPED = [["alertname"], [], ["..."], ["alertname", "inst"], ["role"], ["zone", "nowhere"]]


def _matcher(
    name: str, value: str, *, is_regex: bool = False, is_equal: bool = True
) -> dict[str, Any]:
    return {"name": name, "value": value, "isRegex": is_regex, "isEqual": is_equal}


OTHERS = (
    _matcher("role", "src", is_equal=False),
    _matcher("role", "src|dst", is_regex=True, is_equal=False),
    _matcher("role", ".+", is_regex=True, is_equal=False),
    _matcher("zone", "x|", is_regex=True),
    _matcher("zone", ""),
)
"""Matchers that also labels pass which are not there."""


@dataclass(frozen=True)
class Step:
    """Something that happens at an instant: a body for the API, or a silence's end."""

    at: float
    op: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Story:
    """A route, who listens, and what happens."""

    name: str
    route: dict[str, Any]
    hooks: tuple["Hook", ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Hook:
    """A webhook of the story's receiver, that refuses the first messages for good."""

    path: str
    send_resolved: bool
    refuses: int


def story(number: int, seed: int) -> Story:
    """A story, the same for the same numbers."""
    chance = random.Random(f"{seed}/{number}")
    name = f"s{number}"
    route: dict[str, Any] = {"receiver": name, "matchers": [f'story="{name}"']}
    route["group_by"] = chance.choice(GROUPED)
    route["repeat_interval"] = chance.choice(["10s", "1s", "7s", "60s"])
    if chance.random() < 0.1:
        key = chance.choice(["mute_time_intervals", "active_time_intervals"])
        route[key] = [chance.choice(["always", "never"])]
    alerts = [_labels(chance, name, n) for n in range(chance.randint(1, 4))]
    times = sorted(round(chance.uniform(0, LASTS - 6), 2) for _ in range(chance.randint(2, 10)))
    steps = [_step(chance, name, at, alerts) for at in times]
    hooks = [_hook(chance, f"{name}-{n}") for n in range(chance.choice((1, 1, 2)))]
    return Story(name, route, tuple(hooks), tuple(steps))


def config(stories: Sequence[Story], sink: str) -> dict[str, Any]:
    """The configuration in which all of them are lived; `sink` is where receivers listen."""
    receivers = [
        {
            "name": one.name,
            "webhook_configs": [
                {"url": f"{sink}/{hook.path}", "send_resolved": hook.send_resolved}
                for hook in one.hooks
            ],
        }
        for one in stories
    ]
    route = {
        "receiver": stories[0].name,
        "group_wait": f"{WAIT}s",
        "group_interval": f"{INTERVAL}s",
        "routes": [one.route for one in stories],
    }
    return {**CONFIG, "route": route, "receivers": receivers}


def ours(text: str, one: Story, late: Sequence[float]) -> list[Message]:
    """What the receiver of a story gets from us, when its steps come so much later."""
    refuses = {f"http://sink/{hook.path}": hook.refuses for hook in one.hooks}

    def answer(url: str, at: float, number: int) -> Answer:
        is_refused = number <= refuses[url]
        status = DeliveryStatus.FAILED_PERMANENT if is_refused else DeliveryStatus.SENT
        return Answer(0.005, status)

    world = AlertmanagerWorld(text, answer)
    for step, delay in zip(one.steps, late, strict=True):
        at = step.at + delay
        if step.op == "post":
            world.post(at, [step.body])
        elif step.op == "silence":
            world.silence(at, step.body["ref"], step.body)
        else:
            world.expire(at, step.body["ref"])
    world.run(LASTS)
    return world.got


def _hook(chance: random.Random, path: str) -> Hook:
    refuses = chance.choice((0, 0, 0, 1, 2, 3, 99))
    return Hook(path, chance.random() < 0.8, refuses)


def _labels(chance: random.Random, name: str, number: int) -> dict[str, str]:
    labels = {"story": name, "alertname": chance.choice("AB"), "inst": str(number)}
    role = chance.choice(["", "", "src", "dst", "both"])
    zone = chance.choice(["", "", "x", "x", "y"])
    return {**labels, **({"role": role} if role else {}), **({"zone": zone} if zone else {})}


def _step(chance: random.Random, name: str, at: float, alerts: list[dict[str, str]]) -> Step:
    labels = chance.choice(alerts)
    kind = chance.choice(["fire"] * 5 + ["end"] * 4 + ["silence", "expire"])
    if kind == "silence":
        label = chance.choice(["inst", "alertname"])
        matchers = [_matcher("story", name), _matcher(label, labels[label])]
        if chance.random() < 0.4:
            matchers[1] = chance.choice(OTHERS)
        lasts = chance.choice([3.3, 6.1, 30.0])
        ref = f"{name}-{label}-{labels[label]}"
        body = {"ref": ref, "matchers": matchers, "start": at + 0.3, "end": at + 0.3 + lasts}
        return Step(at, "silence", body)
    if kind == "expire":
        label = chance.choice(["inst", "alertname"])
        return Step(at, "expire", {"ref": f"{name}-{label}-{labels[label]}"})
    start = at - chance.choice([0.0, 0.0, 0.5, 60.0])
    if kind == "end":
        return Step(at, "post", {"labels": labels, "start": start - 1, "end": at})
    end = chance.choice([at + 100, at + 100, at + 3.3, at + 7.7, 0])
    return Step(at, "post", {"labels": labels, "start": start or 1e-6, "end": end})
