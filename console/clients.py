"""Kafka clients, started and stopped so that a broker that is away holds nothing up."""

import asyncio
from typing import Any

from aiokafka.errors import KafkaError

from config.connection import TlsFault
from config.probe import find_fault
from config.settings import Kafka

STOPPED_WITHIN_S = 2.0
UNREACHABLE = (KafkaError, OSError, TimeoutError, TlsFault)


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


async def why(kafka: Kafka, error: BaseException) -> str:
    """What is wrong and what to do, in one line."""
    fault = await find_fault(kafka)
    if fault is not None:
        return fault.text
    return f"Kafka at {kafka.bootstrap} answers again, after: {error or type(error).__name__}"
