"""Alertmanager's timing, case by case, with group_wait 2 s, group_interval 4 s, repeat 10 s."""

from collections.abc import Callable
from typing import Any

import pytest

from bench.alertmanager.world import START, AlertmanagerWorld, Answer, Answers, sent
from routing.compat import need
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus
from routing.told import Told
from tests.scenarios.story import seconds

CONFIG = """
global: {resolve_timeout: 5s}
route:
  receiver: all
  group_by: [alertname]
  group_wait: 2s
  group_interval: 4s
  repeat_interval: 10s
  routes:
    - {matchers: [way="quiet"], receiver: quiet}
    - {matchers: [way="inst"], receiver: all, group_by: [alertname, inst]}
    - {matchers: [way="often"], receiver: all, repeat_interval: 1s}
    - {matchers: [way="two"], receiver: two}
    - matchers: [way="muted"]
      receiver: all
      mute_time_intervals: [always]
      routes: [{matchers: [team="x"]}]
inhibit_rules:
  - {source_matchers: [role=~"src|both"], target_matchers: [role=~"dst|both"], equal: [cluster]}
time_intervals: [{name: always, time_intervals: [{}]}]
receivers:
  - {name: all, webhook_configs: [{url: all}]}
  - {name: quiet, webhook_configs: [{url: all, send_resolved: false}]}
  - {name: two, webhook_configs: [{url: all}, {url: bad}]}
"""

A = {"alertname": "A"}
Told2 = tuple[float, str, int]
Tell = Callable[[AlertmanagerWorld], None]


def told(world: AlertmanagerWorld, until: float = 16.0, url: str = "all") -> list[Told2]:
    """When, with what status, and how many alerts."""
    world.run(until)
    return [(m.at, m.status, len(m.alerts)) for m in world.got if m.url == url]


def fire(world: AlertmanagerWorld, at: float, start: float | None = None, **labels: str) -> None:
    start = at if start is None else start
    world.post(at, [{"labels": {**A, **labels}, "start": start or 1e-6, "end": at + 100}])


def end(world: AlertmanagerWorld, at: float, start: float = 1e-6, **labels: str) -> None:
    world.post(at, [{"labels": {**A, **labels}, "start": start, "end": at}])


def mute(world: AlertmanagerWorld, at: float, until: float, **labels: str) -> None:
    matchers = [{"name": name, "value": value} for name, value in labels.items()]
    world.silence(at, "s", {"matchers": matchers, "start": at, "end": until})


def basic(world: AlertmanagerWorld) -> None:
    fire(world, 0)
    end(world, 21)


def old_joins(world: AlertmanagerWorld) -> None:
    fire(world, 0, i="1")
    fire(world, 0.7, start=-60, i="2")


def ended_in_wait(world: AlertmanagerWorld) -> None:
    fire(world, 0)
    end(world, 1)


def refired(world: AlertmanagerWorld) -> None:
    fire(world, 0)
    end(world, 5)
    fire(world, 11)


def flap(world: AlertmanagerWorld) -> None:
    fire(world, 0)
    end(world, 3)
    fire(world, 4.5)


def no_ends(world: AlertmanagerWorld) -> None:
    fire(world, 0, way="quiet")
    end(world, 5, way="quiet")


def partly(world: AlertmanagerWorld) -> None:
    fire(world, 0, i="1")
    fire(world, 0, i="2")
    end(world, 3, i="1")
    end(world, 7, i="2")


def inhibited_then_free(world: AlertmanagerWorld) -> None:
    fire(world, 0.3, way="inst", inst="t", role="dst")
    world.post(0, [{"labels": {"alertname": "S", "role": "src"}, "start": 1e-6, "end": 7}])


def two_sided(world: AlertmanagerWorld) -> None:
    fire(world, 0, way="inst", inst="1", role="both")
    fire(world, 0, way="inst", inst="2", role="both")


def silenced_then_free(world: AlertmanagerWorld) -> None:
    mute(world, 0, 7, alertname="A")
    fire(world, 0.3)


