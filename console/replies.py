"""What is said back, to the person alone, where the message itself does not show what they did."""

import asyncio

import structlog

from console.answers import Outcome
from console.desk import Desk
from routing.channels.answer import Answer, Hearing
from routing.channels.slack import Slack
from routing.channels.text import clean

log = structlog.get_logger()

_LOST = "Not done: the log cannot be reached. Wait a moment, press again."
_SAID = {
    ("written", "silence"): "Silenced for an hour.",
    ("written", "not-useful"): "Noted: its series may raise fewer alarms from now on.",
    ("already", "acknowledge"): "You have it already, or it is over.",
    ("already", "resolve"): "It is resolved already.",
    ("already", "silence"): "It is resolved already.",
    ("unknown", "acknowledge"): "There is no such incident any more.",
    ("unknown", "resolve"): "There is no such incident any more.",
    ("unknown", "silence"): "There is no such incident any more.",
    ("unknown", "not-useful"): "There is no such incident any more.",
    ("refused", "silence"): "Not silenced: its alerts share no label. Make a silence by hand.",
    ("refused", "not-useful"): "Not noted: open the incident to see why.",
}


def reply(desk: Desk, channel: Hearing, answer: Answer, outcome: Outcome) -> None:
    """Begin to say it; whether that succeeds changes nothing."""
    _begin(desk, channel, answer, _SAID.get((outcome, answer.word)))


def reply_lost(desk: Desk, channel: Hearing, answer: Answer) -> None:
    """Begin to say that it was not written, where the provider will not tell us again."""
    _begin(desk, channel, answer, _LOST)


def _begin(desk: Desk, channel: Hearing, answer: Answer, said: str | None) -> None:
    if said is None or not answer.reply_to or not isinstance(channel, Slack):
        return
    task = asyncio.create_task(_say(channel, answer, said))
    desk.saying.add(task)
    task.add_done_callback(desk.saying.discard)


async def _say(channel: Slack, answer: Answer, said: str) -> None:
    problem = await channel.whisper(answer.reply_to, said)
    if problem:
        log.info("reply not sent", incident=answer.incident_id, reason=clean(problem, 200))
