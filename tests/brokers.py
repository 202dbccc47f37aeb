"""The brokers that tests run on: the embedded one, or Apache Kafka in KRaft mode.

`TOCSIN_TEST_BROKER=kafka` chooses Apache Kafka. By hand, until Ctrl-C:

    python -m tests.brokers kafka --port 9092
"""

import argparse
import asyncio
import fcntl
import os
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from streams.broker import EmbeddedBroker, check_free, free_port, wait_ready
from streams.leash import leashed

FOLDER = Path(__file__).with_name("kafka")
CHOICE = "TOCSIN_TEST_BROKER"
# No warm-up for the optimising compiler: a test broker lives for minutes.
JAVA_FLAGS = ("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def chosen() -> str:
    """The kind of broker that the environment asks for: `embedded` or `kafka`."""
    kind = os.environ.get(CHOICE, "embedded")
    if kind not in BROKERS:
        raise SystemExit(f"{CHOICE}={kind} is not one of: {', '.join(BROKERS)}")
    return kind


@contextmanager
def running(kind: str, port: int | None = None) -> Iterator[str]:
    """A broker of its own for the time of the block; yields its bootstrap address."""
    port = port or free_port()
    check_free(port)
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-broker-") as folder,
        BROKERS[kind](port, Path(folder)) as bootstrap,
    ):
        yield bootstrap


@contextmanager
def _embedded(port: int, folder: Path) -> Iterator[str]:
    broker = EmbeddedBroker(port)
    with process(broker.argv(), folder / "tansu.log"):
        asyncio.run(broker.wait_ready())
        yield broker.bootstrap


@contextmanager
def _kafka(port: int, folder: Path) -> Iterator[str]:
    bootstrap = f"127.0.0.1:{port}"
    with process(kafka_argv(port, folder), folder / "kafka.log"):
        asyncio.run(wait_ready(bootstrap, within_s=60))
        yield bootstrap


def kafka_argv(
    port: int, folder: Path, *, users: Sequence[str] = (), properties: str = ""
) -> list[str]:
    """The command of an Apache Kafka broker that keeps its data in `folder`, which it formats.

    `users` are SCRAM credentials as its storage tool takes them; `properties` override the file's.
    """
    java = ("java", *JAVA_FLAGS, "-cp", f"{kafka_jars()}/*")
    formatting = ("kafka.tools.StorageTool", "format", "--standalone")
    scram = [part for user in users for part in ("--add-scram", user)]
    file = _write_properties(folder, port=port, controller=free_port(), data=folder / "data")
    with file.open("a") as out:
        out.write(properties)
    _run([*java, *formatting, "-t", "tocsinTestClusterAAAAA", "-c", str(file), *scram])
    return [*java, "kafka.Kafka", str(file)]


BROKERS: Mapping[str, Callable[[int, Path], AbstractContextManager[str]]] = {
    "embedded": _embedded,
    "kafka": _kafka,
}


def kafka_jars() -> Path:
    """The folder of Apache Kafka's jars, fetched by Maven into the user's cache if need be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    jars = cache / "tocsin" / f"kafka-{_kafka_version()}"
    if jars.is_dir():
        return jars
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise SystemExit(
                f"{tool} is missing: Apache Kafka needs a JDK of 17 or later and Maven"
            )
    jars.parent.mkdir(parents=True, exist_ok=True)
    with (jars.parent / f"{jars.name}.lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not jars.is_dir():
            _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    with tempfile.TemporaryDirectory(dir=jars.parent) as fetched:
        goal = ("dependency:copy-dependencies", f"-DoutputDirectory={fetched}/jars")
        _run(["mvn", "-q", "-B", "-f", str(FOLDER / "pom.xml"), *goal])
        Path(fetched, "jars").rename(jars)


def _kafka_version() -> str:
    version = ElementTree.parse(FOLDER / "pom.xml").find(".//{*}kafka.version")
    assert version is not None
    assert version.text
    return version.text


def _write_properties(folder: Path, **values: object) -> Path:
    template = string.Template((FOLDER / "server.properties").read_text().split("\n", 1)[1])
    path = folder / "server.properties"
    path.write_text(template.substitute({name: str(value) for name, value in values.items()}))
    return path


@contextmanager
def process(argv: Sequence[str], log: Path) -> Iterator[None]:
    """A process that ends with the block, or with us if we are killed."""
    with log.open("wb") as output:
        child = subprocess.Popen(
            leashed(argv),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
    except Exception:
        sys.stderr.write(log.read_text(errors="replace")[-4000:])
        raise
    finally:
        _stop(child)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _run(argv: Sequence[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{argv[0]} failed ({done.returncode}):\n{done.stdout}{done.stderr}")


def main() -> None:
    """Run one broker until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m tests.brokers", description=main.__doc__)
    parser.add_argument("kind", choices=BROKERS)
    parser.add_argument("--port", type=int, default=9092)
    asked = parser.parse_args()
    signals = {signal.SIGINT, signal.SIGTERM}
    with running(asked.kind, asked.port) as bootstrap:
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        sys.stdout.write(f"{bootstrap}\n")
        sys.stdout.flush()
        signal.sigwait(signals)


if __name__ == "__main__":
    main()
