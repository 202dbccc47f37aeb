"""The keys under which the state of one partition is saved.

Those of a bank are its input, its profile and the bank's own key; all others begin with a zero
byte.
"""

from detectors.group_bank import own_record

_BETWEEN = b"\0"
WATERMARKS = b"\0watermarks"
SOURCES = b"\0sources"
MARKS = b"\0marks"
OVERFLOW = b"\0overflow"
NEWEST = b"\0newest"


def of_bank(source: str, profile: str) -> bytes:
    """What the keys of a bank's records begin with.

    >>> parts(of_bank("shop", "latency") + b"ra")
    (b'shop', b'latency', b'ra')
    """
    return source.encode() + _BETWEEN + profile.encode() + _BETWEEN


def parts(key: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Input, profile and the bank's own key; None where the record is of no bank's."""
    source, *others = key.split(_BETWEEN, 2)
    if not source or len(others) != 2:
        return None
    return source, others[0], others[1]


def series_record(key: bytes) -> bytes | None:
    """The key that a bank gave a saved record; None where the record is of no bank's."""
    found = parts(key)
    return None if found is None else own_record(found[2])
