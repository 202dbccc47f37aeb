"""A record that failed for a mistake in the configuration, mended, sent again and judged."""

import asyncio
import json
from pathlib import Path

from streams import clock
from tests.streams.letters.post import tocsin as invoke
from tests.streams.works import Works, works


def test_record_that_was_ahead_is_judged_when_that_is_allowed_and_it_is_sent_again(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            sent = [sample(3600, 50), sample(3601, 500)]
            await tocsin.log.write(tocsin.input, *sent, partition=1)
            await tocsin.until(lambda: len(tocsin.dead_letters()) == 2)
            assert {letter["reason"] for letter in tocsin.dead_letters()} == {"timestamp"}
            await _widen(tocsin)
            said = await _retried(tocsin)
            assert said.splitlines()[-1] == "2 sent again, 0 not"
            await tocsin.until(lambda: len(tocsin.incidents()) == 1)
            (alert,) = tocsin.the_incident().alerts.values()
            assert alert.evidence is not None
            assert alert.evidence.value == 500
            assert len(tocsin.dead_letters()) == 2

    asyncio.run(story())


def sample(ahead_s: float, value: float) -> bytes:
    at = clock.epoch_s() + ahead_s
    fields = {"name": "load", "value": value, "timestamp": at, "labels": {"service": "a"}}
    return json.dumps(fields).encode()


async def _widen(tocsin: Works) -> None:
    """Allow timestamps further ahead; the worker ends for that, and is started again."""
    text = tocsin.config.read_text()
    tocsin.config.write_text(text.replace("kind: metrics}", "kind: metrics, latest_ahead: 2h}"))
    assert tocsin.worker is not None
    await asyncio.to_thread(tocsin.worker.wait, 30)
    tocsin.start()


async def _retried(tocsin: Works) -> str:
    arguments = ["deadletter", "retry", "--yes", "--config", str(tocsin.config)]
    answer = await asyncio.to_thread(invoke, *arguments, SLACK_TOKEN="xoxb-demo")
    assert answer.exit_code == 0, answer.output
    return answer.stdout
