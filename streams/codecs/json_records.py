"""Records of JSON, each on its own: parsed here, and made samples by one function of a format."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from streams.codecs.decoded import Decoded
from streams.codecs.faults import Fault
from streams.codecs.gathered import Gathered
from streams.codecs.instants import BadInstant, epoch_seconds
from streams.codecs.parsing import parse_one

_parse: Callable[[bytes], Any] = msgspec.json.Decoder().decode


class Run:
    """What has been gathered of a run so far; `gathered.record` is the one that is being read."""

    __slots__ = ("gathered", "latest", "timestamps")

    def __init__(self, timestamps: Sequence[int], latest: float) -> None:
        self.gathered = Gathered()
        self.timestamps = timestamps
        self.latest = latest

    def instant(self, stamp: object) -> float:
        """A record's timestamp as epoch seconds; None is that of the record in Kafka.

        Raises Fault for what is no instant of our time.
        """
        checked = stamp_of(stamp)
        if checked is None:
            checked = self.timestamps[self.gathered.record] / 1000.0
        try:
            return epoch_seconds(checked, latest=self.latest)
        except BadInstant as error:
            raise Fault("timestamp", str(error)) from None


Take = Callable[[Any, Run], None]
"""Adds a parsed record to `run.gathered`: keys, stamps and values. Raises Fault."""


class JsonRecords:
    """The codec of a format that `take` knows. With `skips_null` a null value is no fault."""

    def __init__(self, take: Take, *, latest_ahead_s: float, skips_null: bool = False) -> None:
        self._take = take
        self._ahead = latest_ahead_s
        self._skips_null = skips_null

    def decode(
        self, values: Sequence[bytes | None], timestamps: Sequence[int], *, now: float
    ) -> Decoded:
        """See :class:`streams.codecs.decoded.Codec`."""
        run = Run(timestamps, now + self._ahead)
        found = run.gathered
        for found.record, value in enumerate(values):
            if value is None and self._skips_null:
                continue
            before, histograms = len(found.keys), len(found.histograms)
            try:
                self._take(parse_one(_parse, value), run)
            except Fault as fault:
                found.drop(before)
                del found.histograms[histograms:]
                found.fault(fault)
            found.place()
        if found.starts:
            found.starts += [0.0] * (len(found.keys) - len(found.starts))
        return found.finish(timestamps, latest=run.latest)


def stamp_of(value: Any) -> float | str | None:
    """A timestamp as it was written. Raises Fault for what cannot be one."""
    if value is None or type(value) in (float, int, str):
        return value  # type: ignore[no-any-return]
    raise Fault("timestamp", f"{kind_of(value)} stands where a timestamp should")


def kind_of(value: object) -> str:
    """What a value is called in a message."""
    names = {dict: "a map", list: "a list", bool: "a truth", type(None): "null", str: "text"}
    return names.get(type(value), "a number")
