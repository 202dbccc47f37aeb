"""State that is saved and taken back, anywhere, and messages that are read again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given as holds
from hypothesis import settings
from hypothesis import strategies as st

from streams.codecs.decoded import Kind
from streams.meters import histograms, rows
from streams.meters.meters import Meters
from streams.samples import Columns
from tests.streams.meters.messages import Given, Sample, given, histogram, message, meters

Record = tuple[bytes, bytes]


@pytest.fixture(autouse=True, scope="module")
def small_blocks() -> Iterator[None]:
    """Two rows in a block, so that few series make many records."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "BLOCK", 2)
        patch.setattr(histograms, "BLOCK", 2)
        yield


def restored(log: Sequence[Record]) -> Meters:
    back = meters()
    for key, value in log:
        back.restore(key, value)
    assert back.ignored == set()
    return back


def sealed(ours: Meters) -> list[Record]:
    return [(key, value) for key, value in ours.seal() if value is not None]


NAMES = ("a", "b", "c", "d", "e")
KINDS = {"a": Kind.CUMULATIVE, "b": Kind.CUMULATIVE, "c": Kind.DELTA, "d": Kind.DELTA, "e": Kind(0)}
TIMES = st.integers(1, 60).map(float)
STARTS = st.one_of(st.just(0.0), TIMES)
COUNTS = st.lists(st.integers(0, 5), min_size=4, max_size=4)
MESSAGES = st.lists(
    st.builds(
        lambda source_input, samples, histograms: message(
            samples, histograms, kinds=KINDS, source_input=source_input
        ),
        st.sampled_from(["app", "shop"]),
        st.lists(st.builds(Sample, st.sampled_from(NAMES), TIMES, TIMES, STARTS), max_size=6),
        st.lists(
            st.builds(
                lambda at, counts, key, is_delta: histogram(at, counts, key=key, is_delta=is_delta),
                TIMES, COUNTS, st.sampled_from(["h", "i", "j"]), st.booleans(),
            ),
            max_size=3,
        ),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@dataclass
class Story:
    """What the messages gave the first time, and what was written meanwhile."""

    found: list[list[Given]] = field(default_factory=list)
    log: list[Record] = field(default_factory=list)
    seals: list[tuple[int, int]] = field(default_factory=list)  # records written, newest message

    @classmethod
    def of(cls, messages: Sequence[Columns], seal_after: set[int]) -> "Story":
        story, ours = cls(), meters()
        for offset, columns in enumerate(messages):
            story.found.append(given(ours.convert(offset, columns)))
            if offset in seal_after:
                story.log += sealed(ours)
                story.seals.append((len(story.log), offset))
        return story


SEALS = st.sets(st.integers(0, 11), max_size=6)


@settings(max_examples=150, deadline=None)
@holds(MESSAGES, SEALS, st.data())
def test_messages_read_again_after_a_crash_give_what_they_gave(
    messages: list[Columns], seal_after: set[int], data: st.DataObject
) -> None:
    story = Story.of(messages, seal_after)
    kept = data.draw(st.integers(0, len(story.log)), label="records kept")
    complete = max((offset for end, offset in story.seals if end <= kept), default=-1)
    torn = min((offset for end, offset in story.seals if end >= kept), default=complete)
    back = restored(story.log[:kept])
    for offset in range(data.draw(st.integers(0, complete + 1), label="from"), len(messages)):
        found = given(back.convert(offset, messages[offset]))
        if offset <= complete:
            assert found == _gauges(story.found[offset])
        elif offset <= torn:
            assert _is_part(found, story.found[offset])
        else:
            assert found == story.found[offset]


def _gauges(found: list[Given]) -> list[Given]:
    return [one for one in found if one.key == "e"]


def _is_part(found: list[Given], of: list[Given]) -> bool:
    rest = iter(of)
    return all(one in rest for one in found)


STEPS = st.lists(
    st.one_of(
        st.sampled_from(["seal", "restart"]),
        st.tuples(st.sampled_from(["see", "forget"]), st.integers(0, 3)),
        st.tuples(st.just("see"), st.integers(0, 3)),
        st.tuples(st.just("expire"), st.integers(1, 6)),
    ),
    min_size=5,
    max_size=40,
)


class Twin:
    """Meters that are taken down and up again, beside some that are not, as time goes on."""

    def __init__(self) -> None:
        self.calm, self.shaken = meters(), meters()
        self.log: list[Record] = []
        self.at = 0.0

    def see(self, series: int) -> None:
        sample = Sample(f"s{series}", self.at, self.at * (series + 1))
        counts = [self.at * (series + 1), 0.0, 0.0, 0.0]
        columns = message([sample], [histogram(self.at, counts, key=f"h{series}")])
        found = given(self.calm.convert(int(self.at), columns))
        assert given(self.shaken.convert(int(self.at), columns)) == found

    def forget(self, series: int) -> None:
        for one in (self.calm, self.shaken):
            one.forget("app", f"s{series}")
            one.forget("app", f"h{series}_count")

    def expire(self, steps: int) -> None:
        for one in (self.calm, self.shaken):
            one.expire("app", self.at - steps)

    def seal(self) -> None:
        self.log += sealed(self.shaken)

    def restart(self) -> None:
        self.seal()
        self.shaken = restored(self.log)
        assert self.shaken.series == self.calm.series


@settings(max_examples=150, deadline=None)
@holds(STEPS)
def test_restart_changes_nothing_whatever_is_forgotten(
    steps: list[str | tuple[str, int]],
) -> None:
    _play(Twin(), steps)


EACH_TWICE = [("see", i) for i in (*range(4), *range(4))]


class Torn:
    """Meters whose writing is torn at times, by a crash after any record of a seal."""

    def __init__(self, tear: Callable[[int], int]) -> None:
        self.tear = tear  # how many of so many records are kept
        self.ours = meters()
        self.log: list[Record] = []
        self.at = 0.0

    def see(self, series: int) -> None:
        """Each series rises at a rate of its own, so that a number of another would show."""
        counted = self.at * (series + 1)
        sample = Sample(f"s{series}", self.at, counted)
        rising = histogram(self.at, [counted, 0, 0, 0], key=f"h{series}", bounds=[1, 2, 4 + series])
        found = self.ours.convert(int(self.at), message([sample], [rising]))
        rates = [one.value for one in given(found) if "_p" not in one.key]
        assert rates == pytest.approx([series + 1] * len(rates))

    def forget(self, series: int) -> None:
        self.ours.forget("app", f"s{series}")
        self.ours.forget("app", f"h{series}_count")

    def expire(self, steps: int) -> None:
        self.ours.expire("app", self.at - steps)

    def seal(self) -> None:
        self.log += sealed(self.ours)

    def restart(self) -> None:
        before = len(self.log)
        self.seal()
        del self.log[before + self.tear(len(self.log) - before) :]
        self.ours = restored(self.log)


@settings(max_examples=150, deadline=None)
@holds(STEPS, st.data())
def test_no_series_finds_the_numbers_of_another_after_a_torn_seal(
    steps: list[str | tuple[str, int]], data: st.DataObject
) -> None:
    _play(
        Torn(lambda records: data.draw(st.integers(0, records), label="records kept")),
        [*steps, "restart", *EACH_TWICE],
    )


@pytest.mark.parametrize("kept", range(5))
def test_series_in_the_row_of_another_begins_anew_after_a_torn_seal(kept: int) -> None:
    given_up = [("see", 0), "seal", ("forget", 0), "seal", ("see", 1)]
    torn = Torn(lambda records: kept)
    _play(torn, [*given_up, "restart", *EACH_TWICE])


def _play(on: Twin | Torn, steps: Sequence[str | tuple[str, int]]) -> None:
    for step in steps:
        on.at += 1.0
        if isinstance(step, str):
            getattr(on, step)()
        else:
            getattr(on, step[0])(step[1])
