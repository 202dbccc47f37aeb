"""Labels and the matchers that test them."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Labels = Mapping[str, str]
Operator = Literal["=", "!=", "=~", "!~"]


class Matcher(Struct, frozen=True, kw_only=True):
    """A test on one label; an absent label counts as the empty string.

    Regular expressions are anchored at both ends, as in Alertmanager.
    """

    name: str
    op: Operator
    value: str
