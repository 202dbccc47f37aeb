"""What a codec makes of a run of records, and what a codec is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Bad(NamedTuple):
    """A record that is no samples: its position in the run, a word, and a sentence."""

    position: int
    reason: str
    detail: str


@dataclass(slots=True)
class Decoded:
    """Samples as three lists of equal length, and the records that are none."""

    keys: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)  # epoch seconds
    value: list[float] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)


class Codec(Protocol):
    """Turns records of one format into samples."""

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """Decode a run; `timestamps` are the records' own, in ms; `now` is in epoch seconds.

        Never raises: what cannot be decoded is in `bad`, and the rest goes on.
        """
