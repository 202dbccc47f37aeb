"""Entries: receipts on their way into the changelog of the outbox, those of one moment together."""

import asyncio

import msgspec
from aiokafka import AIOKafkaProducer

from routing.receipt import Receipt
from streams.ledger import Ledger
from streams.state import StateTable

_Record = tuple[bytes, bytes | None]
_Waiting = tuple[_Record, "asyncio.Future[None]"]


class Entries:
    """Writes one batch a partition at a time; what comes meanwhile is the next one.

    Hundreds that each wrote a batch of their own would wait for each other until one of them
    gives up.
    """

    def __init__(self, table: StateTable[Ledger], producer: AIOKafkaProducer) -> None:
        self._table = table
        self._producer = producer
        self._waiting: dict[int, list[_Waiting]] = {}
        self._writing: dict[int, asyncio.Task[None]] = {}

    async def enter(self, partition: int, receipt: Receipt) -> None:
        """Note a receipt; it is kept when this returns."""
        self._table.part(partition).enter(receipt)
        record = (receipt.notification_id.encode(), msgspec.json.encode(receipt))
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(partition, []).append((record, kept))
        if partition not in self._writing:
            self._writing[partition] = asyncio.create_task(self._write(partition))
        await kept

    async def _write(self, partition: int) -> None:
        try:
            while waiting := self._waiting.pop(partition, []):
                await self._batch(partition, waiting)
        finally:
            del self._writing[partition]

    async def _batch(self, partition: int, waiting: list[_Waiting]) -> None:
        records = [record for record, _ in waiting]
        written = asyncio.ensure_future(self._table.write(self._producer, partition, records))
        await asyncio.wait({written})
        for _, kept in waiting:
            if not kept.done():
                _pass_on(written, kept)


def _pass_on(written: "asyncio.Future[None]", kept: "asyncio.Future[None]") -> None:
    error = None if written.cancelled() else written.exception()
    if written.cancelled():
        kept.cancel()
    elif error is not None:
        kept.set_exception(error)
    else:
        kept.set_result(None)
