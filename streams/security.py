"""Encryption and login, as the Kafka clients take them: aiokafka's, and Faust's over it."""

from typing import Any

from faust.auth import SASLCredentials, SSLCredentials

from config.connection import client_options
from config.settings import Kafka

__all__ = ["broker_credentials", "client_options"]


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
