"""What a worker's log says, and how often."""

import logging
import subprocess
import sys

import pytest

from streams.logs import PROCESS, Seldom


def record(message: str, at: float, *args: object, name: str = "aiokafka") -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, "", 0, message, args, None)
    made.created = at
    return made


def test_a_message_that_repeats_is_said_seldom_and_counted() -> None:
    seldom = Seldom(every_s=30)
    away = [record("node %s is away", at, at) for at in range(100, 190)]
    said = [one.getMessage() for one in away if seldom.filter(one)]
    assert said == [
        "node 100 is away",
        "node 130 is away (and 29 more like it)",
        "node 160 is away (and 29 more like it)",
    ]


def test_other_messages_and_tracebacks_are_not_held_back() -> None:
    seldom = Seldom()
    assert seldom.filter(record("one", 100))
    assert seldom.filter(record("two", 100))
    assert seldom.filter(record("one", 100, name="faust"))
    torn = record("one", 101)
    torn.exc_info = (ValueError, ValueError("x"), None)
    assert seldom.filter(torn)


@pytest.mark.parametrize("process", ["", "worker-2"])
def test_each_line_says_which_process_speaks(process: str) -> None:
    code = (
        "import logging, structlog, streams.logs as logs; logs.log_to_stderr()\n"
        "structlog.get_logger().info('ours'); logging.getLogger('theirs').warning('said')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={PROCESS: process},
        capture_output=True,
        text=True,
        check=True,
    )
    ours, theirs = done.stderr.splitlines()
    assert ("process='worker-2'" in ours) is bool(process)
    assert (" worker-2 theirs: said" in theirs) is bool(process)
