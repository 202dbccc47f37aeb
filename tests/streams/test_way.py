"""The way of a record: from its Kafka topic to a message that somebody receives, and back."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from config.status import decode
from routing.event import Acknowledge
from routing.incident import IncidentState
from streams.demo.peers.faults import Fault
from tests.streams.works import Works, works

pytestmark = pytest.mark.long

Story = Callable[[Works], Awaitable[None]]


@pytest.fixture
def play(bootstrap: str, prefix: str, tmp_path: Path) -> Callable[[Story], None]:
    """Runs a story in a Tocsin of its own."""

    def run(story: Story) -> None:
        async def inside() -> None:
            async with works(bootstrap, prefix, tmp_path) as tocsin:
                await story(tocsin)

        asyncio.run(inside())

    return run


def has_state(tocsin: Works, state: IncidentState) -> bool:
    return [i.state for i in tocsin.incidents().values()] == [state]


def opened(tocsin: Works) -> bool:
    """Both contacts were told of the incident, and the receipts are in its view."""
    views = tocsin.incidents().values()
    return [sorted(d.status for d in view.deliveries) for view in views] == [["sent", "sent"]]


def told_once(tocsin: Works) -> bool:
    """One contact was told, and its receipt is in the log."""
    return any(d.status == "sent" for i in tocsin.incidents().values() for d in i.deliveries)


def test_record_becomes_a_page_once_on_each_channel_and_is_resolved(
    play: Callable[[Story], None],
) -> None:
    async def story(tocsin: Works) -> None:
        await tocsin.send(50, 60, 500)
        await tocsin.until(lambda: opened(tocsin))
        incident = tocsin.the_incident()
        assert incident.group_labels == {"service": "web"}
        (alert,) = incident.alerts.values()
        assert alert.evidence is not None
        assert alert.evidence.value == 500
        await tocsin.send(50, 50)
        await tocsin.until(
            lambda: has_state(tocsin, IncidentState.RESOLVED) and len(tocsin.received("email")) == 2
        )
        assert [one.what for one in tocsin.received("slack")].count("post") == 1
        assert [one.what for one in tocsin.received("email")] == ["mail", "answer"]

    play(story)


def test_killed_worker_loses_nothing_and_repeats_nothing(play: Callable[[Story], None]) -> None:
    async def story(tocsin: Works) -> None:
        await tocsin.send(50, 500)
        await tocsin.until(lambda: opened(tocsin))
        incident_id = tocsin.the_incident().id
        await tocsin.command(Acknowledge(incident_id=incident_id, by="ana", via="test"))
        await tocsin.until(lambda: has_state(tocsin, IncidentState.ACKNOWLEDGED))
        tocsin.kill()
        await tocsin.send(501, 502)  # while nobody is there
        tocsin.start()
        await tocsin.send(50, 50)
        await tocsin.until(lambda: has_state(tocsin, IncidentState.RESOLVED), within_s=60)
        incident = tocsin.the_incident()
        assert (incident.id, incident.acknowledged_by) == (incident_id, "ana")
        await tocsin.send(50, 500, service="db")  # everything before it is dealt with by then
        await tocsin.until(lambda: sum(o.what == "mail" for o in tocsin.received("email")) == 2)
        about = [one for one in tocsin.received("slack") if one.incident == incident_id]
        assert [one.what for one in about].count("post") == 1
        assert [o.reason for o in tocsin.received("email") if o.incident == incident_id].count(
            "first"
        ) == 1

    play(story)


def test_bad_records_are_dead_letters_with_their_place_and_the_stream_goes_on(
    play: Callable[[Story], None],
) -> None:
    async def story(tocsin: Works) -> None:
        bad = [
            b'{"name": "load"',
            b'{"name": "load", "value": NaN}',
            b'{"labels": {"service": "web"}}',
            b'{"name": "load", "value": 1, "timestamp": 99999999999}',
            random.Random(1).randbytes(2 << 20),
        ]
        await tocsin.log.write(tocsin.input, *bad, partition=0)
        await tocsin.send(50, 500)
        await tocsin.until(lambda: opened(tocsin) and len(tocsin.dead_letters()) == 5)
        letters = tocsin.dead_letters()
        reasons = ["not_json", "not_json", "missing", "timestamp", "too_large"]
        assert [x["reason"] for x in letters] == reasons
        assert letters[-1]["size"] == 2 << 20
        assert {(x["topic"], x["partition"]) for x in letters} == {(tocsin.input, 0)}
        assert len({x["offset"] for x in letters}) == 5
        await tocsin.until(
            lambda: (
                (status := tocsin.status()) is not None
                and status.dead_letters
                == {"not_json": 2, "missing": 1, "timestamp": 1, "too_large": 1}
            )
        )

    play(story)


def test_record_that_no_stage_can_read_is_a_dead_letter_and_its_worker_lives(
    play: Callable[[Story], None],
) -> None:
    async def story(tocsin: Works) -> None:
        assert tocsin.worker is not None
        first = tocsin.worker.pid
        names = tocsin.topics
        await tocsin.log.write(names.samples, b"junk", partition=0)
        await tocsin.log.write(
            names.events,
            b'{"type": "acknowledge", "incident_id": "\xff", "by": "ana", "via": "test"}',
            partition=0,
        )
        await tocsin.log.write(names.notifications, b'{"id": "\xff"}', partition=0)
        await tocsin.log.write(tocsin.input, b'{"name": "a{b", "value": 1}', partition=0)
        await tocsin.send(50, 500)
        await tocsin.until(lambda: opened(tocsin) and len(tocsin.dead_letters()) == 4)
        assert {letter["reason"] for letter in tocsin.dead_letters()} == {
            "not_samples",
            "not_an_event",
            "not_a_notification",
            "name",
        }
        assert (tocsin.worker.poll(), tocsin.worker.pid) == (None, first)

    play(story)


def test_dead_channel_delays_no_other_and_is_tried_again(play: Callable[[Story], None]) -> None:
    async def story(tocsin: Works) -> None:
        tocsin.peers.slack.faults.inject(*[Fault(status=503, path="chat.")] * 2)
        await tocsin.send(50, 500)
        await tocsin.until(lambda: opened(tocsin))
        assert [one.what for one in tocsin.received("slack")].count("post") == 1
        attempts = {d.contact.channel: d.attempt for d in tocsin.the_incident().deliveries}
        assert attempts == {"slack": 3, "email": 1}

    play(story)


def test_edit_takes_effect_while_it_runs_and_a_bad_one_is_refused(
    play: Callable[[Story], None],
) -> None:
    async def story(tocsin: Works) -> None:
        status = tocsin.status()
        assert status is not None
        before = status.config_digest
        tocsin.configure(upper="no number")
        await tocsin.until(lambda: "upper" in ((s := tocsin.status()) and s.config_error) or "")
        status = tocsin.status()
        assert status is not None
        assert status.config_digest == before
        assert "tocsin.yaml:8:36" in status.config_error
        tocsin.configure(upper="1000")
        await tocsin.until(lambda: (s := tocsin.status()) is not None and s.config_digest != before)
        assert "profile.afresh" in tocsin.log_file.read_text()
        await tocsin.send(50, 500, service="quiet")  # no longer over the bound
        await tocsin.send(50, 2000, service="loud")
        await tocsin.until(lambda: opened(tocsin))
        assert tocsin.the_incident().group_labels == {"service": "loud"}

    play(story)


def test_worker_that_is_started_again_says_how_many_series_it_has_before_more_comes(
    play: Callable[[Story], None],
) -> None:
    async def story(tocsin: Works) -> None:
        await tocsin.send(50, 60, service="web")
        await tocsin.send(50, 60, service="cart", partition=1)
        await tocsin.until(lambda: (s := tocsin.status()) and s.series == 2)
        assert tocsin.worker is not None
        tocsin.worker.terminate()
        tocsin.worker.wait(60)
        await tocsin.until(lambda: tocsin.status() is None)
        words = tocsin.log.records[tocsin.topics.workers]
        said = len(words)
        tocsin.start()
        await tocsin.until(lambda: (s := tocsin.status()) and not s.is_recovering)
        known = [decode(one.value) for one in words[said:]]
        assert {one.series for one in known if not one.is_recovering} == {2}
        assert known[-1].inputs["app"].series == 2
        assert known[-1].records == 0

    play(story)


def test_worker_killed_in_the_middle_of_sending_sends_once(play: Callable[[Story], None]) -> None:
    async def story(tocsin: Works) -> None:
        tocsin.peers.slack.faults.inject(Fault(kind="hang", path="chat.postMessage"))
        await tocsin.send(50, 500)
        await tocsin.until(lambda: told_once(tocsin))  # Slack hangs meanwhile
        tocsin.kill()
        tocsin.start()
        await tocsin.until(lambda: opened(tocsin), within_s=60)
        assert [one.what for one in tocsin.received("slack")].count("post") == 1
        assert [one.what for one in tocsin.received("email")] == ["mail"]

    play(story)
