"""Encryption and login, on an Apache Kafka that asks for them."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

import aiohttp
import pytest

from config.probe import Obstacle, find_fault
from config.settings import Kafka, Sasl, Tls
from routing.incident import IncidentState
from routing.secret import Secret
from tests.secured import PASSWORD, USER, Secured, secured
from tests.streams.works import works

pytestmark = [pytest.mark.kafka, pytest.mark.broker, pytest.mark.long]

TLS = "tls: {{ca: {ca}}}"
WAYS = {
    "SCRAM over TLS": (
        "login",
        TLS
        + ", sasl: {{mechanism: SCRAM-SHA-512, username: tocsin, password: {{file: password}}}}",
    ),
    "mutual TLS": ("mutual", "tls: {{ca: {ca}, certificate: {certificate}, key: {key}}}"),
}

REST = {
    "inputs": [{"name": "app", "topic": "app"}],
    "profiles": [{"name": "bound", "detectors": {"threshold": {"upper": 1}}}],
    "channels": {"slack": {"kind": "slack", "token": {"env": "SLACK_TOKEN"}}},
    "receivers": {"ops": [{"channel": "slack", "address": "#ops"}]},
    "route": {"receiver": "ops"},
    "console": {"port": 0},
}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured(tmp_path_factory.mktemp("secured")) as running:
        yield running


@pytest.mark.parametrize("way", WAYS)
def test_a_worker_does_its_work_over_a_secured_listener(
    broker: Secured, prefix: str, tmp_path: Path, way: str
) -> None:
    listener, settings = WAYS[way]
    (tmp_path / "password").write_text(f"{PASSWORD}\n")

    def secure(config: str) -> str:
        return config.replace(
            f'bootstrap: "{broker.plain}"',
            f'bootstrap: "{getattr(broker, listener)}", {filled(settings, broker)}',
        )

    async def story() -> None:
        async with works(broker.plain, prefix, tmp_path, edit=secure) as tocsin:
            await tocsin.send(1, 2, 3, 400)
            await tocsin.until(lambda: len(tocsin.received("slack")) == 1)
            assert tocsin.the_incident().state is IncidentState.OPEN
            await until_a_console_is_live(tocsin.config)
            assert tocsin.worker is not None
            broker.certificates.ca.touch()  # as whoever renews it would
            assert await asyncio.to_thread(tocsin.worker.wait, 20) == 75

    asyncio.run(story())


async def until_a_console_is_live(config: Path) -> None:
    """Start one on the same configuration, and wait until it has read what there is."""
    argv = [sys.executable, "-m", "console", "--config", str(config), "--port", "0"]
    console = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE)
    assert console.stdout is not None
    try:
        address = (await console.stdout.readline()).decode().removeprefix("console: ").strip()
        async with asyncio.timeout(20), aiohttp.ClientSession() as session:
            while (await session.get(f"{address}healthz")).status != 200:
                await asyncio.sleep(0.1)
    finally:
        console.kill()
        await console.wait()


def filled(settings: str, broker: Secured) -> str:
    files = broker.certificates
    return settings.format(
        ca=files.ca, certificate=files.certificate("client"), key=files.key("client")
    )


Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


def login(
    mechanism: Mechanism = "SCRAM-SHA-512", user: str = USER, password: str = PASSWORD
) -> Sasl:
    return Sasl(mechanism=mechanism, username=user, password=Secret(password))


class Try(NamedTuple):
    what: str
    listener: str
    tls: str  # of the settings in `tls_of`
    sasl: Sasl | None
    obstacle: Obstacle | None
    says: str = ""


TRIES = [
    Try("nothing asked", "plain", "", None, None),
    Try("a plain password over TLS", "login", "ours", login("PLAIN"), None),
    Try("SCRAM 256", "login", "ours", login("SCRAM-SHA-256"), None),
    Try("SCRAM 512", "login", "ours", login(), None),
    Try("a certificate", "mutual", "proved", None, None),
    Try("an unverified host", "login by name", "any host", login(), None),
    Try("a wrong password", "login", "ours", login(password="no"), Obstacle.LOGIN_REFUSED, USER),
    Try("a wrong one in clear", "login", "ours", login("PLAIN", password="no"),
        Obstacle.LOGIN_REFUSED, "kafka.sasl"),
    Try("an unknown user", "login", "ours", login(user="eve"), Obstacle.LOGIN_REFUSED, "eve"),
    Try("no login", "login", "ours", None, Obstacle.LOGIN_WANTED, "kafka.sasl"),
    Try("a login for nothing", "plain", "", login(), Obstacle.LOGIN_UNKNOWN, "remove kafka.sasl"),
    Try("the system's authorities", "login", "system", login(), Obstacle.UNTRUSTED, "kafka.tls.ca"),
    Try("another authority", "login", "other", login(), Obstacle.UNTRUSTED, "kafka.tls.ca"),
    Try("another host", "login by name", "ours", login(), Obstacle.WRONG_HOST, "verify_host"),
    Try("no TLS where it is spoken", "login", "", login(), Obstacle.TLS_WANTED, "set kafka.tls"),
    Try("TLS where none is", "plain", "ours", None, Obstacle.TLS_UNKNOWN, "remove kafka.tls"),
    Try("no certificate", "mutual", "ours", None, Obstacle.CERTIFICATE, "kafka.tls.certificate"),
    Try("a stranger's", "mutual", "stranger", None, Obstacle.CERTIFICATE, "kafka.tls.certificate"),
    Try("a file that went", "login", "gone", login(), Obstacle.FILES, "gone.pem"),
]  # fmt: skip


def tls_of(name: str, broker: Secured) -> Tls | None:
    files = broker.certificates
    ours = Tls(ca=files.ca)

    def proved(who: str) -> Tls:
        return replace(ours, certificate=files.certificate(who), key=files.key(who))

    return {
        "": None,
        "ours": ours,
        "any host": replace(ours, verify_host=False),
        "system": Tls(),
        "other": Tls(ca=files.folder / "other-ca.pem"),
        "gone": Tls(ca=files.folder / "gone.pem"),
        "proved": proved("client"),
        "stranger": proved("stranger"),
    }[name]


def kafka_of(trial: Try, broker: Secured) -> Kafka:
    listener, _, by_name = trial.listener.partition(" by ")
    address = str(getattr(broker, listener))
    if by_name:
        address = address.replace("127.0.0.1", "localhost")
    return Kafka(bootstrap=address, tls=tls_of(trial.tls, broker), sasl=trial.sasl)


@pytest.mark.parametrize("trial", TRIES, ids=lambda trial: trial.what)
def test_each_wrong_setting_has_its_own_line(broker: Secured, trial: Try) -> None:
    fault = asyncio.run(find_fault(kafka_of(trial, broker)))
    assert (fault and fault.obstacle) == trial.obstacle
    if fault is not None:
        assert trial.says in fault.text
        assert PASSWORD not in fault.text
        assert "\n" not in fault.text


@pytest.mark.parametrize("command", ["worker", "console"])
def test_commands_say_it_in_one_line(broker: Secured, tmp_path: Path, command: str) -> None:
    config = tmp_path / "tocsin.yaml"
    password = {"env": "KAFKA_PASSWORD"}
    kafka = {
        "bootstrap": broker.login,
        "tls": {"ca": str(broker.certificates.ca)},
        "sasl": {"mechanism": "PLAIN", "username": USER, "password": password},
    }
    config.write_text(json.dumps({"kafka": kafka, **REST}))
    answer = subprocess.run(
        [sys.executable, "-m", "streams.cli", command, "--config", str(config)],
        env={**os.environ, "KAFKA_PASSWORD": "wrong-one", "SLACK_TOKEN": "x"},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert answer.returncode == 1, answer.stderr
    (line,) = answer.stderr.strip().splitlines()
    assert "refuses the login (tocsin by PLAIN)" in line
    assert "wrong-one" not in line
