"""Names of Tocsin's own topics."""

from msgspec import Struct


class Topics(Struct, frozen=True):
    """Every topic under one prefix.

    >>> Topics("tocsin").events
    'tocsin.events'
    """

    prefix: str = "tocsin"

    @property
    def samples(self) -> str:
        """Packed columns of decoded samples, partitioned by series."""
        return f"{self.prefix}.samples"

    @property
    def events(self) -> str:
        """The one ordered log (one partition)."""
        return f"{self.prefix}.events"

    @property
    def notifications(self) -> str:
        """Wishes for the outbox (one partition)."""
        return f"{self.prefix}.notifications"

    @property
    def incidents(self) -> str:
        """The current view of each incident; compacted, keyed by incident id."""
        return f"{self.prefix}.incidents"

    @property
    def overrides(self) -> str:
        """Who stands in on a schedule, by command; compacted, keyed by override."""
        return f"{self.prefix}.overrides"

    @property
    def silences(self) -> str:
        """The silences made by command; compacted, keyed by silence."""
        return f"{self.prefix}.silences"

    @property
    def decisions(self) -> str:
        """Why each alert did or did not reach each person."""
        return f"{self.prefix}.decisions"

    @property
    def deadletter(self) -> str:
        """Records that could not be decoded, with the reason."""
        return f"{self.prefix}.deadletter"

    @property
    def retried(self) -> str:
        """Which records with a dead letter were sent again; compacted, keyed by the record."""
        return f"{self.prefix}.retried"

    @property
    def marks(self) -> str:
        """What people say of series; compacted, keyed by mark."""
        return f"{self.prefix}.marks"

    @property
    def workers(self) -> str:
        """What each worker says of itself every other second; compacted, keyed by worker."""
        return f"{self.prefix}.workers"
