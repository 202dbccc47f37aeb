"""The engine's own promises: snapshots of every version, time that never goes back."""

from pathlib import Path

import msgspec
import pytest

from routing.effect import Explain
from routing.engine import Engine
from routing.errors import SnapshotError
from routing.event import AlertSeen, Tick
from routing.labels import Matcher
from routing.policy import Inhibition
from routing.state import VERSION
from tests.scenarios.story import START, Story, levels, minutes, policy, rota, seconds

SNAPSHOTS = Path(__file__).parent / "snapshots"


AFTER_WEB = Inhibition(
    name="web",
    source=(Matcher(name="service", op="=", value="web"),),
    target=(Matcher(name="service", op="=", value="shop"),),
)


def story() -> Story:
    """Something of everything a snapshot holds."""
    given = policy(escalation=levels("schedule:primary", "bo"), schedules=(rota("primary", "ana"),))
    told = Story(msgspec.structs.replace(given, inhibitions=(AFTER_WEB,)))
    told.fires(service="shop")
    told.fires(host="a")
    told.fires(service="web")
    told.wait(minutes(1))
    told.silences(lasts=minutes(60))
    told.resolves()
    return told


def test_a_snapshot_of_every_version_can_be_restored() -> None:
    files = sorted(SNAPSHOTS.glob("v*.json"))
    assert [file.stem for file in files] == [f"v{n}" for n in range(1, VERSION + 1)]
    for file in files:
        engine = Engine.restore(file.read_bytes())
        assert len(engine.incidents()) == 3
        assert engine.next_wake() is not None


def test_a_snapshot_of_this_version_is_what_is_stored() -> None:
    stored = (SNAPSHOTS / f"v{VERSION}.json").read_bytes()
    assert msgspec.json.decode(story().engine.snapshot()) == msgspec.json.decode(stored)


def test_a_restored_snapshot_snapshots_the_same() -> None:
    data = story().engine.snapshot()
    assert Engine.restore(data).snapshot() == data


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", b'{"version": 1}', b'{"version": 99}', b'{"version": ""}']
)
def test_bytes_that_are_no_snapshot_are_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(SnapshotError, match="snapshot"):
        Engine.restore(data)


def test_time_that_goes_back_is_taken_for_the_latest_seen() -> None:
    told = Story(policy())
    told.fires()
    engine = told.engine
    engine.wake(START + seconds(10))
    effects = engine.handle(AlertSeen(told.alert(host="b")), START + seconds(5))
    explained = [effect for effect in effects if isinstance(effect, Explain)]
    assert {effect.at for effect in explained} == {START + seconds(10)}


def test_timers_are_carried_out_at_the_instant_they_were_due() -> None:
    told = Story(policy(escalation=levels("ana", "bo")))
    told.fires()
    effects = told.engine.handle(Tick(), START + minutes(60))
    at = [effect.at for effect in effects if isinstance(effect, Explain)]
    assert at[0] == START + seconds(30)
    assert at[-1] == START + minutes(10.5)


def test_an_engine_without_incidents_wants_no_wake() -> None:
    engine = Engine(policy())
    assert engine.next_wake() is None
    assert engine.handle(Tick(), START) == []


def test_an_alert_that_ends_unknown_is_explained() -> None:
    told = Story(policy())
    told.ends()
    assert told.reasons == ["nothing_open"]
    assert told.engine.incidents() == ()
