"""A table of pairs of texts, found by their bytes: open addressing, and the bytes themselves.

`slots` are a power of two, and hold the number of an entry or -1. Of entry e, `hashes[e]` is the
hash of its texts, `places[0, e]` where in `kept` they lie one after the other, `places[1, e]` and
`places[2, e]` how long they are, `places[3, e]` what it stands for.
"""

import numpy as np
import numpy.typing as npt

from detectors.kernels.kernel import kernel

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

SEED, PRIME = 1469598103934665603, 1099511628211  # of FNV-1a
FOLD = 29
"""By so much a hash is shifted onto itself, for its low bits, which choose a slot."""


@kernel("i8(i8, u1[:], i8, i8)")
def hashed(seed: int, data: Bytes, at: int, end: int) -> int:
    """A hash of bytes, and of what was hashed before."""
    told = seed
    for place in range(at, end):
        told = (told ^ data[place]) * PRIME
    return told ^ (told >> FOLD)


@kernel("b1(u1[:], i8, u1[:], i8, i8)")
def are_same(data: Bytes, at: int, kept: Bytes, begin: int, length: int) -> bool:
    """Whether two places hold the same bytes."""
    same = 0
    while same < length and data[at + same] == kept[begin + same]:
        same += 1
    return same == length


@kernel("i8(u1[:], i8[:], i8, i4[:], i8[:], i8[:,:], u1[:])")
def entry(
    data: Bytes,
    span: Places,
    told: int,
    slots: npt.NDArray[np.int32],
    hashes: Places,
    places: Places,
    kept: Bytes,
) -> int:
    """The number of the entry of a pair of texts, of that hash, or -1."""
    last = len(slots) - 1
    slot = told & last
    first, second = span[1] - span[0], span[3] - span[2]
    while slots[slot] >= 0:
        number = slots[slot]
        if (
            hashes[number] == told
            and places[1, number] == first
            and places[2, number] == second
            and are_same(data, span[0], kept, places[0, number], first)
            and are_same(data, span[2], kept, places[0, number] + first, second)
        ):
            return int(number)
        slot = (slot + 1) & last
    return -1


@kernel("void(u1[:], i8[:,:], i4[:], i8[:], i8[:,:], u1[:], i8[:])")
def find(
    data: Bytes,
    spans: Places,
    slots: npt.NDArray[np.int32],
    hashes: Places,
    places: Places,
    kept: Bytes,
    found: Places,
) -> None:
    """What pairs of texts stand for, -1 where that is not known.

    `spans` (n, 4): where in `data` the first begins and ends, and the second.
    """
    for i in range(len(spans)):
        span = spans[i]
        told = hashed(hashed(SEED, data, span[0], span[1]), data, span[2], span[3])
        number = entry(data, span, told, slots, hashes, places, kept)
        found[i] = places[3, number] if number >= 0 else -1


@kernel("void(i4[:], i8[:], i8, i8)")
def enter(slots: npt.NDArray[np.int32], hashes: Places, first: int, end: int) -> None:
    """Put entries from the first on into the slots."""
    last = len(slots) - 1
    for number in range(first, end):
        slot = hashes[number] & last
        while slots[slot] >= 0:
            slot = (slot + 1) & last
        slots[slot] = number


@kernel("i8(i8[:], i4[:], i4[:], i4[:])")
def numbered(
    found: Places,
    place: npt.NDArray[np.int32],
    index: npt.NDArray[np.int32],
    first: npt.NDArray[np.int32],
) -> int:
    """How many different numbers there are: `first` of them, in their order, and which each is.

    `place` is -1 for every number there is, before and afterwards.
    """
    count = 0
    for i in range(len(found)):
        number = found[i]
        if place[number] < 0:
            place[number] = count
            first[count] = number
            count += 1
        index[i] = place[number]
    for i in range(count):
        place[first[i]] = -1
    return count
