"""Several workers on one machine: how many, which slots, and one crash that stops no other."""

import asyncio
import re
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import typer

from config.loader import load
from streams.commands.processes import cores, processes_of, warnings_of
from streams.slots import SLOT, claimed
from tests.config.samples import ENVIRON, SMALL, write
from tests.streams.works import Works, works

pytestmark = pytest.mark.long


@pytest.mark.parametrize("count", ["0", "-1", "many", "1.5", "99999"])
def test_an_impossible_number_of_processes_is_wrong_usage(
    count: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        processes_of(count)
    assert "a number from 1 to 1000, or auto" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "most"),
    [
        pytest.param("max 100000", 1000, id="no quota"),
        pytest.param("50000 100000", 1, id="half a core"),
        pytest.param("100000 100000", 1, id="one core"),
        pytest.param("nonsense", 1000, id="unreadable"),
    ],
)
def test_auto_counts_the_cores_that_a_container_may_use(
    tmp_path: Path, content: str, most: int
) -> None:
    (tmp_path / "cpu.max").write_text(content)
    assert 1 <= cores(tmp_path / "cpu.max") <= most


def test_more_workers_than_partitions_are_warned_of(tmp_path: Path) -> None:
    config = load(write(tmp_path, SMALL), environ=ENVIRON)
    assert config.kafka.partitions == 4
    assert not any("partitions" in warning for warning in warnings_of(4, config))
    (warning,) = (w for w in warnings_of(6, config) if "partitions" in w)
    assert "2 of them will have nothing to judge: use --processes 4" in warning


def test_slots_are_given_out_once_and_given_back(tmp_path: Path) -> None:
    with claimed("a", 2, folder=tmp_path) as first:
        with claimed("a", 2, folder=tmp_path) as second, claimed("b", 1, folder=tmp_path) as other:
            assert (first, second, other) == ([1, 2], [3, 4], [1])
        with claimed("a", 1, folder=tmp_path) as again:
            assert again == [3]


def slots_of(supervisor: int) -> dict[str, int]:
    """Slot -> process id of the workers that run now."""
    found = {}
    for child in psutil.Process(supervisor).children():
        with suppress(psutil.NoSuchProcess):  # it ends meanwhile
            if slot := child.environ().get(SLOT):
                found[slot] = child.pid
    return found


def speaking(tocsin: Works) -> set[int]:
    """Process ids of the workers that have said how they are."""
    values = (record.value for record in tocsin.log.records[tocsin.topics.workers])
    return {int(pid) for value in values if value for pid in re.findall(rb'"pid":(\d+)', value)}


def test_two_workers_stop_together_and_say_which_speaks(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            supervisor = tocsin.supervise(2)
            await tocsin.until(lambda: len(slots_of(supervisor.pid)) == 2)
            slots = slots_of(supervisor.pid)
            await tocsin.until(lambda: set(slots.values()) <= speaking(tocsin))
            supervisor.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(supervisor.wait, 10) == 0
            assert not any(psutil.pid_exists(pid) for pid in slots.values())

    asyncio.run(story())


@pytest.mark.kafka
def test_a_killed_worker_comes_back_in_its_slot_and_stops_no_other(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with works(bootstrap, prefix, tmp_path) as tocsin:
            supervisor = tocsin.supervise(2)
            await tocsin.until(lambda: len(slots_of(supervisor.pid)) == 2)
            before = slots_of(supervisor.pid)
            await tocsin.until(lambda: set(before.values()) <= speaking(tocsin))
            victim, other = sorted(before)
            psutil.Process(before[victim]).kill()
            await tocsin.send(1, 2, 3, 400)
            await tocsin.until(lambda: len(tocsin.received("slack")) == 1)
            after = slots_of(supervisor.pid)
            assert set(after) == set(before)
            assert after[other] == before[other]
            assert after[victim] != before[victim]
            assert f"worker-{victim} was killed by SIGKILL" in tocsin.log_file.read_text()

    asyncio.run(story())
