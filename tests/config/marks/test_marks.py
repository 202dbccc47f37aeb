"""Marks together: what follows for a series, within bounds, and taken back exactly."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.marks.mark import MOST_SERIES, Feedback, decode, encode, of_incident
from config.marks.marks import KEPT_FOR, MOST_FEEDBACK, Marks
from tests.streams.marks.making import AT, matching, opinion, span

SERIES = ['load{host="a"}', 'load{host="b"}', "hits"]

feedbacks = st.lists(
    st.builds(
        opinion,
        st.uuids().map(str),
        st.sampled_from(["not_useful", "missed"]),
        series=st.sets(st.sampled_from(SERIES)).map(tuple),
        matchers=st.sampled_from([(), matching(host="a"), matching(metric="hits")]),
        made_at=st.integers(0, 10).map(lambda days: AT + timedelta(days=days)),
    ),
    max_size=12,
    unique_by=lambda mark: mark.id,
)


def naive(feedback: list[Feedback], series: str) -> float:
    """The factor, by a walk over everything that was said."""
    exponent = 0
    for mark in feedback:
        is_matched = mark.matchers == matching(host="a") and 'host="a"' in series
        is_matched |= mark.matchers == matching(metric="hits") and series == "hits"
        if series in mark.series or is_matched:
            exponent += 1 if mark.kind == "missed" else -1
    return min(16.0, max(1 / 16, 2.0**exponent))


@given(feedbacks)
def test_the_factor_is_two_to_missed_less_not_useful_within_bounds(
    feedback: list[Feedback],
) -> None:
    assert [Marks(feedback).factor(series) for series in SERIES] == [
        naive(feedback, series) for series in SERIES
    ]


@given(feedbacks, feedbacks)
def test_what_is_taken_back_leaves_no_trace(before: list[Feedback], more: list[Feedback]) -> None:
    known = {mark.id: mark for mark in before}
    told = known | {mark.id: mark for mark in more}
    for mark in more:
        del told[mark.id]
    assert Marks(told.values()) == Marks(known.values())
    assert [Marks(told.values()).factor(s) for s in SERIES] == [
        Marks(known.values()).factor(s) for s in SERIES
    ]


@given(feedbacks)
def test_marks_are_read_as_they_were_written(feedback: list[Feedback]) -> None:
    marks = Marks([*feedback, span()])
    assert Marks.load(marks.dump()) == marks
    assert [decode(encode(mark), written_ms=0) for mark in marks] == [*marks]


@pytest.mark.parametrize(
    ("series", "at", "is_quiet"),
    [
        ("load", 59.9, False),
        ("load", 60.0, True),
        ("load", 119.9, True),
        ("load", 120.0, False),
        ("hits", 60.0, False),
    ],
)
def test_maintenance_is_from_its_beginning_until_just_before_its_end(
    series: str, at: float, is_quiet: bool
) -> None:
    marks = Marks([span(begins_at=60.0), span("s2", "deploy", begins_at=0.0, lasts=500.0)])
    assert marks.is_quiet(series, at) is is_quiet


def test_what_was_begun_before_an_instant_is_told_the_last_first() -> None:
    begun = {"a": 10.0, "b": 50.0, "c": 99.0}
    marks = Marks([span(id_, begins_at=at, lasts=5.0) for id_, at in begun.items()])
    assert [one.id for one in marks.before("load", 60.0, within_s=55.0)] == ["b", "a"]
    assert [one.id for one in marks.before("load", 60.0, within_s=20.0)] == ["b"]
    assert marks.before("hits", 60.0, within_s=55.0) == []


def test_what_goes_on_is_told_however_long_ago_it_began() -> None:
    marks = Marks([span(begins_at=10.0, lasts=4000.0)])
    assert [one.id for one in marks.before("load", 3900.0, within_s=20.0)] == ["s1"]
    assert marks.before("load", 4010.0, within_s=20.0) == []


def test_a_span_is_over_when_nobody_is_late_any_more() -> None:
    marks = Marks([span(begins_at=0.0, lasts=60.0)])
    ends_at = marks.spans[0].ends_at
    assert marks.over(ends_at + KEPT_FOR) == []
    assert marks.over(ends_at + KEPT_FOR + timedelta(seconds=1)) == marks.spans


def test_of_too_much_feedback_the_newest_counts() -> None:
    many = [
        opinion(f"f{n}", made_at=AT + timedelta(minutes=n), series=(f"s{n}",))
        for n in range(MOST_FEEDBACK + 1)
    ]
    marks = Marks(reversed(many))
    assert len(marks.feedback) == MOST_FEEDBACK
    assert (marks.factor("s0"), marks.factor("s1")) == (1.0, 0.5)


def test_two_people_who_say_the_same_of_one_incident_say_it_once() -> None:
    series = [f"s{n}" for n in range(MOST_SERIES + 5)]
    first = of_incident("inc-1", series, by="ana", made_at=AT)
    second = of_incident("inc-1", series, by="bruno", made_at=AT)
    assert first.id == second.id != of_incident("inc-2", series, by="ana", made_at=AT).id
    assert first.series == tuple(series[:MOST_SERIES])
