"""What routing raises.

RoutingError
└── SnapshotError      the stored state is not ours, or of a version nobody here can read
"""


class RoutingError(Exception):
    """Something routing cannot go on with."""


class SnapshotError(RoutingError):
    """A snapshot that cannot be restored; start from the event log instead."""
