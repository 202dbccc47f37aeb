"""How Kafka is reached: encryption and login, and what is said of settings that will not do."""

import ssl
from pathlib import Path
from typing import NamedTuple

import pytest

from config.connection import client_options
from config.errors import ConfigError
from config.loader import load
from tests.certificates import KEY_PASSWORD, make_certificates
from tests.config.samples import ENVIRON, SMALL, loaded, problems, refused, write

SECRETS = {**ENVIRON, "KAFKA_PASSWORD": "let-me-in-please", "KEY_PASSWORD": KEY_PASSWORD}
SCRAM = "sasl: {mechanism: SCRAM-SHA-512, username: tocsin, password: {env: KAFKA_PASSWORD}}"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certificates")).folder


def with_kafka(*lines: str) -> str:
    return SMALL.replace("  bootstrap: kafka:9092\n", "".join(f"  {line}\n" for line in lines))


def with_files(text: str, folder: Path) -> str:
    return text.replace("DIR", str(folder))


class Case(NamedTuple):
    what: str
    lines: tuple[str, ...]
    protocol: str
    has_context: bool


@pytest.mark.parametrize(
    "case",
    [
        Case("nothing", (), "PLAINTEXT", False),
        Case("the system's authorities", ("tls: {}",), "SSL", True),
        Case("an authority", ("tls: {ca: DIR/ca.pem}",), "SSL", True),
        Case("mTLS", ("tls: {certificate: DIR/client.pem, key: DIR/client.key}",), "SSL", True),
        Case("a login", (SCRAM,), "SASL_PLAINTEXT", False),
        Case("both", ("tls: {ca: DIR/ca.pem}", SCRAM), "SASL_SSL", True),
        Case(
            "an encrypted key",
            (
                "tls: {certificate: DIR/client.pem, key: DIR/client-encrypted.key, "
                "key_password: {env: KEY_PASSWORD}}",
            ),
            "SSL",
            True,
        ),
    ],
    ids=lambda case: case.what,
)
def test_what_is_given_decides_what_is_spoken(
    tmp_path: Path, certificates: Path, case: Case
) -> None:
    text = with_files(with_kafka(*case.lines), certificates)
    options = client_options(loaded(tmp_path, text, SECRETS).kafka)
    assert options["security_protocol"] == case.protocol
    assert ("ssl_context" in options) == case.has_context
    assert ("sasl_plain_password" in options) == case.protocol.startswith("SASL")


def test_files_are_looked_for_beside_the_configuration(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    kafka = loaded(tmp_path, with_kafka("tls: {ca: ca.pem}"), SECRETS).kafka
    assert kafka.tls is not None
    assert kafka.tls.ca == tmp_path / "ca.pem"


def test_a_host_that_is_not_verified_still_needs_a_certificate(
    tmp_path: Path, certificates: Path
) -> None:
    text = with_files(with_kafka("tls: {ca: DIR/ca.pem, verify_host: false}"), certificates)
    context = client_options(loaded(tmp_path, text, SECRETS).kafka)["ssl_context"]
    assert not context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


class Wrong(NamedTuple):
    what: str
    line: str
    path: str
    message: str


PAIR = "certificate: DIR/client.pem, key: DIR"

WRONG = [
    Wrong("no authority", "tls: {ca: DIR/no.pem}", "tls.ca", "no such file"),
    Wrong("a folder", "tls: {ca: DIR}", "tls.ca", "is a directory"),
    Wrong("not PEM", "tls: {ca: DIR/client.key}", "tls.ca", "is no PEM file"),
    Wrong("a torn one", "tls: {ca: DIR/torn.pem}", "tls.ca", "cannot be read"),
    Wrong("a torn one of ours", f"tls: {{{PAIR}/torn.key}}", "tls.certificate", "cannot be read"),
    Wrong("no key", "tls: {certificate: DIR/client.pem}", "tls.certificate", "has no private key"),
    Wrong("no such key", f"tls: {{{PAIR}/no.key}}", "tls.key", "no such file"),
    Wrong("a certificate for a key", f"tls: {{{PAIR}/ca.pem}}", "tls.key", "has no private key"),
    Wrong("a key alone", "tls: {key: DIR/client.key}", "tls.key", "without its certificate"),
    Wrong("another's key", f"tls: {{{PAIR}/server.key}}", "tls.key", "is not the key of"),
    Wrong("no password", f"tls: {{{PAIR}/client-encrypted.key}}", "tls.key", "is encrypted"),
    Wrong(
        "a wrong password",
        f"tls: {{{PAIR}/client-encrypted.key, key_password: {{env: KAFKA_PASSWORD}}}}",
        "tls.key_password",
        "does not open",
    ),
    Wrong("no map", "tls: true", "tls", "must be a map"),
    Wrong("no login", "sasl: {}", "sasl", '"password" is missing'),
    Wrong("an odd mechanism", SCRAM.replace("-512", "-1"), "sasl.mechanism", '"SCRAM-SHA-512"'),
    Wrong("no variable", SCRAM.replace("KAFKA_", "NO_"), "sasl.password.env", "is not set"),
    Wrong(
        "a password as it is",
        SCRAM.replace("{env: KAFKA_PASSWORD}", "let-me-in-please"),
        "sasl.password",
        "a secret is not written into the configuration",
    ),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_what_will_not_do_is_named_where_it_stands(
    tmp_path: Path, certificates: Path, wrong: Wrong
) -> None:
    torn = (certificates / "client.pem").read_text().replace("M", "!", 3)
    (certificates / "torn.pem").write_text(torn)
    (certificates / "torn.key").write_text("-----BEGIN PRIVATE KEY-----\nMII\n")
    text = with_files(with_kafka(wrong.line), certificates)
    error = refused(tmp_path, text, SECRETS)
    (problem,) = (p for p in error.problems if wrong.message in p.message)
    assert problem.path == f"kafka.{wrong.path}"
    assert problem.place.line == 2
    assert "let-me-in-please" not in error.render()
    assert KEY_PASSWORD not in error.render()


def test_a_password_under_a_misspelt_key_is_hidden(tmp_path: Path) -> None:
    text = with_kafka(SCRAM.replace("password: {env: KAFKA_PASSWORD}", "passwd: let-me-in-please"))
    assert "let-me-in-please" not in refused(tmp_path, text, SECRETS).render()


def test_a_password_sent_in_the_clear_is_warned_of(tmp_path: Path) -> None:
    text = with_kafka(
        SCRAM.replace("SCRAM-SHA-512", "PLAIN").replace("KAFKA_PASSWORD", "JIRA_TOKEN")
    )
    assert any("add kafka.tls" in problem.message for problem in problems(tmp_path, text))


def test_who_talks_to_kafka_only_needs_no_other_secret(tmp_path: Path) -> None:
    file = write(tmp_path, with_kafka(SCRAM))
    load(file, environ={"KAFKA_PASSWORD": "x"}, needed="kafka")
    with pytest.raises(ConfigError, match="KAFKA_PASSWORD is not set"):
        load(file, environ={}, needed="kafka")


def test_a_check_without_secrets_does_without_absent_files(tmp_path: Path) -> None:
    text = with_kafka("tls: {ca: no.pem, certificate: no.pem, key: no.key}", SCRAM)
    assert load(write(tmp_path, text), environ={}, needed="none").kafka.tls is not None
