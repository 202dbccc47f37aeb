"""Why a broker cannot be reached: one connection made by hand, and what became of it in words.

A client of aiokafka only says that it could not bootstrap; the causes are in its log.
"""

import asyncio
import enum
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from config.connection import TlsFault, client_options, kafka_at
from config.settings import Kafka

_ADVERTISED_TRIED = 3
_FAILED = (KafkaError, OSError, EOFError, TimeoutError, AssertionError)


class Obstacle(enum.StrEnum):
    """What stands in the way."""

    SILENT = "nobody answers"
    FILES = "a file of kafka.tls"
    TLS_WANTED = "TLS is wanted"
    TLS_UNKNOWN = "TLS is not spoken there"
    UNTRUSTED = "the broker's certificate is not trusted"
    EXPIRED = "the broker's certificate has expired"
    WRONG_HOST = "the broker's certificate is for another host"
    CERTIFICATE = "a certificate of ours is wanted, or ours is refused"
    LOGIN_WANTED = "a login is wanted"
    LOGIN_UNKNOWN = "no login is wanted"
    LOGIN_REFUSED = "the login is refused"
    MECHANISM = "the mechanism is not offered"
    HUNG_UP = "the broker hung up"


@dataclass(frozen=True, slots=True)
class Fault:
    """An obstacle, and in one line what is wrong and what to do."""

    obstacle: Obstacle
    text: str

    @property
    def may_pass(self) -> bool:
        """Whether waiting may help."""
        return self.obstacle in _PASSING


_PASSING = (Obstacle.SILENT, Obstacle.HUNG_UP, Obstacle.LOGIN_WANTED)  # also while it stops
_SAYS: Mapping[Obstacle, str] = {
    Obstacle.SILENT: "no Kafka broker answers at {at}: start one there, or correct kafka.bootstrap",
    Obstacle.TLS_WANTED: "the broker at {at} speaks TLS: set kafka.tls, or name its plain port",
    Obstacle.TLS_UNKNOWN: "the broker at {at} does not speak TLS: remove kafka.tls, or name its "
    "TLS port in kafka.bootstrap",
    Obstacle.UNTRUSTED: "the certificate of the broker at {at} is not trusted ({why}): name the "
    "authority that signed it in kafka.tls.ca",
    Obstacle.EXPIRED: "the certificate of the broker at {at} is out of date ({why}): renew it "
    "there, or set this machine's clock right",
    Obstacle.WRONG_HOST: "the certificate of the broker at {at} is for another host ({why}): "
    "correct kafka.bootstrap or the certificate, or set kafka.tls.verify_host: false",
    Obstacle.CERTIFICATE: "the broker at {at} wants a certificate that it trusts ({why}): set "
    "kafka.tls.certificate and kafka.tls.key",
    Obstacle.LOGIN_WANTED: "the broker at {at} hung up at the first request: does it want a login "
    "(kafka.sasl)?",
    Obstacle.LOGIN_UNKNOWN: "the broker at {at} wants no login on that port: remove kafka.sasl, or "
    "name its SASL port in kafka.bootstrap",
    Obstacle.LOGIN_REFUSED: "the broker at {at} refuses the login ({why}): correct username, "
    "password or mechanism in kafka.sasl",
    Obstacle.MECHANISM: "the broker at {at} does not offer that login: choose another "
    "kafka.sasl.mechanism",
    Obstacle.HUNG_UP: "the broker at {at} hung up ({why}): is it Kafka, and is that the port for "
    "{protocol}?",
}
_BY_KIND: tuple[tuple[type[Exception], Obstacle], ...] = (
    (SaslAuthenticationFailed, Obstacle.LOGIN_REFUSED),
    (UnsupportedSaslMechanismError, Obstacle.MECHANISM),
    (IllegalSaslStateError, Obstacle.LOGIN_UNKNOWN),
    (ConnectionRefusedError, Obstacle.SILENT),
    (socket.gaierror, Obstacle.SILENT),
)
_BY_VERIFY_CODE = {  # of OpenSSL's x509_vfy.h
    9: Obstacle.EXPIRED,
    10: Obstacle.EXPIRED,
    62: Obstacle.WRONG_HOST,
    64: Obstacle.WRONG_HOST,
}
_OUR_CERTIFICATE = ("CERTIFICATE", "HANDSHAKE_FAILURE", "UNKNOWN_CA")  # in the alert's name


