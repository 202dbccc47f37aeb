"""Turns: the pace of a channel, and who goes before whom."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.alert import Severity
from routing.channels.registry import OURS
from routing.channels.samples import incident, notification
from routing.incident import IncidentState
from routing.pace import UNPACED, Pace, Rate, a_minute
from routing.policy import Contact
from streams.bucket import Bucket
from streams.lane import AT_ONCE, Lane
from streams.turns import WAITS_S, Place, Rank, Turns, Verdict, rank_of
from tests.streams.virtual import run

Gone = list[tuple[float, str]]


class Works:
    """The turns of one channel whose messages take no time, and what came of each."""

    def __init__(self, pace: Pace = UNPACED) -> None:
        loop = asyncio.get_running_loop()
        self.lane = Lane("slack", loop.time)
        self.turns = Turns(self.lane, pace)
        self.gone: Gone = []
        self.verdicts: dict[str, Verdict] = {}
        self._running: list[asyncio.Task[None]] = []

    async def put(
        self,
        name: str,
        *,
        address: str = "#ops",
        rank: Rank = Rank.FIRST,
        order: int = 0,
        incident: str = "",
        generation: int = 1,
        takes_s: float = 0.0,
    ) -> None:
        place = Place(
            id=name,
            talk=(incident or name, Contact("slack", address)),
            order=(order, 1),
            generation=generation,
            rank=rank,
        )
        self._running.append(asyncio.create_task(self._go(place, takes_s)))
        await asyncio.sleep(0)

    async def _go(self, place: Place, takes_s: float) -> None:
        async with self.turns.turn(place) as verdict:
            self.verdicts[place.id] = verdict
            if verdict is Verdict.GO:
                self.gone.append((asyncio.get_running_loop().time(), place.id))
                await asyncio.sleep(takes_s)

    async def end(self) -> list[str]:
        await asyncio.gather(*self._running)
        return [name for _, name in self.gone]


@given(
    count=st.integers(1, 40),
    per_s=st.floats(0.1, 100),
    waits=st.lists(st.floats(0, 10), min_size=2, max_size=200),
)
def test_no_window_holds_more_than_its_rate(count: int, per_s: float, waits: list[float]) -> None:
    now, taken, bucket = 0.0, list[float](), Bucket(Rate(count, timedelta(seconds=per_s)), 0.0)
    for wait in waits:
        now = max(now + wait, bucket.ready_at)
        bucket.take(now)
        taken.append(now)
    assert most_in_a_window(taken, per_s) <= count


def most_in_a_window(at: Sequence[float], length: float) -> int:
    return max(sum(begin <= each < begin + length * (1 - 1e-6) for each in at) for begin in at)


def test_calm_channel_takes_a_tenth_of_its_rate_at_once_and_then_one_after_the_other() -> None:
    async def story() -> Gone:
        works = Works(Pace(address=a_minute(60)))
        await asyncio.sleep(100)
        for number in range(8):
            await works.put(f"n{number}")
        await works.end()
        return works.gone

    at = [round(moment - 100, 2) for moment, _ in run(story())]
    assert at == [0, 0, 0, 0, 0, 0, 1.11, 2.22]


def test_busy_address_keeps_nobody_waiting_at_another() -> None:
    async def story() -> None:
        works = Works(Pace(address=a_minute(60)))
        for number in range(50):
            await works.put(f"n{number}")
        await works.put("alone", address="#shop")
        assert works.verdicts["alone"] is Verdict.GO
        await works.end()

    run(story())


def test_pressing_pages_go_before_other_first_pages_and_those_before_what_follows() -> None:
    async def story() -> list[str]:
        works = Works(Pace(address=a_minute(60)))
        await works.put("any")
        await works.put("change", rank=Rank.LATER)
        await works.put("first")
        await works.put("pressing", rank=Rank.PRESSING)
        return await works.end()

    assert run(story()) == ["any", "pressing", "first", "change"]


def test_newest_of_a_talk_is_sent_in_the_place_of_the_one_that_waits() -> None:
    async def story() -> tuple[list[str], dict[str, Verdict]]:
        works = Works(Pace(address=a_minute(60)))
        await works.put("any")
        for order, name in enumerate(("opened", "grew", "ended")):
            await works.put(name, incident="one", order=order)
            await works.put(f"other{order}")
        await works.put("older", incident="one", order=1)
        return await works.end(), works.verdicts

    gone, verdicts = run(story())
    assert gone == ["any", "ended", "other0", "other1", "other2"]
    superseded = [name for name, verdict in verdicts.items() if verdict is Verdict.SUPERSEDED]
    assert sorted(superseded) == ["grew", "older", "opened"]


def test_what_is_read_again_replaces_what_waits_and_supersedes_nothing() -> None:
    async def story() -> dict[str, Verdict]:
        works = Works(Pace(address=a_minute(60)))
        await works.put("any")
        await works.put("new", incident="one", order=1)
        await works.put("old", incident="one", order=0, generation=2)
        await works.put("twin", incident="two")
        await works.put("twin", incident="two")
        await works.end()
        return works.verdicts

    verdicts = run(story())
    assert verdicts["new"] is verdicts["twin"] is Verdict.TWIN
    assert verdicts["old"] is Verdict.GO


def test_talk_has_one_message_on_its_way_and_the_channel_a_few() -> None:
    async def story() -> None:
        works = Works()
        await works.put("opened", incident="one", takes_s=9)
        await works.put("ended", incident="one", order=1)
        for number in range(AT_ONCE):
            await works.put(f"n{number}", takes_s=5)
        assert await works.end() == ["opened", "n0", "n1", "n2", "n3", "ended"]
        assert [at for at, _ in works.gone] == [0, 0, 0, 0, 5, 9]

    run(story())


@pytest.mark.parametrize(("is_shared", "waited"), [(False, 0), (True, 30)])
def test_refusal_pauses_its_address_or_all_where_the_provider_means_all(
    is_shared: bool, waited: float
) -> None:
    async def story() -> dict[str, float]:
        works = Works(Pace(is_shared=is_shared))
        works.turns.pause("#ops", 30)
        works.turns.pause("#ops", 1)
        await works.put("here")
        await works.put("there", address="#shop")
        await works.end()
        return {name: at for at, name in works.gone}

    assert run(story()) == {"here": 30, "there": waited}


def test_what_waits_too_long_goes_back_and_the_others_move_up() -> None:
    async def story() -> None:
        works = Works(Pace(address=Rate(4, timedelta(seconds=50))))
        for number in range(20):
            await works.put(f"n{number}")
        assert await works.end() == [f"n{number}" for number in range(4)]
        assert works.verdicts["n19"] is Verdict.LATE
        assert asyncio.get_running_loop().time() == WAITS_S

    run(story())


def test_later_messages_of_all_addresses_share_the_rate_of_changes() -> None:
    async def story() -> list[float]:
        works = Works(Pace(changes=a_minute(10)))
        await works.put("one", rank=Rank.LATER)
        await works.put("first")
        await works.put("two", address="#shop", rank=Rank.LATER)
        await works.end()
        return [round(at) for at, _ in works.gone]

    assert run(story()) == [0, 0, 7]


def test_change_without_a_turn_takes_a_token_and_comes_after_all_that_wait() -> None:
    async def story() -> tuple[list[float], list[float]]:
        works = Works(Pace(changes=a_minute(10)))
        spend, waits = works.turns.spend, []
        waits += [spend(), round(spend(), 1)]
        await works.put("one", rank=Rank.LATER)
        await asyncio.sleep(6.5)
        waits += [round(spend(), 1)]
        await works.end()
        await asyncio.sleep(60 / 9)
        waits += [spend()]
        return waits, [round(at, 1) for at, _ in works.gone]

    assert run(story()) == ([0.0, 6.7, 0.2, 0.0], [6.7])


def test_change_without_a_turn_waits_where_messages_wait_for_something_else() -> None:
    async def story() -> list[float]:
        works = Works(Pace(address=a_minute(1), changes=a_minute(50)))
        await works.put("page")
        await works.put("more", rank=Rank.LATER)
        return [round(works.turns.spend(), 2), Turns(works.lane, UNPACED).spend()]

    assert run(story()) == [1.33, 0.0]


def test_first_page_that_went_out_makes_what_waits_of_its_talk_a_later_one() -> None:
    async def story() -> list[str]:
        works = Works(Pace(address=a_minute(60)))
        await works.put("page", incident="one", takes_s=3)
        await works.put("more", incident="one", order=1, rank=Rank.PRESSING)
        await works.put("other", rank=Rank.FIRST)
        works.turns.told(("one", Contact("slack", "#ops")))
        return await works.end()

    assert run(story()) == ["page", "other", "more"]


def test_channel_that_does_not_answer_lets_all_that_wait_hear_so_at_once() -> None:
    async def story() -> float:
        works = Works(Pace(address=a_minute(1)))
        for number in range(AT_ONCE):
            assert works.lane.begins() is None
            works.lane.ended(took_s=9, has_failed=True)
            await works.put(f"n{number}")
        await works.end()
        return max(at for at, _ in works.gone)

    assert run(story()) == 0


RANKS = [
    ("first of a critical incident", Severity.CRITICAL, IncidentState.OPEN, False, Rank.PRESSING),
    ("it is over by now", Severity.CRITICAL, IncidentState.RESOLVED, False, Rank.FIRST),
    ("first of another", Severity.ERROR, IncidentState.OPEN, False, Rank.FIRST),
    ("the contact knows of it", Severity.CRITICAL, IncidentState.OPEN, True, Rank.LATER),
]


@pytest.mark.parametrize(
    ("case", "severity", "state", "is_told", "rank"), RANKS, ids=[case for case, *_ in RANKS]
)
def test_rank(
    case: str, severity: Severity, state: IncidentState, is_told: bool, rank: Rank
) -> None:
    one = notification("#ops", incident=incident(severity=severity, state=state))
    assert rank_of(one, is_told=is_told) is rank


def test_our_channels_keep_the_limits_that_their_providers_document() -> None:
    paces = {kind: getattr(channel, "pace", UNPACED) for kind, channel in OURS.items()}
    assert paces["slack"].address == Rate(60, timedelta(minutes=1))
    assert paces["slack"].changes == Rate(50, timedelta(minutes=1))
    assert paces["pagerduty"] == Pace(address=Rate(120, timedelta(minutes=1)))
    assert paces["webhook"] == UNPACED


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from(Rank), st.floats(0, 3)),
        max_size=60,
    )
)
def test_each_that_waits_ends_by_a_turn_or_by_a_newer_one_that_does(
    given: list[tuple[int, int, Rank, float]],
) -> None:
    async def story() -> None:
        works = Works(Pace(address=a_minute(300), changes=a_minute(300)))
        count = itertools.count()
        for talk, address, rank, wait in given:
            order = next(count)
            name = f"{order}"
            place = f"#{address}"
            await works.put(name, incident=f"{talk}", address=place, rank=rank, order=order)
            await asyncio.sleep(wait)
        await works.end()
        newest = {(talk, address): f"{n}" for n, (talk, address, *_) in enumerate(given)}
        assert all(works.verdicts[name] is Verdict.GO for name in newest.values())
        assert set(works.verdicts.values()) <= {Verdict.GO, Verdict.SUPERSEDED}

    run(story())
