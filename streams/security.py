"""Encryption and login, as the Kafka clients take them: aiokafka's, and Faust's over it."""

from typing import Any

from faust.auth import SASLCredentials, SSLCredentials

from config.connection import TlsFault, client_options, tls_context
from config.settings import Kafka, Tls

__all__ = ["Renewal", "broker_credentials", "client_options"]

Stamp = tuple[tuple[str, int, int], ...]


def broker_credentials(kafka: Kafka) -> Any:
    """What Faust's `broker_credentials` takes: None for a plain connection. Raises `TlsFault`."""
    options = client_options(kafka)
    context = options.get("ssl_context")
    if kafka.sasl is None:
        return None if context is None else SSLCredentials(context)
    return SASLCredentials(
        username=kafka.sasl.username,
        password=kafka.sasl.password.reveal(),
        mechanism=kafka.sasl.mechanism,
        ssl_context=context,
    )


class Renewal:
    """Notices that files of `kafka.tls` were renewed, and can be used.

    A renewal counts once the files stood still from one look to the next: certificate and key are
    seldom written in the same moment.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._tls = kafka.tls
        self._in_use = self._seen = _stamp(kafka.tls)

    def is_due(self) -> bool:
        """Whether clients should be made anew."""
        seen, self._seen = self._seen, _stamp(self._tls)
        if self._tls is None or self._seen in (self._in_use, ()) or self._seen != seen:
            return False
        try:
            tls_context(self._tls)
        except TlsFault:  # half of it; what is in use still works
            return False
        return True


def _stamp(tls: Tls | None) -> Stamp:
    """When the files were written; empty while one is not there."""
    named = (tls.ca, tls.certificate, tls.key) if tls else ()
    try:
        found = [(str(path), path.stat()) for path in named if path is not None]
    except OSError:
        return ()
    return tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in found)
