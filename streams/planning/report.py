"""A plan as people read it, what of it does not fit, and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from streams.planning.costs import Costs
from streams.planning.sizing import PARTITIONS_A_WORKER, Plan
from streams.wiring import COMMIT_EVERY_S

LINK_BYTES_PER_S = 100e6  # what a network of 1 Gbit/s carries in practice
MOST_PARTITIONS = 1000  # that the configuration takes
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What there is now: of this machine, and of the configuration (0: none is given)."""

    cores: int
    memory_bytes: float
    partitions: int = 0


def report(plan: Plan, costs: Costs, here: Here) -> str:
    """The plan in lines of text."""
    facts = list(_facts(plan))
    width = max(len(name) for name, _ in facts)
    problems = [f"! {problem}" for problem in misfits(plan, here)]
    return "\n".join(
        [
            *(f"{name:{width}}  {fact}".rstrip() for name, fact in facts),
            *(["", "What does not fit:", *problems] if problems else []),
            "",
            f"Reckoned from figures of {costs.machine}; yours may differ by a factor of two.",
            "Which command measures each of them: streams/planning/costs.json.",
        ]
    )


def as_json(plan: Plan, costs: Costs, here: Here) -> dict[str, Any]:
    """The plan for programs: every number in the unit that its name says."""
    return {
        **asdict(plan),
        "does_not_fit": list(misfits(plan, here)),
        "measured_on": costs.machine,
        "costs": msgspec.to_builtins(costs.figures),
    }


def misfits(plan: Plan, here: Here) -> Iterator[str]:
    """What does not fit, and what to do."""
    if here.partitions and plan.workers > here.partitions:
        yield (
            f"kafka.partitions is {here.partitions}, and no more workers than that share the work: "
            f"set {plan.partitions} before its topics are made"
        )
    if plan.partitions > MOST_PARTITIONS:
        yield (
            f"{plan.partitions:,} partitions are more than kafka.partitions takes "
            f"({MOST_PARTITIONS:,}): share the inputs out among several installations"
        )
    if plan.changelog_bytes_per_s > LINK_BYTES_PER_S:
        yield (
            f"the changelogs take {size(plan.changelog_bytes_per_s)}/s, more than a network of "
            "1 Gbit/s carries: use fewer detectors, or samples of a series further apart"
        )
    if plan.read_bytes_per_s / plan.workers > LINK_BYTES_PER_S:
        yield f"a worker reads {size(plan.read_bytes_per_s / plan.workers)}/s: use a faster network"
    if plan.load.margin <= 1:
        yield "with a margin of 1 an outage is never made up for: leave it at 2"
    if plan.workers > here.cores:
        yield f"this machine has {here.cores} cores for {plan.workers} workers: use more machines"
    elif plan.workers * plan.worker_bytes > here.memory_bytes:
        yield f"this machine has {size(here.memory_bytes)} of memory: use more machines"


def _facts(plan: Plan) -> Iterator[tuple[str, str]]:
    load, watch = plan.load, plan.load.watch
    way = "keyed" if load.is_keyed else "re-keyed"
    much = f"{load.samples_per_s:,.0f} samples/s of {load.series:,} series"
    yield "Load", f"{much}, {load.format}, {way}"
    names = ", ".join(watch.detectors)
    yield "Watched by", f"{names} (profile {watch.name}), {watch.row_bytes:,} bytes a series"
    yield "", ""
    busy = plan.cores / plan.workers
    yield "Workers", f"{plan.workers}, one core each, {busy:.0%} busy; margin {load.margin:g}"
    samples = load.samples_per_s * plan.sample_us / 1e6
    yield "  judging", f"{samples:.2f} cores: {plan.sample_us:.1f} us a sample"
    state = plan.flushed_per_s * plan.flush_us / 1e6
    yield (
        "  writing state",
        f"{state:.2f} cores: {plan.flushed_per_s:,.0f} series/s, every {COMMIT_EVERY_S:g} s those "
        f"that changed, {plan.flush_us:.1f} us each",
    )
    yield (
        "Partitions",
        f"{plan.partitions}, {PARTITIONS_A_WORKER} a worker: kafka.partitions, and each input's",
    )
    total = size(plan.workers * plan.worker_bytes)
    yield "Memory", f"{size(plan.worker_bytes)} a worker while one of them is down, {total} in all"
    yield "", ""
    yield "Read from Kafka", f"{size(plan.read_bytes_per_s)}/s"
    yield "Written, samples", f"{size(plan.samples_bytes_per_s)}/s{_times(load.replication)}"
    yield "Written, state", f"{size(plan.changelog_bytes_per_s)}/s{_times(load.replication)}"
    yield "Disk of brokers", f"{size(plan.disk_bytes)}, samples kept {duration(load.retention_s)}"
    yield "", ""
    yield (
        "After an outage",
        f"of {duration(load.outage_s)}: {plan.backlog_records:,.0f} records wait, made up for in "
        f"{duration(plan.catch_up_s)}",
    )
    yield "A worker dies", f"its series are judged again after some {duration(plan.recovery_s)}"


def _times(replication: int) -> str:
    return "" if replication == 1 else f", and {replication - 1} x that between brokers"


def size(count: float) -> str:
    """Bytes for people.

    >>> size(0), size(1536), size(25e6), size(3.2e12)
    ('0 B', '1.5 KB', '25 MB', '3.2 TB')
    """
    power = 0
    while count >= 1000 and power < len(_UNITS) - 1:
        count, power = count / 1000, power + 1
    digits = 1 if power and 0 < count < 10 else 0
    return f"{count:.{digits}f} {_UNITS[power]}"


def duration(seconds: float) -> str:
    """A length of time for people, by its largest unit.

    >>> duration(4.2), duration(90), duration(5400), duration(7 * 86400)
    ('4 s', '90 s', '90 min', '7 d')
    """
    for most, each, unit in ((120, 1, "s"), (7200, 60, "min"), (2 * 86400, 3600, "h")):
        if seconds < most:
            return f"{seconds / each:.0f} {unit}"
    return f"{seconds / 86400:.0f} d"
