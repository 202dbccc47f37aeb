"""The worker: one process that runs every stage.

    python -m streams.worker --config DIR

Exit codes: 0 stopped, 1 crashed or no broker, 2 wrong configuration, 65 state of another version,
75 to be started again.
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog
from aiokafka.errors import KafkaError

from config.connection import TlsFault
from config.errors import ConfigError
from config.settings import Config
from detectors.kernels.loading import load
from streams.broker import BrokerError
from streams.exits import UNREADABLE
from streams.live import LiveConfig
from streams.logs import PROCESS, log_to_stderr
from streams.marks.feed import MarkFeed
from streams.producer import new_producers
from streams.stages import Stages
from streams.state import StateUnreadable
from streams.topics import Topic, TopicError, ensure_topics
from streams.watchdog import Stalled
from streams.wiring import input_topics, own_topics

log = structlog.get_logger(__name__)

_ENDS_WITHIN_S = 60.0


async def work(path: Path) -> int:
    """Run a worker until a signal, a crash or an edit that needs another one; its exit code.

    Raises ConfigError for a wrong configuration, BrokerError and TopicError for Kafka's faults.
    """
    live = LiveConfig(path)
    config = live.current
    loading = _load_kernels()
    partitions = await _ensure_topics(config)
    producers = new_producers(config.kafka, f"{config.topics.prefix}-{os.getpid()}")
    marks = MarkFeed(config.kafka, config.topics.marks)
    try:
        await producers.start()
        await marks.start()
        stages = Stages(live, producers, marks=marks, partitions=partitions)
        await stages.begin()
        return await _run(stages, loading)
    finally:
        for client in (marks, *producers.all):
            with suppress(KafkaError):
                await client.stop()


async def _ensure_topics(config: Config) -> dict[str, int]:
    """Make what topics are missing; how many partitions each has."""
    make = partial(ensure_topics, config.kafka, replication=config.kafka.replication)
    inputs = await make(input_topics(config), made=_tell_of_missing)
    return {**inputs, **await make(own_topics(config, inputs))}


def _tell_of_missing(topic: Topic) -> None:
    log.warning("input.missing", topic=topic.name, made_with_partitions=topic.partitions)


def _load_kernels() -> asyncio.Event:
    """Have the kernels loaded while the worker waits for its partitions; set when they are."""
    loop, are_there = asyncio.get_running_loop(), asyncio.Event()

    def at_hand() -> None:
        load("streams.kernels")
        with suppress(RuntimeError):  # the worker has ended meanwhile
            loop.call_soon_threadsafe(are_there.set)

    threading.Thread(target=at_hand, name="kernels", daemon=True).start()
    return are_there


async def _settle(loading: asyncio.Event) -> None:
    """Have the collector leave alone what is there for good."""
    # It costs two to three times the decoding if left at its defaults.
    gc.set_threshold(100_000, 20, 100)
    await loading.wait()
    gc.collect()
    gc.freeze()


async def _run(stages: Stages, loading: asyncio.Event) -> int:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stages.stopping.set)
    app = stages.app
    app.finalize()
    settling = asyncio.create_task(_settle(loading))
    await app.start()
    stopped = [
        asyncio.ensure_future(stages.stopping.wait()),
        asyncio.ensure_future(app.wait_until_stopped()),
    ]
    await asyncio.wait(stopped, return_when=asyncio.FIRST_COMPLETED)
    for future in (settling, *stopped):
        future.cancel()
    crashed = app.crashed
    if crashed and not isinstance(app.crash_reason, StateUnreadable | Stalled):  # these are told
        log.error("worker.crashed", error=repr(app.crash_reason))
    try:
        async with asyncio.timeout(_ENDS_WITHIN_S):
            await app.stop()
            await stages.close()
    except TimeoutError:
        # What hangs may hang the interpreter's end as well, and nobody would start us again.
        log.critical("worker.hangs", after_s=_ENDS_WITHIN_S)
        os._exit(1)
    if crashed:
        return UNREADABLE if isinstance(app.crash_reason, StateUnreadable) else 1
    return stages.exit_code or 0


def main(argv: Sequence[str]) -> int:
    """Run a worker; the exit code. Faults are told in one line each."""
    parser = argparse.ArgumentParser(prog="python -m streams.worker", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="a YAML file or a directory")
    args = parser.parse_args(argv)
    log_to_stderr()
    try:
        return asyncio.run(work(args.config))
    except ConfigError as error:
        sys.stderr.write(f"{error.render()}\n")
        return 2
    except (BrokerError, TopicError, TlsFault) as error:
        sys.stderr.write(f"{os.environ.get(PROCESS, 'tocsin')}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
