"""`format: auto`: recognises the format from the first records, and says so once.

Until something is recognised native JSON speaks, so that people see its reasons, and the question
stays open. Later the answer changes only when a whole run cannot be read and another format can
read it.
"""

from collections.abc import Callable, Mapping, Sequence

import structlog

from config.settings import Input
from streams.codecs.decoded import Codec, Decoded
from streams.codecs.faults import LARGEST
from streams.codecs.native import KEYS
from streams.codecs.plain import Plain, ReadsPlain
from streams.codecs.recognition import (
    ENOUGH,
    LENIENT,
    MARKS,
    OWN_FAULTS,
    chosen,
    look,
    recognise,
)

log = structlog.get_logger(__name__)

FALLBACK = "json"
_KEYS_TOLD = 10
_TELLS = 5  # changes of the format that are told one by one


class Auto:
    """The codec; `format` is the one that was recognised, `auto` before that."""

    def __init__(self, source: Input, formats: Mapping[str, Callable[[Input], Codec]]) -> None:
        self._source = source
        self._formats = formats
        self._codecs: dict[str, Codec] = {}
        self._changes = 0
        self.format = "auto"

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """See :class:`streams.codecs.decoded.Codec`."""
        if self.format == "auto" or self._is_foreign(values):
            self._decide(values, timestamps, now)
        spoken = FALLBACK if self.format == "auto" else self.format
        found = self._codec(spoken).decode(values, timestamps, now=now)
        if self.format == "auto" or not _is_unread(found, values):
            return found
        if self._decide(values, timestamps, now):
            return self._codec(self.format).decode(values, timestamps, now=now)
        return found

    def plain(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Plain | None:
        """See :class:`streams.codecs.plain.ReadsPlain`."""
        codec = None if self.format == "auto" else self._codec(self.format)
        return codec.plain(values, timestamps, now=now) if isinstance(codec, ReadsPlain) else None

    def _is_foreign(self, values: Sequence[bytes | None]) -> bool:
        """Whether a run begins unlike its format, where that would take any JSON for a log line."""
        if self.format not in LENIENT:
            return False
        first = next((value for value in values if value and len(value) <= LARGEST), None)
        return first is not None and not MARKS[self.format](look(first))

    def _decide(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], now: float
    ) -> bool:
        """Whether the format is another one now: none of the run is in the old one."""
        guesses = recognise(
            values, timestamps, now=now, formats=tuple(self._formats), codec_of=self._codec
        )
        if not guesses or guesses[0].share < ENOUGH or self.format in [g.format for g in guesses]:
            return False
        before, self.format = self.format, guesses[0].format
        self._tell(before, guesses[0].share, _passed_over(self.format, values))
        return True

    def _tell(self, before: str, share: float, passed_over: list[str]) -> None:
        self._changes += 1
        told: dict[str, object] = {
            "input": self._source.name,
            "format": self.format,
            "share": round(share, 2),
        }
        told |= {"passed_over": passed_over} if passed_over else {}
        if before == "auto":
            log.info("input.format", **told)
        elif self._changes <= _TELLS:
            log.warning("input.format", before=before, **told)
        elif self._changes == _TELLS + 1:
            problem = "several formats in one topic: give each a topic and an input of its own"
            log.warning("input.format", before=before, problem=problem, **told)

    def _codec(self, name: str) -> Codec:
        codec = self._codecs.get(name)
        if codec is None:
            codec = self._codecs[name] = self._formats[name](self._source)
        return codec


def _passed_over(format: str, values: Sequence[bytes | None]) -> list[str]:
    """Keys that native JSON does not read; labels may be among them."""
    looked_at = (values[i] or b"" for i in chosen(values)) if format == "json" else ()
    return sorted({key for value in looked_at for key in look(value).item} - KEYS)[:_KEYS_TOLD]


def _is_unread(found: Decoded, values: Sequence[bytes | None]) -> bool:
    """Whether every record was bad, and for no reason of its own."""
    if found.keys or found.histograms or not found.bad:
        return False
    unread = sum(bad.reason not in OWN_FAULTS for bad in found.bad)
    return unread == len(found.bad) >= sum(value is not None for value in values)
