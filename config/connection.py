"""What the settings of Kafka mean to a client: addresses, encryption and login."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from config.settings import Kafka, Sasl, Tls

Key = Literal["ca", "certificate", "key", "key_password"]

_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_TRUSTED = (_CERTIFICATE, b"-----BEGIN TRUSTED CERTIFICATE-----", b"-----BEGIN X509 CERTIFICATE---")
_LARGEST = 10_000_000


class TlsFault(Exception):
    """A file of `kafka.tls` will not do. `key` is the setting, the message what is wrong."""

    def __init__(self, key: Key, message: str) -> None:
        super().__init__(message)
        self.key = key


def client_options(kafka: Kafka | str) -> dict[str, Any]:
    """Keyword arguments for any client of aiokafka; of a text, those of a plain connection.

    Files are read now, so that a client made later takes what is there by then. Raises `TlsFault`.

    >>> client_options("127.0.0.1:9092")
    {'bootstrap_servers': '127.0.0.1:9092', 'security_protocol': 'PLAINTEXT'}
    """
    kafka = kafka_at(kafka)
    options: dict[str, Any] = {
        "bootstrap_servers": kafka.bootstrap,
        "security_protocol": protocol(kafka),
    }
    if kafka.tls is not None:
        options["ssl_context"] = tls_context(kafka.tls)
    if kafka.sasl is not None:
        options |= _login(kafka.sasl)
    return options


def kafka_at(address: Kafka | str) -> Kafka:
    """The settings, or those of a plain connection to an address."""
    return Kafka(bootstrap=address) if isinstance(address, str) else address


def protocol(kafka: Kafka) -> str:
    """The name of what is spoken: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
    sasl, tls = kafka.sasl is not None, kafka.tls is not None
    return "SASL_" * sasl + ("SSL" if tls else "PLAINTEXT")


def _login(sasl: Sasl) -> dict[str, Any]:
    return {
        "sasl_mechanism": sasl.mechanism,
        "sasl_plain_username": sasl.username,
        "sasl_plain_password": sasl.password.reveal(),
    }


def tls_context(tls: Tls) -> ssl.SSLContext:
    """The context of a connection. Raises `TlsFault` for files that will not do."""
    context = ssl.create_default_context()
    context.check_hostname = tls.verify_host
    if tls.ca is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = tls.verify_host
        _trust(context, tls.ca)
    if tls.certificate is not None:
        _prove(context, tls, tls.certificate)
    elif tls.key is not None:
        raise TlsFault("key", "a key without its certificate: name that in certificate")
    return context


def _trust(context: ssl.SSLContext, ca: Path) -> None:
    content = _read("ca", ca)
    if not any(begin in content for begin in _TRUSTED):
        raise TlsFault("ca", f"{ca} is no PEM file: it has no line {_CERTIFICATE.decode()}")
    try:
        context.load_verify_locations(ca)
    except (OSError, ValueError):
        raise TlsFault("ca", f"{ca} has a certificate that cannot be read") from None


def _prove(context: ssl.SSLContext, tls: Tls, certificate: Path) -> None:
    content = _read("certificate", certificate)
    if _CERTIFICATE not in content:
        raise TlsFault(
            "certificate", f"{certificate} is no PEM file: it has no line {_CERTIFICATE.decode()}"
        )
    key = content if tls.key is None else _read("key", tls.key)
    _check_key(tls, certificate, key)
    try:
        context.load_cert_chain(certificate, tls.key, _password(tls))
    except (OSError, ValueError) as error:
        raise _misfit(error, tls, certificate, is_encrypted=b"ENCRYPTED" in key) from None


def _check_key(tls: Tls, certificate: Path, key: bytes) -> None:
    if b"PRIVATE KEY-----" not in key:
        where = tls.key or certificate
        name: Key = "certificate" if tls.key is None else "key"
        hint = ": name the file that has it in key" if tls.key is None else ", or is no PEM file"
        raise TlsFault(name, f"{where} has no private key{hint}")
    if b"ENCRYPTED" in key and tls.key_password is None:
        raise TlsFault(
            "certificate" if tls.key is None else "key",
            f"{tls.key or certificate} is encrypted: say by key_password what opens it",
        )


def _password(tls: Tls) -> Callable[[], str]:
    # Without one, OpenSSL asks on the terminal.
    return lambda: tls.key_password.reveal() if tls.key_password is not None else ""


def _misfit(error: Exception, tls: Tls, certificate: Path, *, is_encrypted: bool) -> TlsFault:
    if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
        return TlsFault("key", f"{tls.key or certificate} is not the key of {certificate}")
    if is_encrypted:
        return TlsFault("key_password", f"does not open {tls.key or certificate}")
    return TlsFault("certificate", f"{certificate} or its key cannot be read")


def _read(key: Key, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise TlsFault(key, f"{path} cannot be read: {why}") from None
