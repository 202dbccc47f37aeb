"""Kafka clients, started and stopped so that a broker that is away holds nothing up."""

import asyncio
from typing import Any

from aiokafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError

STOPPED_WITHIN_S = 2.0
UNREACHABLE = (KafkaError, OSError, TimeoutError)
_NO_ANSWER = (KafkaConnectionError, KafkaTimeoutError, OSError, TimeoutError)


async def start(client: Any, *, within_s: float) -> Any:
    """The client once it is connected. Raises one of `UNREACHABLE`, and leaves nothing open."""
    try:
        async with asyncio.timeout(within_s):
            await client.start()
    except BaseException:
        await stop(client)
        raise
    return client


async def stop(client: Any) -> None:
    """Stop in a task of its own: without a broker it may take long, and raise `CancelledError`."""
    task = asyncio.create_task(client.stop())
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait({task}, timeout=STOPPED_WITHIN_S)


def unreachable(bootstrap: str, error: BaseException) -> str:
    """What is wrong and what to do, in one line."""
    is_silence = isinstance(error, _NO_ANSWER) or type(error) is KafkaError
    why = "" if is_silence else f" ({error})"
    return (
        f"no Kafka broker answers at {bootstrap}{why}: start one there, or correct kafka.bootstrap"
    )
