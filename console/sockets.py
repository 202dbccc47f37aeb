"""Sockets to providers that tell over a connection of ours what people answered."""

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from console.desk import Desk
from console.hooks import take
from console.replies import reply_lost
from routing.channels.answer import Answer
from routing.channels.slack import Slack

log = structlog.get_logger()


def open_sockets(desk: Desk) -> list[asyncio.Task[None]]:
    """Begin to listen on each socket that has a token; cancel the tasks to end that."""
    tasks = []
    for channel in desk.channels.values():
        if isinstance(channel, Slack) and (socket := channel.socket()) is not None:
            told = partial(_tell, channel.name)
            work = socket.run(partial(_take, desk, channel), said=told)
            tasks.append(asyncio.create_task(work, name=f"socket of {channel.name}"))
    return tasks


async def _take(desk: Desk, channel: Slack, answers: Sequence[Answer]) -> None:
    """Carry them out; Slack was told already that we have them, and tells nothing again."""
    if not await take(desk, channel, answers):
        for answer in answers:
            if answer.id not in desk.taken:
                reply_lost(desk, channel, answer)


def _tell(channel: str, is_connected: bool) -> None:
    log.info("socket connected" if is_connected else "socket lost", channel=channel)