def end_under_a_silence(world: AlertmanagerWorld) -> None:
    fire(world, 0)
    mute(world, 3, 60, alertname="A")
    end(world, 4)
    world.expire(9, "s")


def end_while_inhibited(world: AlertmanagerWorld) -> None:
    fire(world, 0, way="inst", inst="t", role="dst")
    world.post(3, [{"labels": {"alertname": "S", "role": "src"}, "start": 3, "end": 9}])
    end(world, 4, way="inst", inst="t", role="dst")


def no_end_said(world: AlertmanagerWorld) -> None:
    world.post(0, [{"labels": A, "start": 1e-6}])


def others_after_the_end(world: AlertmanagerWorld) -> None:
    fire(world, 0, i="1")
    end(world, 3, i="1")
    fire(world, 7, i="2")


def extended(world: AlertmanagerWorld) -> None:
    world.post(0, [{"labels": A, "start": 1e-6, "end": 5}])
    world.post(4, [{"labels": A, "start": 1e-6, "end": 13}])


def muted_one_stays(world: AlertmanagerWorld) -> None:
    fire(world, 0, i="1")
    fire(world, 0, i="2")
    mute(world, 3, 7, i="2")
    end(world, 4, i="1")


def reloaded(world: AlertmanagerWorld) -> None:
    fire(world, 0)
    world.reload(3)
    fire(world, 3.5, i="2")


def ended_first(world: AlertmanagerWorld) -> None:
    end(world, 1, i="1")
    fire(world, 2, i="2")


def ended_alone(world: AlertmanagerWorld) -> None:
    end(world, 1)
    fire(world, 9)


def old_and_young(world: AlertmanagerWorld) -> None:
    end(world, 1, start=0.1, i="1")
    fire(world, 2.5, i="2")


def muted_route(world: AlertmanagerWorld) -> None:
    fire(world, 0, way="muted")
    fire(world, 0, way="muted", team="x")


def often(world: AlertmanagerWorld) -> None:
    fire(world, 0, way="often")


def in_two(world: AlertmanagerWorld) -> None:
    fire(world, 0, way="two")
    end(world, 7, way="two")


FIRST, AGAIN = (2, "firing", 1), (14, "firing", 1)
CASES: list[tuple[str, Tell, list[Told2]]] = [
    ("s01 basic", basic, [FIRST, AGAIN, (22, "resolved", 1)]),
    ("s03b an old alert that joins", old_joins, [(0.7, "firing", 2), (12.7, "firing", 2)]),
    ("s04 an end inside group_wait", ended_in_wait, []),
    (
        "s05 fires again",
        refired,
        [FIRST, (6, "resolved", 1), AGAIN],
    ),
    ("s06 flap", flap, [FIRST, AGAIN]),
    ("s07 no ends", no_ends, [FIRST]),
    ("s08 one ends", partly, [(2, "firing", 2), (6, "firing", 2), (10, "resolved", 1)]),
    (
        "s10 the cause ends",
        inhibited_then_free,
        [FIRST, (10, "resolved", 1), (10.3, "firing", 1)],
    ),
    (
        "s10b both sides",
        two_sided,
        [FIRST, FIRST, AGAIN, AGAIN],
    ),
    ("s11 the silence ends", silenced_then_free, [(10.3, "firing", 1)]),
    ("s12 an end under a silence", end_under_a_silence, [FIRST]),
    ("s15c below a muted route", muted_route, [FIRST, AGAIN]),
    ("s20 no end said", no_end_said, [FIRST, (6, "resolved", 1)]),
    ("s25 a short repeat", often, [(t, "firing", 1) for t in (2, 6, 10, 14)]),
    (
        "s31 others after the end",
        others_after_the_end,
        [FIRST, (6, "resolved", 1), (10, "firing", 1)],
    ),
    ("s37 a later end", extended, [FIRST, (14, "resolved", 1)]),
    (
        "s39 a muted one stays",
        muted_one_stays,
        [(2, "firing", 2), (6, "resolved", 1), (10, "firing", 1)],
    ),
    (
        "s40 an end while inhibited",
        end_while_inhibited,
        [FIRST, (5, "firing", 1), (9, "resolved", 1)],
    ),
    ("an ended alert opens the group", ended_first, [(3, "firing", 2), (15, "firing", 1)]),
    ("an ended alert alone makes ticks", ended_alone, [(11, "firing", 1)]),
    (
        "only the alert that joins counts as old",
        old_and_young,
        [(3, "firing", 2), (15, "firing", 1)],
    ),
    ("a reload begins anew", reloaded, [FIRST, (7, "firing", 2)]),
]


