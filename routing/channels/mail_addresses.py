"""Mail addresses, as people write them."""

import re
from email.headerregistry import Address
from email.utils import getaddresses

from routing.channels.attempt import Refusal
from routing.channels.text import clean

_BETWEEN = re.compile(r"[,;]")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


def bare(sender: str) -> str:
    """The address alone.

    >>> bare("Tocsin <tocsin@shop.example>")
    'tocsin@shop.example'
    """
    found = getaddresses([sender])
    return found[0][1] if found else sender


def recipients(address: str, *, strict: bool = True) -> list[str]:
    """Those between commas or semicolons; without `strict` only the good ones. Raises `Refusal`.

    >>> recipients("ana@shop.example, Bo <bo@shop.example>; cy@shop.example")
    ['ana@shop.example', 'bo@shop.example', 'cy@shop.example']
    """
    parts = [part for part in _BETWEEN.split(clean(address, 2000)) if part.strip()]
    found = dict.fromkeys(each for part in parts for _, each in getaddresses([part]))
    good = [each for each in found if is_address(each)]
    if strict and (not good or len(good) < len(found)):
        raise Refusal(f"not a mail address: {clean(address, 100)!r}", is_final=True)
    return good


def is_address(text: str) -> bool:
    """Whether it is a mail address, and nothing besides.

    >>> is_address("ana@shop.example"), is_address("ana"), is_address("a@b, c@d")
    (True, False, False)
    """
    if not _ADDRESS.fullmatch(text):
        return False
    try:
        return bool(Address(addr_spec=text))
    except (ValueError, IndexError):
        return False
