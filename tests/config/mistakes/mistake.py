"""One way to break the small configuration, and what is said about it."""

from typing import NamedTuple

MARK = "»"  # stands where the problem must be shown


class Broken(NamedTuple):
    what: str
    old: str
    new: str
    message: str
