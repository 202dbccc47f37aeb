import json
import math
from itertools import pairwise

import numpy as np

from streams.codecs.errors import ErrorRecords
from streams.codecs.native import NativeJson
from streams.demo.arguments import FeedOptions
from streams.demo.feed import live_instant
from streams.demo.machine import Machine
from streams.demo.records import error_records, machine_records, metric_list, metric_records
from streams.demo.scenario import Running, apply
from streams.demo.scenarios import SCENARIOS
from streams.demo.shop import METRICS, SERVICES, Shop

SHOP = Shop(seed=5)
T0 = 20_000 * 86_400.0
BATCH = apply(SHOP, (), T0, 20)
NOW = T0 + 86_400.0


def decoded(values: list[bytes]) -> set[tuple[str, float, float]]:
    found = NativeJson(extra={}, latest_ahead_s=0).decode(values, [0] * len(values), now=NOW)
    assert not found.bad
    return set(zip(found.keys, found.at, found.value, strict=True))


def test_records_are_read_back_by_the_pipeline_to_six_digits() -> None:
    found = decoded([record.value for record in metric_records(BATCH)])
    assert len(found) == BATCH.values.size
    values = {(key, at): value for key, at, value in found}
    for row, at in enumerate(BATCH.times):
        for i, metric in enumerate(METRICS):
            value = values[f'{metric.name}{{service="{metric.service}"}}', at]
            assert math.isclose(value, BATCH.values[row, i], rel_tol=1e-5)


def test_one_long_list_says_the_same_as_many_records() -> None:
    many = decoded([record.value for record in metric_records(BATCH)])
    assert decoded([metric_list(BATCH).value]) == many


def test_a_silent_service_publishes_no_record_at_all() -> None:
    silent = apply(SHOP, [Running(SCENARIOS["missing-data"], T0)], T0, 2)
    records = list(metric_records(silent))
    assert len(records) == 2 * (len(SERVICES) - 1)
    assert not any(b"inventory" in record.value for record in records)


def test_some_records_have_a_host_for_key_and_some_none() -> None:
    keys = {record.key for record in metric_records(BATCH)}
    assert None in keys
    assert keys - {None} <= {b"web-1", b"web-2", b"web-3"}
    assert len(keys) > 1


def test_errors_are_read_back_one_record_each_oldest_first_within_their_step() -> None:
    records = error_records(BATCH, SHOP.step_s, SHOP.seed)
    assert len(records) == BATCH.errors.sum()
    codec = ErrorRecords(extra={}, latest_ahead_s=0)
    found = codec.decode([r.value for r in records], [0] * len(records), now=NOW)
    assert not found.bad
    assert all(earlier <= later for earlier, later in pairwise(found.at))
    assert min(found.at) > T0 - SHOP.step_s
    assert max(found.at) <= BATCH.times[-1]
    for i, service in enumerate(SERVICES):
        key = f'errors{{service="{service}"}}'
        assert found.keys.count(key) == BATCH.errors[:, i].sum()


def test_errors_say_what_happened() -> None:
    error = json.loads(error_records(BATCH, SHOP.step_s, SHOP.seed)[0].value)
    assert set(error) == {"timestamp", "service", "type", "message"}
    assert error["message"]


def test_errors_of_a_step_do_not_depend_on_the_batch_it_came_in() -> None:
    whole = error_records(BATCH, SHOP.step_s, SHOP.seed)
    one_by_one = [
        record
        for step in range(20)
        for record in error_records(apply(SHOP, (), T0 + 30.0 * step, 1), SHOP.step_s, SHOP.seed)
    ]
    assert whole == one_by_one


def test_the_machine_is_read_for_real() -> None:
    machine = Machine("box")
    machine.read(T0)
    found = decoded([machine_records("box", machine.read(T0 + 1.0)).value])
    names = {key.partition("{")[0] for key, _, _ in found}
    assert {
        "cpu_ratio",
        "memory_ratio",
        "disk_ratio",
        "disk_bytes_per_s",
        "network_bytes_per_s",
        "processes",
        "load1",
    } == names
    assert all('host="box"' in key for key, _, _ in found)
    assert all(np.isfinite(value) and value >= 0 for _, _, value in found)


def test_the_shop_lives_at_one_in_the_afternoon_with_hours_of_room() -> None:
    options = FeedOptions(bootstrap="localhost:9092")
    for now in (NOW, NOW + 3600.0, NOW + 86_399.0):
        live_at = live_instant(now, options)
        assert live_at % 86_400.0 == 13 * 3600.0
        hours_until_it_meets_the_clock = (now - live_at) / (options.speed_up - 1) / 3600.0
        assert hours_until_it_meets_the_clock > 6


def test_at_real_speed_the_shop_is_at_most_a_day_behind() -> None:
    live_at = live_instant(NOW, FeedOptions(bootstrap="localhost:9092", speed_up=1.0))
    assert NOW - 86_400.0 <= live_at <= NOW
