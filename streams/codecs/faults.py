"""Why a record, or a part of it, is no samples."""

LARGEST = 1 << 20
"""Bytes in a record's value: a larger one is no telemetry."""


class Fault(Exception):
    """A word for counting, and a sentence for people; see :class:`streams.codecs.decoded.Bad`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def unreadable(value: bytes | None) -> Fault | None:
    """Why a value is not even to be parsed, None when it is.

    >>> unreadable(b" ").reason
    'empty'
    """
    if value is None or not value.strip():
        return Fault("empty", "the record has no value")
    if len(value) > LARGEST:
        return Fault("too_large", f"{len(value)} bytes, more than {LARGEST}")
    return None
