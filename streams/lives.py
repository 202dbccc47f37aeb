"""Which life of an input's topic a chunk is of: one that is made anew has another id."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiokafka.errors import KafkaError
from faust.types import TP

from streams.app import Outlived, generation_handled
from streams.chunk import Chunk
from streams.metadata import Seen

Look = Callable[[Sequence[str]], Awaitable[Mapping[str, Seen | None]]]


class Lives:
    """The ids of the topics that a worker began with.

    They are known before anything is read, and asked for once more when the first chunk of a
    partition is here, or one from before the last: what was fetched between two equal answers is of
    that life.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._begun: Mapping[str, bytes] = {}
        self._reached: dict[TP, tuple[int | None, int]] = {}  # generation and next offset

    def begin(self, ids: Mapping[str, bytes]) -> None:
        """Take the ids, before anything is read."""
        self._begun = ids

    async def of(self, chunk: Chunk) -> bytes:
        """The id of a chunk's topic, empty where it cannot be known.

        Raises :class:`Outlived` where the topic was made anew since this worker began: the next one
        reads it, by its new id.
        """
        tp, generation = chunk.tp, generation_handled.get()
        begun = self._begun.get(tp.topic, b"")
        reached = self._reached.pop(tp, None)
        goes_on = reached is not None and reached[0] == generation and reached[1] <= chunk.start
        if begun and not goes_on:
            now = await self._id(tp.topic)
            if not now:
                return b""
            if now != begun:
                raise Outlived(f"{tp.topic} was made anew")
        self._reached[tp] = generation, chunk.next_offset
        return begun

    async def _id(self, topic: str) -> bytes:
        try:
            seen = (await self._look([topic])).get(topic)
        except KafkaError:
            return b""  # the broker that was asked does not answer
        return seen.id if seen else b""
