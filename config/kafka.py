"""Section `kafka` as settings."""

from pathlib import Path
from typing import Any

from config.binding import Secrets
from config.connection import TlsFault, tls_context
from config.documents import Document, Loc
from config.models.inputs import KafkaModel
from config.models.security import SaslModel, TlsModel
from config.settings import Kafka, Sasl, Tls

_TLS: Loc = ("kafka", "tls")
_SASL: Loc = ("kafka", "sasl")


def build_kafka(document: Document, kafka: KafkaModel, secrets: Secrets) -> Kafka:
    """How to reach Kafka. The files of `tls` are opened, and what is wrong with them noted."""
    given: dict[str, Any] = {}
    if kafka.session_timeout is not None:
        given["session_timeout_s"] = kafka.session_timeout.total_seconds()
    if kafka.tls is not None:
        given["tls"] = _tls(document, kafka.tls, secrets)
    if kafka.sasl is not None:
        given["sasl"] = _sasl(document, kafka.sasl, secrets)
        _warn_of_clear_text(document, kafka)
    return Kafka(
        bootstrap=kafka.bootstrap,
        partitions=kafka.partitions,
        replication=kafka.replication,
        standby=kafka.standby,
        static_members=kafka.static_members,
        **given,
    )


def _tls(document: Document, tls: TlsModel, secrets: Secrets) -> Tls:
    files = {
        name: _beside(document, (*_TLS, name), path)
        for name in ("ca", "certificate", "key")
        if (path := getattr(tls, name)) is not None
    }
    password = None
    if tls.key_password is not None:
        password = secrets.resolve(document, (*_TLS, "key_password"), tls.key_password)
    settings = Tls(**files, key_password=password, verify_host=tls.verify_host)
    if not (secrets.may_miss and (password or not all(file.exists() for file in files.values()))):
        _try(document, settings)
    return settings


def _beside(document: Document, loc: Loc, path: str) -> Path:
    """The path as it is meant: from the file that names it."""
    try:
        return document.place_of(loc).file.parent / Path(path).expanduser()
    except RuntimeError:  # ~somebody who is not there
        return Path(path)


def _try(document: Document, tls: Tls) -> None:
    try:
        tls_context(tls)
    except TlsFault as fault:
        loc = (*_TLS, fault.key)
        document.report(document.place_of(loc), loc, str(fault))


def _sasl(document: Document, sasl: SaslModel, secrets: Secrets) -> Sasl:
    password = secrets.resolve(document, (*_SASL, "password"), sasl.password)
    return Sasl(mechanism=sasl.mechanism, username=sasl.username, password=password)


def _warn_of_clear_text(document: Document, kafka: KafkaModel) -> None:
    if kafka.tls is None and kafka.sasl is not None and kafka.sasl.mechanism == "PLAIN":
        message = "the password is sent as it is, for anyone on the way to read: add kafka.tls"
        document.report(document.key_of(_SASL), _SASL, message, is_warning=True)
