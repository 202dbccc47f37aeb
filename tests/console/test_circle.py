"""Answers from everywhere at once: all channels end up showing the same, and nothing echoes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.incident import IncidentState
from tests.console.answering import ANA, BEN, channels
from tests.console.circle import CONTACTS, Circle, run
from tests.console.scene import scene
from tests.scenarios.story import seconds

PEOPLE = st.sampled_from(["ana", "ben", "Zoë"])
STEPS = st.one_of(
    st.tuples(
        st.just("press"),
        st.sampled_from(["chat", "mail"]),
        st.sampled_from(["acknowledge", "resolve", "silence", "acknowledge"]),
        PEOPLE,
    ),
    st.tuples(
        st.just("pagerduty"),
        st.sampled_from(["acknowledged", "unacknowledged", "reassigned", "resolved"]),
    ),
    st.tuples(st.just("jira")),
    st.tuples(st.just("send"), st.sampled_from(sorted(CONTACTS))),
    st.tuples(st.just("hear"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([0.1, 1.0, 7.0])),
)


@asynccontextmanager
async def circle_of() -> AsyncIterator[Circle]:
    """A circle whose console writes into its engine, by one clock."""
    made: list[Circle] = []
    ours: dict[str, Any] = {
        "channels": channels(),
        "users": (ANA, BEN),
        "now": lambda: made[0].now,
    }
    async with scene(**ours) as stage:
        made.append(Circle(stage))
        object.__setattr__(stage.desk, "commands", made[0])
        yield made[0]


async def step(circle: Circle, what: tuple[Any, ...]) -> None:
    kind, *rest = what
    if kind == "press":
        await circle.press(*rest)
    elif kind == "pagerduty":
        circle.in_pagerduty(*rest)
    elif kind == "jira":
        circle.in_jira()
    elif kind == "send":
        circle.send(*rest)
    elif kind == "hear":
        await circle.hear(rest[0], again=rest[1])
    else:
        circle.wait(seconds(rest[0]))


async def played(circle: Circle, steps: list[tuple[Any, ...]]) -> None:
    circle.fires()
    circle.wait(seconds(31))
    for channel in CONTACTS:
        circle.send(channel)
    for one in steps:
        await step(circle, one)
    await circle.settle()


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_all_channels_show_the_state_and_nothing_echoes(steps: list[tuple[Any, ...]]) -> None:
    async def story() -> None:
        async with circle_of() as circle:
            stage = circle.stage
            await played(circle, steps)
            state = circle.incident.state
            shown = {channel: circle.shown[channel] for channel in ("chat", "mail")}
            assert shown == {"chat": state.value, "mail": state.value}
            assert circle.pager == state.value
            assert (circle.ticket == "done") is (state is IncidentState.RESOLVED)
            assert circle.sent <= len(CONTACTS) * (1 + circle.changes + len(steps))
            said, sent = len(stage.desk.heard), circle.sent
            circle.wait(seconds(600))
            await circle.settle()
            assert (len(stage.desk.heard), circle.sent) == (said, sent)

    run(story)


def test_an_acknowledgement_in_pagerduty_is_told_once_to_each_channel() -> None:
    async def story() -> None:
        async with circle_of() as circle:
            stage = circle.stage
            await played(circle, [("pagerduty", "acknowledged")])
            assert circle.incident.acknowledged_by == "ana"
            assert circle.sent == 2 * len(CONTACTS)
            assert dict(stage.desk.heard) == {("pager", "written"): 1}

    run(story)


def test_an_acknowledgement_in_slack_comes_back_from_pagerduty_and_changes_nothing() -> None:
    async def story() -> None:
        async with circle_of() as circle:
            stage = circle.stage
            await played(circle, [("press", "chat", "acknowledge", "ben")])
            assert circle.pager == "acknowledged"
            assert dict(stage.desk.heard) == {("chat", "written"): 1, ("pager", "already"): 1}
            assert circle.sent == 2 * len(CONTACTS)

    run(story)
