"""Records of JSON, each on its own: parsed here, and made samples by one function of a format."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from streams.codecs.decoded import Bad, Decoded
from streams.codecs.faults import Fault, unreadable
from streams.codecs.gathered import Gathered
from streams.codecs.instants import BadInstant, epoch_seconds

_parse = msgspec.json.Decoder().decode


class Run:
    """What has been gathered of a run so far, and the record that is being read."""

    __slots__ = ("fallback", "gathered", "latest", "position")

    def __init__(self, latest: float) -> None:
        self.gathered = Gathered()
        self.latest = latest
        self.position = 0
        self.fallback = 0.0  # the time of the record in Kafka, epoch seconds

    def instant(self, stamp: object) -> float:
        """A record's timestamp as epoch seconds; None is that of the record in Kafka.

        Raises Fault for what is no instant of our time.
        """
        checked = stamp_of(stamp)
        try:
            return epoch_seconds(self.fallback if checked is None else checked, latest=self.latest)
        except BadInstant as error:
            raise Fault("timestamp", str(error)) from None


Take = Callable[[Any, Run], None]
"""Adds a parsed record to `run.gathered`: keys, stamps, values; `position` apart. Raises Fault."""


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
        run = Run(now + self._ahead)
        found = run.gathered
        for position, value in enumerate(values):
            if value is None and self._skips_null:
                continue
            run.position, run.fallback = position, timestamps[position] / 1000.0
            before, histograms = len(found.keys), len(found.histograms)
            try:
                self._take(parsed(value), run)
            except Fault as fault:
                for column in (found.keys, found.stamps, found.values, found.starts):
                    del column[before:]
                del found.histograms[histograms:]
                found.bad.append(Bad(position, fault.reason, fault.detail))
            else:
                found.position += [position] * (len(found.keys) - before)
        if found.starts:
            found.starts += [0.0] * (len(found.keys) - len(found.starts))
        return found.finish(timestamps, latest=run.latest)


def parsed(value: bytes | None) -> Any:
    """A record's value as JSON. Raises Fault."""
    if (fault := unreadable(value)) is not None:
        raise fault
    assert value is not None
    try:
        return _parse(value)
    except RecursionError:
        raise Fault("shape", "nested too deeply") from None
    except msgspec.ValidationError as error:  # a number beyond all numbers
        raise Fault("shape", str(error)) from None
    except ValueError as error:  # DecodeError and UnicodeDecodeError are such
        raise Fault("not_json", str(error)) from None


def stamp_of(value: Any) -> float | str | None:
    """A timestamp as it was written. Raises Fault for what cannot be one."""
    if value is None or type(value) in (float, int, str):
        return value  # type: ignore[no-any-return]
    raise Fault("timestamp", f"{kind_of(value)} stands where a timestamp should")


def kind_of(value: object) -> str:
    """What a value is called in a message."""
    names = {dict: "a map", list: "a list", bool: "a truth", type(None): "null", str: "text"}
    return names.get(type(value), "a number")
