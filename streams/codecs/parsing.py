"""Records parsed one by one, so that what is wrong with one is its own affair."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from streams.codecs.decoded import Bad
from streams.codecs.faults import LARGEST, Fault, unreadable

Record = TypeVar("Record")


def parse_each(
    parse: Callable[[bytes], Record], values: Sequence[bytes | None], bad: list[Bad]
) -> tuple[Sequence[Record], Sequence[int]]:
    """The records that can be parsed, and their positions; why the others cannot is in `bad`."""
    try:
        if max(map(len, values)) <= LARGEST:  # type: ignore[arg-type]
            return [*map(parse, values)], range(len(values))  # type: ignore[arg-type]
    except (Fault, TypeError, ValueError, RecursionError):  # one by one; and for no values at all
        pass
    records: list[Record] = []
    positions: list[int] = []
    for position, value in enumerate(values):
        try:
            records.append(parse_one(parse, value))
        except Fault as fault:
            bad.append(Bad(position, fault.reason, fault.detail))
        else:
            positions.append(position)
    return records, positions


def parse_one(parse: Callable[[bytes], Record], value: bytes | None) -> Record:
    """A record parsed. Raises Fault."""
    try:
        if value is not None and len(value) <= LARGEST:
            return parse(value)
    except (Fault, ValueError, RecursionError) as error:
        raise unreadable(value) or _fault(error) from None
    raise unreadable(value) or Fault("empty", "")


def _fault(error: Exception) -> Fault:
    match error:
        case Fault():
            return error
        case RecursionError():
            return Fault("shape", "nested too deeply")
        case msgspec.ValidationError():
            return Fault("shape", str(error))
    return Fault("not_json", str(error))
