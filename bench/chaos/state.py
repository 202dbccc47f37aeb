"""What the detectors' changelog holds, series by series, for comparing two runs bit for bit.

    python -m bench.chaos.state --config FILE --until SECONDS [--against FILE]

prints one digest for all, and which series differ where two configurations are given (they differ
in their topic prefix). Left out is what says where in `tocsin.samples` a state is, for records
that a crash brought twice have other offsets there. Both are first brought to one event time:
after the last record it goes on with the clock, which ends the bins of counts, until somebody
stops the worker; and a partition without series of a source hears of its time twice a second only.
"""

import argparse
import asyncio
import hashlib
import sys
from pathlib import Path

from bench.chaos.log import newest_by_key, partitions_of
from config.loader import load
from config.settings import Config
from detectors.bank import Bank
from detectors.group_bank import GroupBank
from streams.banks import PartitionBanks
from streams.stats import Stats
from streams.wiring import bank_tables

Rows = dict[str, dict[str, bytes]]  # input/profile/series -> part of its state -> bytes


async def read_state(config: Config, *, until: float) -> Rows:
    """The state of every series, from all partitions of the changelogs, at an event time."""
    rows: Rows = {}
    for table in bank_tables(config).values():
        changelog = f"{config.topics.prefix}-{table}-changelog"
        for partition in range(await partitions_of(config.kafka.bootstrap, changelog)):
            banks = PartitionBanks(config, lambda: 0.0, Stats())
            for record in await newest_by_key(config.kafka.bootstrap, changelog, partition):
                banks.restore(record.key or b"", record.value or b"")
            for bank in banks.banks.values():
                bank.elapse(until)
            rows |= _rows_of(banks) | _meters_of(banks)
    return rows


def _rows_of(banks: PartitionBanks) -> Rows:
    rows: Rows = {}
    for (source, profile), bank in banks.banks.items():
        if isinstance(bank, GroupBank):
            continue
        for key in bank.keys:
            rows[f"{source}/{profile}/{key}"] = _parts(bank, key)
    return rows


def _meters_of(banks: PartitionBanks) -> Rows:
    return {
        f"{source}//{key}": {"counter": counters.rows.numbers[row].tobytes()}
        for source, counters in banks._meters._counters.items()
        for key, row in counters.rows.items()
    }


def _parts(bank: Bank, series: str) -> dict[str, bytes]:
    return {
        f"{part} {field}": str(column.tolist()).encode()
        for part, state in bank.state(series).items()
        for field, column in state.fields().items()
    }


def digest(rows: Rows) -> str:
    """One hash of all."""
    whole = hashlib.sha256()
    for name in sorted(rows):
        for part in sorted(rows[name]):
            whole.update(f"{name}\0{part}\0".encode() + rows[name][part])
    return whole.hexdigest()[:16]


def differences(one: Rows, other: Rows) -> dict[str, list[str]]:
    """Series -> the parts in which two states differ; `missing` where only one has it."""
    found: dict[str, list[str]] = {}
    for name in sorted(one.keys() | other.keys()):
        if name not in one or name not in other:
            found[name] = ["missing"]
        elif one[name] != other[name]:
            found[name] = [p for p in one[name] if one[name][p] != other[name].get(p)]
    return found


def explain(name: str, part: str, one: Rows, other: Rows) -> str:
    """How a part differs: for whoever looks for the reason."""
    return f"{one.get(name, {}).get(part)!r} / {other.get(name, {}).get(part)!r}"


def load_config(path: Path) -> Config:
    """The configuration of a run."""
    return load(path, environ={"SLACK_TOKEN": "xoxb-demo"})


async def _main(args: argparse.Namespace) -> int:
    config = load_config(args.config)
    rows = await read_state(config, until=args.until)
    print(f"{digest(rows)} {len(rows)} parts")
    if args.against is None:
        return 0
    others = await read_state(load_config(args.against), until=args.until)
    different = differences(rows, others)
    for name, parts in different.items():
        print(name, *(f"{p}: {explain(name, p, rows, others)}" for p in parts))
    return 1 if different else 0


def main() -> int:
    """Print digests."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos.state", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--until", type=float, required=True, help="event time, epoch seconds")
    return asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