async def find_fault(address: Kafka | str, *, within_s: float = 3.0) -> Fault | None:
    """What stands in the way to every broker of `kafka.bootstrap`, or None if one can be used.

    A broker is usable when it answers, and so does one of those that it sends clients on to.
    """
    kafka = kafka_at(address)
    try:
        options = client_options(kafka)
    except TlsFault as error:
        return Fault(Obstacle.FILES, f"kafka.tls.{error.key}: {error}")
    servers = options.pop("bootstrap_servers").split(",")
    options["request_timeout_ms"] = int(1000 * within_s)
    faults = []
    for server in servers:
        fault = await _try_with_its_peers(server.strip(), options)
        if fault is None:
            return None
        faults.append(fault)
    audible = (fault for fault in faults if fault.obstacle is not Obstacle.SILENT)
    return next(audible, silent(kafka))


def silent(address: Kafka | str) -> Fault:
    """The fault of an address where nobody answers."""
    at = kafka_at(address).bootstrap
    return Fault(Obstacle.SILENT, _SAYS[Obstacle.SILENT].format(at=at))


async def _try_with_its_peers(server: str, options: Mapping[str, Any]) -> Fault | None:
    answer = await _try(server, options)
    if isinstance(answer, Fault):
        return answer
    fault: Fault | None = None
    for peer in answer[:_ADVERTISED_TRIED]:
        heard = None if peer == server else await _try(peer, options)
        if not isinstance(heard, Fault):
            return None
        fault = heard
    if fault is None:
        return None
    said = f"the broker at {server} sends clients on to its advertised listener; "
    return Fault(fault.obstacle, said + fault.text)


async def _try(server: str, options: Mapping[str, Any]) -> Fault | list[str]:
    """Connect to one broker: the addresses of all, or what went wrong."""
    host, port = _parts(server)
    try:
        connection = await create_conn(host, port, **options)
    except _FAILED as error:
        return await _explain(server, options, error)
    try:
        answer = await connection.send(MetadataRequest([]))
    except _FAILED as error:
        return _fault(Obstacle.LOGIN_WANTED, server, options, error)
    finally:
        connection.close()
    return [f"{broker[1]}:{broker[2]}" for broker in answer.brokers]


async def _explain(server: str, options: Mapping[str, Any], error: BaseException) -> Fault:
    for kind, obstacle in _BY_KIND:
        if isinstance(error, kind):
            return _fault(obstacle, server, options, error)
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        obstacle = _BY_VERIFY_CODE.get(cause.verify_code, Obstacle.UNTRUSTED)
        return _fault(obstacle, server, options, cause)
    if isinstance(cause, ssl.SSLError) and any(w in str(cause.reason) for w in _OUR_CERTIFICATE):
        return _fault(Obstacle.CERTIFICATE, server, options, cause)
    if not options["security_protocol"].endswith("SSL"):
        is_tls = await _speaks_tls(server, options)
        return _fault(Obstacle.TLS_WANTED if is_tls else _end(error), server, options, error)
    is_plain = await _speaks_plainly(server, options)
    return _fault(Obstacle.TLS_UNKNOWN if is_plain else _end(error), server, options, error)


def _end(error: BaseException) -> Obstacle:
    return Obstacle.SILENT if isinstance(error, TimeoutError) else Obstacle.HUNG_UP


def _fault(
    obstacle: Obstacle, server: str, options: Mapping[str, Any], error: BaseException
) -> Fault:
    words = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
    why = str(words).rstrip(".") or type(error).__name__
    if obstacle is Obstacle.LOGIN_REFUSED:
        why = f"{options['sasl_plain_username']} by {options['sasl_mechanism']}"
    protocol = options["security_protocol"]
    return Fault(obstacle, _SAYS[obstacle].format(at=server, why=why, protocol=protocol))


async def _speaks_tls(server: str, options: Mapping[str, Any]) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    host, port = _parts(server)
    with suppress(OSError, EOFError):
        async with asyncio.timeout(options["request_timeout_ms"] / 1000):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
        writer.close()
        return True
    return False


async def _speaks_plainly(server: str, options: Mapping[str, Any]) -> bool:
    host, port = _parts(server)
    with suppress(*_FAILED):
        timeout = options["request_timeout_ms"]
        connection = await create_conn(host, port, request_timeout_ms=timeout)
        connection.close()
        return True
    return False


def _parts(server: str) -> tuple[str, int]:
    host, _, port = server.rpartition(":")
    return host.strip("[]"), int(port)
