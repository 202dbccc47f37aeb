"""State: all that the engine remembers, and how it is read back."""

from datetime import datetime

import msgspec
from msgspec import Struct, field

from routing.beat import Beat, Canary, Life
from routing.budget import Page
from routing.errors import SnapshotError
from routing.flapping import Flap
from routing.group import Group
from routing.lease import Lease
from routing.oncall.schedule import Override
from routing.policy import Policy, Silence
from routing.told import Compat

VERSION = 5
# Version 1 knew no ended anomalies, 2 no intervals, 3 no inhibitions and leases, 4 no storms,
# overrides and commands but acknowledge and resolve.
_READABLE = (1, 2, 3, 4, 5)


class State(Struct, kw_only=True):
    """All the engine remembers. `groups` by incident id.

    `silences` and `overrides` are those made by command, by their ids.

    `closed` holds, by fingerprint and group key, the start of alerts that a person closed while
    they were firing: until they end or start anew they open nothing there. `ended` holds the
    anomalies that ended not long ago, and when, in that order. `leases` are the ends of firing
    alerts that lie ahead, by fingerprint, `flaps` the alerts that come and go. `commands` are those
    of a day, by id, and when they came, `pages` those that people got of late.
    `turns` says whose turn it is at the levels whose targets take turns. `silences_published`:
    older states hold silences that were never told.
    """

    version: int = VERSION
    policy: Policy
    sequence: int = 0
    at: datetime | None = None
    groups: dict[str, Group] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    closed: dict[str, dict[str, datetime]] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    overrides: dict[str, Override] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    commands: dict[str, datetime] = field(default_factory=dict)
    compat: Compat = field(default_factory=Compat)
    flaps: dict[str, Flap] = field(default_factory=dict)
    pages: dict[str, tuple[Page, ...]] = field(default_factory=dict)
    beats: dict[str, Beat] = field(default_factory=dict)
    life: Life = field(default_factory=Life)
    canary: Canary = field(default_factory=Canary)
    silences_published: bool = False


def read(data: bytes) -> State:
    """The state in a snapshot of any version. Raises `SnapshotError`."""
    try:
        version = msgspec.json.decode(data, type=dict[str, msgspec.Raw])["version"]
        if bytes(version) not in {str(known).encode() for known in _READABLE}:
            raise SnapshotError(f"The snapshot is of version {bytes(version)!r}, not {VERSION}.")
        state = msgspec.json.decode(data, type=State)
        state.version = VERSION
        return state
    except (KeyError, msgspec.MsgspecError) as error:
        raise SnapshotError(f"This is not a snapshot of the routing engine: {error}") from error
