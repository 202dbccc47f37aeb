"""Stories that go as they say, and those that do not."""

from pathlib import Path

import pytest

from config.stories.loader import Sources, load_stories
from config.stories.report import text_of
from config.stories.running import run
from tests.config.samples import EXAMPLES
from tests.config.stories.telling import ONE, told

FIRES = "- {at: 0s, alert: {service: api}}\n"
PAGED = FIRES + "- {at: 30s, expect: [page receiver shop, page user ana]}\n"


def happened(folder: Path, steps: str) -> list[str]:
    """What went otherwise, in words."""
    return [failure.happened for failure in told(folder, steps).failures]


@pytest.mark.parametrize(
    "steps",
    [
        PAGED,
        PAGED + "- {at: 5m30s, expect: page user lena on email}\n",
        PAGED + "- {at: 1m, ack: ana, expect: [ack receiver shop, ack user ana]}\n"
        "- {at: 2m, expect: nothing for 1h}\n",
        PAGED + "- {at: 1m, resolve: {service: api},"
        " expect: [resolve receiver shop, resolve user ana]}\n",
        PAGED + "- {at: 1m, close: {by: ana, of: {service: api}},"
        " expect: [resolve receiver shop, resolve user ana]}\n",
        "- {at: 0s, silence: {match: ['service=api'], for: 1h}}\n"
        + FIRES
        + "- {at: 1s, expect: [nothing for 50m, reason silenced within 1m]}\n",
        "- {at: 0s, silence: {match: ['service=api'], for: 1h, id: a}}\n"
        + FIRES
        + "- {at: 10m, unsilence: a, expect: [page receiver shop, page user ana]}\n",
        "- {at: 0s, receipt: {slack: refused}}\n"
        + FIRES
        + "- {at: 30s, expect: [page receiver shop, page user ana, page user lena]}\n",
        "- {at: 0s, alert: {service: web}, expect: ['page address \"#quiet\" within 1m']}\n",
        PAGED
        + "- {at: 1m, snooze: {by: ana, for: 10m}, expect: [ack receiver shop, ack user ana]}\n"
        "- {at: 11m, expect: [remind receiver shop, remind user ana]}\n",
        PAGED + "- {at: 1m, escalate: ana, expect: page user lena}\n",
        PAGED + "- {at: 1m, reassign: {by: ana, to: {user: lena}}, expect: page user lena}\n",
        PAGED + "- {at: 1m, ack: ana, expect: [ack receiver shop, ack user ana]}\n"
        "- {at: 2m, unack: ana, expect: [remind receiver shop, remind user ana]}\n",
    ],
)
def test_what_goes_as_it_says_is_good(tmp_path: Path, steps: str) -> None:
    verdict = told(tmp_path, steps)
    assert verdict.is_good, text_of(verdict)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            FIRES + "- {at: 30s, expect: [page receiver shop]}\n",
            ["told ana over slack U1: first"],
        ),
        (
            PAGED + "- {at: 1m, expect: page user lena}\n",
            ["nobody was told anything then"],
        ),
        (
            PAGED + "- {at: 5m, expect: page user lena}\n- {at: 6m, expect: nothing}\n",
            ["that was at 5m30s only", "told lena over email lena@shop.example: escalated"],
        ),
        (
            PAGED + "- {at: 1m, ack: lena}\n",
            [
                "told over slack #shop: acknowledged",
                "told over email shop@shop.example: acknowledged",
                "told ana over slack U1: acknowledged",
            ],
        ),
        (
            PAGED + "- {at: 1m, expect: nothing for 10m}\n",
            [
                "told lena over email lena@shop.example: escalated",
                "told lena over email lena@shop.example: escalated",
            ],
        ),
        ("- {at: 0s, ack: ana}\n", ["there is no such incident that is not over"]),
        (PAGED + "- {at: 1m, expect: reason silenced}\n", ["no decision had that reason then"]),
        (
            FIRES + "- {at: 30s, expect: [page user ana, page receiver shop on slack]}\n",
            ["told over email shop@shop.example: first"],
        ),
    ],
)
def test_what_goes_otherwise_is_told(tmp_path: Path, steps: str, said: list[str]) -> None:
    assert happened(tmp_path, steps) == said


def test_what_is_ignored_need_not_be_expected(tmp_path: Path) -> None:
    ignoring = ONE.replace("name: one\n", "name: one\n    ignore: [first]\n")
    assert told(tmp_path, FIRES + "- {at: 5m, expect: nothing}\n", ignoring).is_good


def test_a_failure_shows_its_place_the_timeline_and_the_reasons(tmp_path: Path) -> None:
    silent = "- {at: 0s, silence: {match: ['service=api'], for: 1h}}\n"
    verdict = told(tmp_path, silent + FIRES + "- {at: 30s, expect: page user ana}\n")
    text = text_of(verdict)
    lines = ONE.count("\n") + 3
    assert f"story.yaml:{lines}:27" in text
    assert "expected: page user ana" in text
    assert "happened: nobody was told anything then" in text
    assert "30s     because silenced: Silenced by story." in text


def test_after_a_reload_the_other_policy_decides(tmp_path: Path) -> None:
    other = ONE.partition("stories:")[0].replace("policy:\n", "inputs: [{name: a, topic: a}]\n")
    other = other.replace("\n  ", "\n").replace("receiver: shop,", "receiver: quiet,")
    (tmp_path / "other.yaml").write_text(other)
    steps = "- {at: 0s, reload: other.yaml}\n" + FIRES
    steps += "- {at: 30s, expect: [page receiver quiet, page user ana]}\n"
    verdict = told(tmp_path, steps)
    assert verdict.is_good, text_of(verdict)


ROTA = ONE.replace("[user: ana]", "[schedule: rota]").replace(
    "  route:\n",
    "  schedules:\n    rota: {layers: [{users: [ana], starts_at: 2026-01-05, turn: 1w}]}\n"
    "  route:\n",
)


def test_who_stands_in_is_paged(tmp_path: Path) -> None:
    steps = "- {at: 0s, stand_in: {schedule: rota, user: lena, for: 1h}}\n" + FIRES
    steps += "- {at: 30s, expect: [page receiver shop, page user lena]}\n"
    verdict = told(tmp_path, steps, ROTA)
    assert verdict.is_good, text_of(verdict)


def test_a_heartbeat_that_does_not_come_pages(tmp_path: Path) -> None:
    beating = ONE.replace(
        "  route:\n", "  heartbeats: {prom: {match: ['alertname=Watchdog'], every: 5m}}\n  route:\n"
    )
    steps = "- {at: 4m, alert: {alertname: Watchdog}, expect: nothing for 5m}\n"
    steps += "- {at: 9m, expect: page receiver quiet within 1m}\n"
    verdict = told(tmp_path, steps, beating)
    assert verdict.is_good, text_of(verdict)


def test_the_stories_of_the_examples_are_good() -> None:
    files = sorted((EXAMPLES / "stories").glob("*.yaml"))
    stories = [story for file in files for story in load_stories(file, Sources(environ={}))]
    assert len(stories) >= 5
    verdicts = [run(story) for story in stories]
    assert [text_of(verdict) for verdict in verdicts if not verdict.is_good] == []
