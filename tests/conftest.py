"""Fixtures for every test: a broker for the session, and a topic prefix for each test."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import structlog
from hypothesis import settings

from tests import brokers

# How long an example takes says more of the machine than of the code.
settings.register_profile("tocsin", deadline=None)
settings.load_profile("tocsin")


SHARED = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def bootstrap(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a broker that is there for the whole session."""
    if shared := getattr(request.config, "workerinput", {}).get("bootstrap"):
        yield shared
        return
    with brokers.running(brokers.chosen()) as address:
        yield address


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give all rows of tests one Apache Kafka: one each would take the cores from the tests."""
    if brokers.chosen() == "kafka":
        node.workerinput["bootstrap"] = _shared_broker(node.config)


def _shared_broker(config: pytest.Config) -> str:
    if SHARED not in config.stash:
        running = ExitStack()
        config.add_cleanup(running.close)
        config.stash[SHARED] = running.enter_context(brokers.running(brokers.chosen()))
    return config.stash[SHARED]


@pytest.fixture
def prefix() -> str:
    """A topic prefix that no other test uses."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """A command that a test runs in this process says nothing of how the next one logs."""
    yield
    structlog.reset_defaults()


def pytest_report_header() -> str:
    return f"broker: {brokers.chosen()}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that talk to a broker; skip those that the embedded one cannot serve.

    Where several run at once the files marked `long` come first, then all that need a broker: they
    mostly wait, and the short ones even out the end.
    """
    for item in items:
        if "bootstrap" in getattr(item, "fixturenames", ()):
            item.add_marker("broker")
        if item.get_closest_marker("kafka") and brokers.chosen() != "kafka":
            item.add_marker(pytest.mark.skip(reason="needs Apache Kafka: make test-kafka"))
    if hasattr(config, "workerinput"):  # one of several of pytest-xdist
        first = {
            name: {item.path for item in items if item.get_closest_marker(name)}
            for name in ("long", "broker")
        }
        items.sort(key=lambda item: [item.path not in paths for paths in first.values()])
