"""Sockets to providers that tell over a connection of ours what people answered."""

import asyncio
from functools import partial

import structlog

from console.desk import Desk
from console.hooks import take
from routing.channels.slack import Slack

log = structlog.get_logger()


def open_sockets(desk: Desk) -> list[asyncio.Task[None]]:
    """Begin to listen on each socket that has a token; cancel the tasks to end that."""
    tasks = []
    for channel in desk.channels.values():
        if isinstance(channel, Slack) and (socket := channel.socket()) is not None:
            told = partial(_tell, channel.name)
            work = socket.run(partial(take, desk, channel), said=told)
            tasks.append(asyncio.create_task(work, name=f"socket of {channel.name}"))
    return tasks


def _tell(channel: str, is_connected: bool) -> None:
    log.info("socket connected" if is_connected else "socket lost", channel=channel)
