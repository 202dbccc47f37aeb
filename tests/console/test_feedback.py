"""`Not useful`: a button that changes budgets, and can be taken back."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from config.marks.mark import Feedback
from config.marks.marks import MOST_FEEDBACK
from tests.console.scene import OPENED, Scene, paged_incident, resolved
from tests.console.test_commands import INCIDENT, press, tell
from tests.streams.marks.making import matching, opinion

SERIES = 'latency_ms{endpoint="/pay",service="checkout"}'


async def press_and_see(stage: Scene) -> tuple[str, Feedback]:
    """Say `Not useful`, and let it come back from Kafka."""
    answer = await press(stage, "not-useful")
    assert answer.status == 303
    ((mark_id, mark),) = stage.log.marked
    assert isinstance(mark, Feedback)
    stage.say(mark_id, mark)
    return mark_id, mark


@pytest.mark.parametrize("is_resolved", [False, True])
def test_not_useful_is_a_mark_on_the_series_of_the_incident(is_resolved: bool) -> None:
    async def story(stage: Scene) -> None:
        if is_resolved:
            stage.show(resolved(paged_incident()))
        mark_id, mark = await press_and_see(stage)
        assert (mark.id, mark.kind, mark.by) == (mark_id, "not_useful", "Ana Reis")
        assert (mark.series, mark.incident_id) == ((SERIES,), "inc-7f3a9c")
        text = await stage.text(INCIDENT)
        assert "by Ana Reis, " in text
        assert f'datetime="{OPENED + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"' in text
        assert "half its budget" in text
        assert ">Not useful</button>" not in text

    tell(story)


def test_enter_in_the_name_says_nothing() -> None:
    async def story(stage: Scene) -> None:
        stage.show(resolved(paged_incident()))
        form = (await stage.text(INCIDENT)).split('<form id="press"', 1)[1]
        assert form[form.index("<button") :].startswith('<button form="press" disabled hidden>')

    tell(story)


def test_note_goes_once_the_mark_is_seen() -> None:
    async def story(stage: Scene) -> None:
        answer = await press(stage, "not-useful")
        assert "Sent;" in await stage.text(answer.headers["Location"])
        mark_id, mark = stage.log.marked[0]
        stage.say(mark_id, mark)
        assert "Sent;" not in await stage.text(answer.headers["Location"])

    tell(story)


def test_what_was_said_is_taken_back_and_the_budget_is_as_before() -> None:
    async def story(stage: Scene) -> None:
        mark_id, _ = await press_and_see(stage)
        answer = await press(stage, "", path=f"{INCIDENT}/take-back/{mark_id}")
        assert answer.status == 303
        assert stage.log.marked[1:] == [(mark_id, None)]
        stage.say(mark_id, None)
        text = await stage.text(INCIDENT)
        assert "Take back" not in text
        assert ">Not useful</button>" in text
        again = await press(stage, "", path=f"{INCIDENT}/take-back/{mark_id}")
        assert again.status == 303  # somebody was faster
        assert len(stage.log.marked) == 2

    tell(story)


def test_feedback_on_other_series_is_neither_shown_nor_taken_back_here() -> None:
    async def story(stage: Scene) -> None:
        stage.say("other", opinion("other", by="Zoe", series=("latency_ms",)))
        stage.say("same", opinion("same", "missed", by="Bruno", series=(),
                                  matchers=matching(service="checkout")))  # fmt: skip
        text = await stage.text(INCIDENT)
        assert "Bruno" in text
        assert "Zoe" not in text
        assert "2 times its budget" in text
        await press(stage, "", path=f"{INCIDENT}/take-back/other")
        assert stage.log.marked == []

    tell(story)


@pytest.mark.parametrize(
    "changes",
    [{"token": "0" * 64}, {"origin": "https://evil.example"}, {"by": " "}],
    ids=["foreign token", "foreign origin", "no name"],
)
@pytest.mark.parametrize("path", ["not-useful", "take-back/f1"])
def test_foreign_form_changes_no_budget(path: str, changes: dict[str, Any]) -> None:
    async def story(stage: Scene) -> None:
        stage.say("f1", opinion("f1", series=(SERIES,)))
        answer = await press(stage, "", path=f"{INCIDENT}/{path}", **changes)
        assert answer.status == 403
        assert stage.log.marked == []

    tell(story)


def test_incident_from_outside_has_no_such_button_and_refuses_it() -> None:
    async def story(stage: Scene) -> None:
        alert = msgspec.structs.replace(paged_incident().alerts["a1b2c3"], evidence=None)
        stage.show(paged_incident(alerts={"a": alert}))
        assert "Not useful" not in await stage.text(INCIDENT)
        answer = await press(stage, "not-useful")
        assert answer.status == 403
        assert "Its alerts came from outside" in await answer.text()

    tell(story)


def test_broker_that_is_away_is_told() -> None:
    async def story(stage: Scene) -> None:
        stage.log.is_away = True
        answer = await press(stage, "not-useful")
        assert answer.status == 503
        assert "Not sent: Kafka did not confirm it" in await answer.text()

    tell(story)


def test_feedback_is_bounded() -> None:
    async def story(stage: Scene) -> None:
        for n in range(MOST_FEEDBACK):
            mark = opinion(f"f{n}", series=(f"s{n}",))
            stage.desk.projection._marks[mark.id] = mark
        stage.say("last", None)
        answer = await press(stage, "not-useful")
        assert answer.status == 403
        assert "set the budget in a profile instead" in await answer.text()

    tell(story)


def test_hostile_words_are_only_words() -> None:
    async def story(stage: Scene) -> None:
        stage.say("<i>", opinion("<i>", by="<script>", note="<b>", series=(SERIES,)))
        text = await stage.text(INCIDENT)
        assert "<script>" not in text.split("<main")[1].split("</main")[0]
        assert "take-back/%3Ci%3E" in text

    tell(story)
