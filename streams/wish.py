"""A wish: a notification that waits in the outbox for its turn."""

from typing import NamedTuple

from routing.policy import Contact
from streams.turns import Place, Rank


class Wish(NamedTuple):
    """A notification that waits for its turn, as its record: decoded it is several times larger."""

    id: str
    talk: tuple[str, Contact]
    value: bytes
    partition: int
    generation: int
    order: tuple[int, int]
    rank: Rank

    def place(self) -> Place:
        """Its place among those that wait."""
        return Place(
            id=self.id,
            talk=self.talk,
            order=self.order,
            generation=self.generation,
            rank=self.rank,
        )