@pytest.mark.parametrize(("about", "tell", "wanted"), CASES, ids=[case[0] for case in CASES])
def test_a_case_goes_as_in_alertmanager(about: str, tell: Tell, wanted: list[Told2]) -> None:
    world = AlertmanagerWorld(CONFIG)
    tell(world)
    until = 24.0 if about.startswith("s01") else 16.0
    assert told(world, until) == wanted


def test_nobody_sees_a_group_in_which_nothing_ever_fired() -> None:
    world = AlertmanagerWorld(CONFIG)
    end(world, 1)
    world.run(60)
    assert world.engine.incidents() == ()
    assert world.effects == []


def refusing(until: float) -> Answers:
    def answer(url: str, at: float, number: int) -> Answer:
        is_refused = url == "bad" or at < until
        status = DeliveryStatus.FAILED_PERMANENT if is_refused else DeliveryStatus.SENT
        return Answer(0.005, status) if url == "bad" or until else sent(url, at, number)

    return answer


def test_a_page_and_its_end_are_lost_while_the_receiver_refuses() -> None:
    world = AlertmanagerWorld(CONFIG, refusing(17))
    fire(world, 0)
    end(world, 7)
    assert told(world, 40) == [FIRST, (6, "firing", 1)]


def test_one_receiver_that_refuses_does_not_keep_the_other_from_the_end() -> None:
    world = AlertmanagerWorld(CONFIG, refusing(0))
    in_two(world)
    assert told(world) == [FIRST, (10, "resolved", 1)]
    assert told(world, url="bad") == [FIRST, (6, "firing", 1)]


NEEDS: list[tuple[str, Any, set[str], set[str], float, NotifyReason | None]] = [
    ("nothing told, nothing fires", None, set(), {"a"}, 1, None),
    ("nothing told", None, {"a"}, set(), 1, NotifyReason.FIRST),
    ("the same", ({"a"}, set()), {"a"}, set(), 10, None),
    ("longer ago than the repeat", ({"a"}, set()), {"a"}, set(), 10.1, NotifyReason.REPEAT),
    ("more fire", ({"a"}, set()), {"a", "b"}, set(), 1, NotifyReason.NEW_ALERTS),
    ("fewer fire", ({"a", "b"}, set()), {"a"}, set(), 1, None),
    ("some ended", ({"a", "b"}, set()), {"a"}, {"b"}, 1, NotifyReason.NEW_ALERTS),
    ("all ended", ({"a"}, set()), set(), {"a"}, 1, NotifyReason.RESOLVED),
    ("all ended and that was told", (set(), {"a"}), set(), {"a"}, 99, None),
    ("fires again", (set(), {"a"}), {"a"}, set(), 1, NotifyReason.FIRST),
]


@pytest.mark.parametrize(("about", "before", "firing", "ended", "ago", "reason"), NEEDS)
def test_need_gives_the_reason(
    about: str, before: Any, firing: set[str], ended: set[str], ago: float, reason: Any
) -> None:
    told = Told(tuple(before[0]), tuple(before[1]), START) if before else None
    found = need(
        told, firing=firing, ended=ended, now=START + seconds(ago), repeat_interval=seconds(10)
    )
    assert found is reason, about


def test_a_tick_is_done_when_its_own_messages_are_whoever_refused_before() -> None:
    world = AlertmanagerWorld(CONFIG, refusing(0))
    fire(world, 0, way="two")
    end(world, 5, way="two")
    fire(world, 11, way="two")
    assert told(world, 15.5) == [(2, "firing", 1), (6, "resolved", 1), (14, "firing", 1)]
    assert told(world, 15.5, url="bad") == [(2, "firing", 1), (14, "firing", 1)]
