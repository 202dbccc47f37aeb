"""Lines of Influx, read without a Python object for each.

Only what needs no second look is read here: lines without quotes, escapes and comments whose fields
are numbers, none of them twice.
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel
from streams.kernels.json_sample import (
    BACKSLASH,
    COMMA,
    MINUS,
    MOST_DIGITS,
    NINE,
    QUOTE,
    SPACE,
    ZERO,
    digits_end,
    number_end,
    whole,
)
from streams.kernels.texts import are_same

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NEWLINE, EQUALS, INTEGER = b"\n=i"
MOST_FIELDS = 64
LONGEST = 4096  # bytes of a line
LONGEST_STAMP = 19  # digits


@kernel("i8(u1[:], i8, i8)")
def line_end(data: Bytes, at: int, end: int) -> int:
    """The place of the next end of a line."""
    while at < end and data[at] != NEWLINE:
        at += 1
    return at


@kernel("i8(u1[:], i8, i8)")
def group_end(data: Bytes, at: int, end: int) -> int:
    """The place of the blank after a measurement and its tags, -1 where that is not plain."""
    while at < end and data[at] > SPACE and data[at] not in (QUOTE, BACKSLASH):
        at += 1
    return at if at < end and data[at] == SPACE else -1


@kernel("i8(u1[:], i8, i8)")
def name_end(data: Bytes, at: int, end: int) -> int:
    """The place of the sign after the name of a field, -1 where that is not plain."""
    while at < end and data[at] > SPACE and data[at] not in (QUOTE, BACKSLASH, COMMA, EQUALS):
        at += 1
    return at if at < end and data[at] == EQUALS else -1


@kernel("b1(u1[:], i8[:,:], i8, i8)")
def is_twice(data: Bytes, texts: Places, first: int, i: int) -> bool:
    """Whether a field is called as one from the first on."""
    size = texts[i, 3] - texts[i, 2]
    for other in range(first, i):
        if texts[other, 3] - texts[other, 2] == size and are_same(
            data, texts[other, 2], data, texts[i, 2], size
        ):
            return True
    return False


@kernel("i8(u1[:], i8, i8, f8[:], i8[:,:], i8)")
def field_end(data: Bytes, at: int, end: int, value: Floats, written: Places, i: int) -> int:
    """The place after the number of a field, -1 where that is not plain."""
    if at >= end:
        return -1
    last = number_end(data, at, end, value, i)
    written[i, 0], written[i, 1] = at, last
    if last < 0 or last == end or data[last] != INTEGER:
        return last
    first = at + 1 if data[at] == MINUS else at
    is_whole = digits_end(data, first, last) == last <= first + MOST_DIGITS
    is_whole = is_whole and data[first] != ZERO
    return last + 1 if is_whole or last == at + 1 else -1


@kernel("f8(u1[:], i8, i8)")
def stamp(data: Bytes, at: int, end: int) -> float:
    """The number that is the rest of a line, NaN where that is not plain."""
    digits = digits_end(data, at, end) - at
    if at + digits < end or digits > LONGEST_STAMP or digits == 0:
        return np.nan
    if digits == LONGEST_STAMP and data[at] == NINE:
        return np.nan
    return float(whole(data, at, end))


@kernel("void(i8[:,:], i8[:,:], f8[:], i8, i8)")
def turn(texts: Places, written: Places, value: Floats, first: int, last: int) -> None:
    """Turn the fields of a line round: who reads with care gives the last one first."""
    while first < last:
        for i in range(texts.shape[1]):
            texts[first, i], texts[last, i] = texts[last, i], texts[first, i]
        for i in range(written.shape[1]):
            written[first, i], written[last, i] = written[last, i], written[first, i]
        value[first], value[last] = value[last], value[first]
        first, last = first + 1, last - 1


@kernel("i8(u1[:], i8, i8, i8[:,:], i8[:,:], f8[:], f8[:], i8)")
def line(
    data: Bytes,
    at: int,
    end: int,
    texts: Places,
    written: Places,
    value: Floats,
    stamps: Floats,
    i: int,
) -> int:
    """Read one line into the columns from `i` on; where the next begins, -1 where it is not plain.

    A line without a timestamp has -1 for it.
    """
    first, group, blank = i, at, group_end(data, at, end)
    if blank <= group:
        return -1
    told, at = -1.0, blank + 1
    while True:
        name, at = at, name_end(data, at, end)
        if at <= name or i == first + MOST_FIELDS:
            return -1
        texts[i, 0], texts[i, 1], texts[i, 2], texts[i, 3] = group, blank, name, at
        at = field_end(data, at + 1, end, value, written, i)
        if at < 0 or is_twice(data, texts, first, i):
            return -1
        i += 1
        if at == end:
            break
        if data[at] == SPACE:
            told = stamp(data, at + 1, end)
            break
        if data[at] != COMMA:
            return -1
        at += 1
    for each in range(first, i):
        stamps[each] = told
    turn(texts, written, value, first, i - 1)
    return i if told == told else -1


@kernel("i8(u1[:], i8[:], i8[:,:], i8[:,:], f8[:], f8[:], i8[:])")
def lines(
    data: Bytes,
    ends: Places,
    texts: Places,
    written: Places,
    value: Floats,
    stamps: Floats,
    position: Places,
) -> int:
    """Read records that follow each other in `data` up to `ends`; how many fields they have.

    -1 where one is not plain. Of each field, `texts` (n, 4) are told where its measurement with the
    tags begins and ends, and its name, `written` (n, 2) where its number, `position` its record.
    """
    i = at = 0
    for record in range(len(ends)):
        end = ends[record]
        while end > at and data[end - 1] == NEWLINE:
            end -= 1
        if end == at:
            return -1
        while at < end:
            last, first = line_end(data, at, end), i
            if last - at > LONGEST:
                return -1
            i = line(data, at, last, texts, written, value, stamps, i)
            if i < 0:
                return -1
            position[first:i] = record
            at = last + 1
        at = ends[record]
    return i
