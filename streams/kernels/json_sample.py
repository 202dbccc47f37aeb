"""Samples in JSON, one a record, read without a Python object for each.

Only what needs no second look is read here: an object of `name`, `labels`, `value` and `timestamp`,
none of them twice, whose labels are a flat map and whose numbers are written as such. Texts are not
looked into: who knows the very bytes of one has looked into them before.
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MEMBERS = ("name", "labels", "value", "timestamp")
NAME, LABELS, VALUE, TIMESTAMP = range(len(MEMBERS))

QUOTE, BACKSLASH, OPEN, CLOSE, BRACKET, COLON, COMMA = b'"\\{}[:,'
ZERO, NINE, MINUS, PLUS, POINT, EXPONENT = b"09-+.e"
SPACE = b" "[0]
BLANKS = np.isin(np.arange(SPACE + 1), list(b" \t\r\n"))
TEXT = np.frombuffer("".join(MEMBERS).encode(), np.uint8).copy()
LENGTHS = np.array([*map(len, MEMBERS)])
TENS = np.array([float(f"1e{power}") for power in range(23)])
EXACT = 1 << 53
MOST_DIGITS = 18
"""A number of so many digits fits in 64 bits; below `EXACT`, and times or by one of `TENS`, it is
rounded once and so as it should be."""


@kernel("i8(u1[:], i8, i8)")
def filled(data: Bytes, at: int, end: int) -> int:
    """The first place from `at` on where there is no blank, or `end`."""
    while at < end and data[at] <= SPACE and BLANKS[data[at]]:
        at += 1
    return at


@kernel("i8(u1[:], i8, i8)")
def text_end(data: Bytes, at: int, end: int) -> int:
    """The place after the text that begins at `at`, -1 where it does not end."""
    at += 1
    while at < end:
        if data[at] == QUOTE:
            return at + 1
        at += 2 if data[at] == BACKSLASH else 1
    return -1


@kernel("i8(u1[:], i8, i8)")
def map_end(data: Bytes, at: int, end: int) -> int:
    """The place after the map that begins at `at`, -1 where it does not end, or holds another."""
    at += 1
    while at < end:
        char = data[at]
        if char == QUOTE:
            at = text_end(data, at, end)
            if at < 0:
                return -1
            continue
        if char == CLOSE:
            return at + 1
        if char in (OPEN, BRACKET):
            return -1
        at += 1
    return -1


@kernel("i8(u1[:], i8, i8)")
def digits_end(data: Bytes, at: int, end: int) -> int:
    """The first place from `at` on where there is no digit."""
    while at < end and ZERO <= data[at] <= NINE:
        at += 1
    return at


@kernel("i8(u1[:], i8, i8)")
def whole(data: Bytes, at: int, end: int) -> int:
    """The number that digits write."""
    number = 0
    for place in range(at, end):
        number = 10 * number + (data[place] - ZERO)
    return number


@kernel("f8(u1[:], i8, i8, i8, i8)")
def scaled(data: Bytes, at: int, point: int, end: int, exponent: int) -> float:
    """The number with the digits from `at` to `end`, and a point before `point`, if before `end`.

    NaN where more than one rounding would be needed.
    """
    fraction = max(end - point - 1, 0)
    if point - at + fraction > MOST_DIGITS:
        return np.nan
    number = whole(data, at, point)
    for place in range(point + 1, end):
        number = 10 * number + (data[place] - ZERO)
    exponent -= fraction
    if number > EXACT or abs(exponent) >= len(TENS):
        return np.nan
    told: float = number * TENS[exponent] if exponent >= 0 else number / TENS[-exponent]
    return told


@kernel("i8(u1[:], i8, i8, f8[:], i8)")
def number_end(data: Bytes, at: int, end: int, numbers: Floats, i: int) -> int:
    """The place after the number that begins at `at`, -1 for none; `numbers[i]` is what it says.

    It is NaN for one that has to be read with more care.
    """
    is_negative = data[at] == MINUS
    first = at + 1 if is_negative else at
    point = last = digits_end(data, first, end)
    if point == first or (data[first] == ZERO and point > first + 1):
        return -1
    if point < end and data[point] == POINT:
        last = digits_end(data, point + 1, end)
        if last == point + 1:
            return -1
    at, exponent = last, 0
    if at < end and data[at] | SPACE == EXPONENT:
        at += 1
        falls = at < end and data[at] == MINUS
        if at < end and (falls or data[at] == PLUS):
            at += 1
        power, at = at, digits_end(data, at, end)
        if at == power or at > power + 3:
            return -1
        exponent = -whole(data, power, at) if falls else whole(data, power, at)
    told = scaled(data, first, point, last, exponent)
    numbers[i] = (-told if told else np.nan) if is_negative else told
    return at


@kernel("i8(u1[:], i8, i8)")
def member(data: Bytes, at: int, end: int) -> int:
    """Which of `MEMBERS` stands there, -1 for none."""
    begin = 0
    for which in range(len(LENGTHS)):
        length = LENGTHS[which]
        if end - at == length:
            same = 0
            while same < length and data[at + same] == TEXT[begin + same]:
                same += 1
            if same == length:
                return which
        begin += length
    return -1


@kernel("i8(u1[:], i8, i8, i8, f8[:,:], i8)")
def token_end(data: Bytes, at: int, end: int, what: int, numbers: Floats, i: int) -> int:
    """The place after what a member is, -1 where it is nothing that such a one can be."""
    if what >= VALUE:
        return number_end(data, at, end, numbers[what - VALUE], i)
    if what == NAME and data[at] == QUOTE:
        return text_end(data, at, end)
    if what == LABELS and data[at] == OPEN:
        return map_end(data, at, end)
    return -1


@kernel("b1(u1[:], i8, i8, i8[:,:], f8[:,:], i8)")
def sample(data: Bytes, at: int, end: int, spans: Places, numbers: Floats, i: int) -> bool:
    """Read one record into the columns `i`; whether it is plain."""
    at = filled(data, at, end)
    if at == end or data[at] != OPEN:
        return False
    while True:
        at = filled(data, at + 1, end)
        if at >= end or data[at] != QUOTE:
            return False
        first, at = at, text_end(data, at, end)
        what = member(data, first + 1, at - 1) if at > 0 else -1
        if what < 0 or spans[i, 2 * what] >= 0:
            return False
        at = filled(data, at, end)
        if at == end or data[at] != COLON:
            return False
        first = filled(data, at + 1, end)
        at = token_end(data, first, end, what, numbers, i) if first < end else -1
        if at < 0:
            return False
        spans[i, 2 * what], spans[i, 2 * what + 1] = first, at
        at = filled(data, at, end)
        if at == end:
            return False
        if data[at] == CLOSE:
            break
        if data[at] != COMMA:
            return False
    has_all = spans[i, 2 * NAME] >= 0 and spans[i, 2 * VALUE] >= 0
    return has_all and filled(data, at + 1, end) == end


@kernel("b1(u1[:], i8[:], i8[:,:], f8[:,:])")
def samples(data: Bytes, ends: Places, spans: Places, numbers: Floats) -> bool:
    """Read records that follow each other in `data` up to `ends`; whether all are plain.

    `spans` (n, 8), -1 in all places, are told where each of `MEMBERS` begins and ends; `numbers`
    (2, n) the value and the timestamp.
    """
    at = 0
    for i in range(len(ends)):
        if not sample(data, at, ends[i], spans, numbers, i):
            return False
        at = ends[i]
    return True
