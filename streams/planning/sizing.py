"""From a load to what it takes: pure arithmetic over measured figures."""

import math
from dataclasses import dataclass

from streams.planning.costs import FLUSHED_ROWS, Costs, path_of
from streams.planning.load import Load
from streams.wiring import COMMIT_EVERY_S

PARTITIONS_A_WORKER = 2  # so that work can be shared evenly when one comes or goes
FETCHED_BYTES = 4 << 20  # that wait in a worker for each of its partitions
SEGMENT_BYTES = 64 << 20  # of a changelog, that compaction leaves alone
UNCOMPACTED = 1.25  # a changelog may be so many times what is in it before it is compacted
UNEVEN = 1.2  # the fullest worker has so many times the mean of the series


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a load takes. Rates are bytes a second over all workers."""

    load: Load
    sample_us: float  # of one core, from record to verdict
    flush_us: float  # of one core, a series written
    flushed_per_s: float  # series
    cores: float  # busy all the time
    workers: int
    partitions: int
    worker_bytes: float  # of memory, the fullest one, with one of the others down
    read_bytes_per_s: float  # by workers from Kafka
    samples_bytes_per_s: float  # into tocsin.samples, before replication
    changelog_bytes_per_s: float  # likewise
    disk_bytes: float  # on all brokers, replicas included
    backlog_records: float  # after the outage
    catch_up_s: float
    recovery_s: float  # until the series of a worker that died are judged again


def plan(load: Load, costs: Costs) -> Plan:
    """Size a load. Numbers are of the machine the costs were measured on."""
    sample_us = 1e6 / costs[path_of(load.format, is_keyed=load.is_keyed)]
    sample_us += load.watch.judge_us - costs["judge.default"]
    flush_us = 1000 * (costs["flush.pack"] + costs["flush.send"]) / FLUSHED_ROWS
    flush_us *= load.watch.saved_bytes / costs["judge.default.bytes"]
    flushed = load.series * _dirty(load) / COMMIT_EVERY_S
    cores = (load.samples_per_s * sample_us + flushed * flush_us) / 1e6
    workers = max(1, math.ceil(round(cores * load.margin, 2)))
    partitions = PARTITIONS_A_WORKER * workers
    packed = 0.0 if load.is_keyed else load.samples_per_s * costs["samples.bytes"]
    changed = flushed * load.watch.saved_bytes * costs["flush.ratio"]
    input_bytes = load.samples_per_s / load.samples_per_record * load.record_bytes
    saved = load.series * load.watch.saved_bytes * costs["flush.ratio"] * UNCOMPACTED
    kept = packed * load.retention_s + saved + partitions * SEGMENT_BYTES
    left = max(1, workers - 1)
    return Plan(
        load=load,
        sample_us=sample_us,
        flush_us=flush_us,
        flushed_per_s=flushed,
        cores=cores,
        workers=workers,
        partitions=partitions,
        worker_bytes=_memory(load, costs, left=left, partitions=partitions),
        read_bytes_per_s=input_bytes + packed + changed * load.standby,
        samples_bytes_per_s=packed,
        changelog_bytes_per_s=changed,
        disk_bytes=kept * load.replication,
        backlog_records=load.samples_per_s / load.samples_per_record * load.outage_s,
        catch_up_s=load.outage_s / max(0.01, workers / max(cores, 1e-9) - 1),
        recovery_s=_recovery_s(load, costs, workers),
    )


def _dirty(load: Load) -> float:
    """The share of series that is written at each commit: those that had any sample.

    As if samples came in no order; where they come series after series it is more.
    """
    return -math.expm1(-load.samples_per_s * COMMIT_EVERY_S / load.series)


def _recovery_s(load: Load, costs: Costs, workers: int) -> float:
    """Until another has taken over; a standby has the state already."""
    restored = 0.0 if load.standby else load.series / workers / costs["recovery.per_s"]
    return costs["start.first_event"] + restored


def _memory(load: Load, costs: Costs, *, left: int, partitions: int) -> float:
    """Of the fullest worker, when so many are left."""
    objects = load.watch.object_bytes * costs["objects.memory"]
    each = load.watch.row_bytes + objects + costs["series.besides"]
    held = load.series * (1 + load.standby)
    series = min(load.series, UNEVEN * held / left)
    return costs["worker.bytes"] + series * each + math.ceil(partitions / left) * FETCHED_BYTES
