"""The supervisor with real processes: restarts, readiness, signals, and nothing left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import pytest
import structlog

from streams.leash import leashed
from streams.supervisor import Child, ChildLost, Supervisor

FOREVER = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)\n"
    "while True: signal.pause()"
)


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def run(story: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(story, 30))


async def until(what: Callable[[], bool]) -> None:
    while not what():
        await asyncio.sleep(0.01)


def says(log: Path, text: str) -> Callable[[], Awaitable[None]]:
    return lambda: until(lambda: log.exists() and text in log.read_text())


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie, which only waits to be counted, does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_leaving_the_block_stops_every_child() -> None:
    async def story() -> list[int]:
        async with Supervisor() as supervisor:
            return [(await supervisor.start(Child(n, python(FOREVER)))).pid for n in ("a", "b")]

    assert not any(is_alive(pid) for pid in run(story()))


def test_children_stop_in_reverse_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    parting = (
        "import signal, sys\n"
        "def bye(*_): print('bye', sys.argv[1], flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, bye); print('up', sys.argv[1], flush=True)\n"
        "signal.pause()"
    )

    async def story() -> None:
        async with Supervisor() as supervisor:
            for name in ("broker", "worker"):
                argv = [*python(parting), name]
                await supervisor.start(Child(name, argv, log=log, ready=says(log, f"up {name}")))

    run(story())
    assert log.read_text().split("\n")[2:4] == ["bye worker", "bye broker"]


def test_children_of_one_tier_are_stopped_together(tmp_path: Path) -> None:
    log = tmp_path / "log"
    parting = (  # each waits for the other to be told
        "import signal, sys, time, pathlib\n"
        "def bye(*_):\n"
        "    print('told', flush=True)\n"
        "    while pathlib.Path(sys.argv[1]).read_text().count('told') < 2: time.sleep(0.01)\n"
        "    print('bye', flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, bye); print('up', sys.argv[2], flush=True)\n"
        "signal.pause()"
    )

    async def story() -> None:
        async with Supervisor() as supervisor:
            for name in ("one", "two"):
                argv = [*python(parting), str(log), name]
                ready = says(log, f"up {name}")
                await supervisor.start(Child(name, argv, log=log, ready=ready, tier="workers"))

    run(story())
    assert log.read_text().count("bye") == 2


def test_child_deaf_to_term_is_killed_after_its_grace(tmp_path: Path) -> None:
    log = tmp_path / "log"

    async def story() -> int:
        async with Supervisor() as supervisor:
            child = Child("deaf", python(STUBBORN), log=log, ready=says(log, "deaf"), grace_s=0.2)
            return (await supervisor.start(child)).pid

    assert not is_alive(run(story()))


def test_killed_child_is_restarted_and_counted() -> None:
    async def story() -> tuple[int, int, int]:
        async with Supervisor() as supervisor:
            worker = await supervisor.start(Child("worker", python(FOREVER), restart=True))
            first = worker.pid
            supervisor.kill("worker")
            await until(lambda: worker.restarts == 1)
            return first, worker.pid, worker.restarts

    first, second, restarts = run(story())
    assert first != second
    assert restarts == 1
    assert not is_alive(second)


def test_child_that_has_ended_is_not_signalled_for_its_id_may_be_anothers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signalled: list[int] = []

    async def story() -> None:
        async with Supervisor() as supervisor:
            gone = await supervisor.start(Child("gone", python(FOREVER)))
            supervisor.kill("gone")
            assert gone.watch is not None
            await gone.watch
            monkeypatch.setattr(os, "killpg", lambda pid, _: signalled.append(pid))
            supervisor.kill("gone")

    run(story())
    assert signalled == []


def test_child_that_cannot_be_started_again_now_is_started_later(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()

    async def story() -> int:
        async with Supervisor() as supervisor:
            child = Child("worker", python(FOREVER), restart=True, log=folder / "worker.log")
            worker = await supervisor.start(child)
            folder.rename(tmp_path / "away")
            supervisor.kill("worker")
            await until(lambda: any(entry["event"] == "not restarted" for entry in logged))
            folder.mkdir()
            await until(lambda: worker.restarts == 1)
            return worker.restarts

    with structlog.testing.capture_logs() as logged:
        assert run(story()) == 1


def test_killed_child_takes_its_own_children_along(tmp_path: Path) -> None:
    log = tmp_path / "log"
    parent_of_one = (
        "import signal, subprocess\n"
        "print(subprocess.Popen(['sleep', '600']).pid, 'up',"
        " flush=True)\n"
        "signal.pause()"
    )

    async def story() -> None:
        async with Supervisor() as supervisor:
            child = Child("worker", python(parent_of_one), log=log, ready=says(log, "up"))
            worker = await supervisor.start(child)
            os.kill(worker.pid, signal.SIGKILL)  # the process, not its group
            await supervisor.wait()

    with pytest.raises(ChildLost):
        run(story())
    wait_until_gone([int(log.read_text().split()[0])])  # killed, but nobody here waits for it


def test_lost_child_ends_the_block_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "broker.log"

    async def story() -> None:
        async with Supervisor() as supervisor:
            broker = await supervisor.start(Child("broker", python(FOREVER), log=log))
            log.write_text("disk full\n\n")
            os.kill(broker.pid, signal.SIGTERM)
            await supervisor.wait()

    with pytest.raises(ChildLost, match=f"^broker was killed by SIGTERM; .*{log}.*: disk full$"):
        run(story())


def test_child_that_ends_before_it_is_ready_is_lost_and_not_restarted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    dies = Child(
        "worker",
        python("import sys; print('no such topic'); sys.exit(2)"),
        restart=True,
        log=log,
        ready=says(log, "never"),
    )

    async def story() -> None:
        async with Supervisor() as supervisor:
            await supervisor.start(dies)

    with pytest.raises(ChildLost, match=r"^worker ended with exit code 2; .*: no such topic$"):
        run(story())
    assert log.read_text().count("no such topic") == 1


def test_child_that_never_gets_ready_is_lost_and_stopped(tmp_path: Path) -> None:
    async def story() -> None:
        async with Supervisor() as supervisor:
            ready = says(tmp_path / "log", "never")
            child = Child("slow", python(FOREVER), ready=ready, ready_within_s=0.1)
            await supervisor.start(child)

    with pytest.raises(ChildLost, match=r"^slow was not ready within 0.1 s$"):
        run(story())


def test_command_that_does_not_exist_says_so(tmp_path: Path) -> None:
    log = tmp_path / "log"

    async def story() -> None:
        async with Supervisor() as supervisor:
            await supervisor.start(Child("x", ["/no/such"], log=log, ready=says(log, "never")))

    with pytest.raises(ChildLost, match=r"exit code 127; .*cannot start /no/such: No such file"):
        run(story())


def test_error_in_the_block_stops_the_children_and_passes() -> None:
    pids: list[int] = []

    async def story() -> None:
        async with Supervisor() as supervisor:
            pids.append((await supervisor.start(Child("a", python(FOREVER)))).pid)
            raise LookupError

    with pytest.raises(LookupError):
        run(story())
    assert not is_alive(pids[0])


# What follows needs a parent of its own, to be signalled and killed.

PARENT = """
    import asyncio, pathlib, sys
    from streams.supervisor import Child, Supervisor

    async def main():
        async with Supervisor() as supervisor:
            for name in ("a", "b"):
                log = pathlib.Path(sys.argv[2], name)
                argv = [sys.executable, "-I", "-S", "-c", sys.argv[1]]

                async def up():
                    while not log.exists() or not log.read_text():
                        await asyncio.sleep(0.01)

                child = Child(name, argv, log=log, ready=up)
                print((await supervisor.start(child)).pid, flush=True)
            await supervisor.wait()
        print("stopped by", supervisor.signal.name, flush=True)

    asyncio.run(main())
"""


def start_parent(child_code: str, folder: Path) -> "tuple[subprocess.Popen[str], list[int]]":
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), child_code, folder],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert parent.stdout is not None
    return parent, [int(parent.stdout.readline()) for _ in range(2)]


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a child outlived its parent"
        time.sleep(0.01)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_signal_stops_all_children_and_the_block_ends_quietly(
    signum: signal.Signals, tmp_path: Path
) -> None:
    parent, pids = start_parent(FOREVER, tmp_path)
    parent.send_signal(signum)
    output, _ = parent.communicate(timeout=20)
    assert (parent.returncode, output) == (0, f"stopped by {signum.name}\n")
    assert not any(is_alive(pid) for pid in pids)


def test_second_signal_kills_without_grace(tmp_path: Path) -> None:
    parent, pids = start_parent(
        STUBBORN, tmp_path
    )  # whose children take ten seconds to stop with grace
    parent.send_signal(signal.SIGINT)
    parent.send_signal(signal.SIGTERM)
    parent.communicate(timeout=5)
    assert not any(is_alive(pid) for pid in pids)


def test_killed_parent_leaves_no_child_behind(tmp_path: Path) -> None:
    parent, pids = start_parent(STUBBORN, tmp_path)
    parent.kill()
    parent.communicate(timeout=20)
    wait_until_gone(pids)


def test_where_the_kernel_has_no_bond_a_closing_pipe_ends_the_command() -> None:
    between = (
        "import sys; sys.path.insert(0, sys.argv[1]); from streams.leash import stand_between\n"
        f"stand_between([sys.executable, '-I', '-S', '-c', {STUBBORN!r}])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", between, str(Path(__file__).parents[2])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"deaf\n"
    process.stdin.close()
    assert process.wait(10) == -signal.SIGKILL
    assert process.stdout.read() == b""  # end of file: the command that held the pipe is gone


def test_leashed_command_keeps_its_exit_code() -> None:
    done = subprocess.run(leashed(python("import sys; sys.exit(7)")), stdin=subprocess.PIPE)
    assert done.returncode == 7
