"""What an OpenTelemetry SDK counts, cumulative and as deltas, becomes the same rates."""

import random
from typing import Any

import pytest

from streams.codecs.decoded import Histogram, Kind
from tests.streams.meters.messages import Given, Sample, given, message, meters

sdk = pytest.importorskip("opentelemetry.sdk.metrics", reason="needs opentelemetry-sdk")
export = pytest.importorskip("opentelemetry.sdk.metrics.export")
view = pytest.importorskip("opentelemetry.sdk.metrics.view")

BEGAN_NS = 1_790_000_000 * 10**9
TEMPORALITY = {
    Kind.CUMULATIVE: export.AggregationTemporality.CUMULATIVE,
    Kind.DELTA: export.AggregationTemporality.DELTA,
}


class Clock:
    """The time that the SDK reads, moved by hand: both readers see the same."""

    def __init__(self) -> None:
        self.ns = BEGAN_NS

    def __call__(self) -> int:
        return self.ns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    inner = "opentelemetry.sdk.metrics._internal"
    for module in ("metric_reader_storage", "_view_instrument_match", "measurement_consumer"):
        monkeypatch.setattr(f"{inner}.{module}.time_ns", clock)
    return clock


class Process:
    """A process with one counter and two histograms, exported in one temporality."""

    def __init__(self, kind: Kind) -> None:
        wanted = dict.fromkeys((sdk.Counter, sdk.Histogram), TEMPORALITY[kind])
        self.reader = export.InMemoryMetricReader(preferred_temporality=wanted)
        exponential = view.ExponentialBucketHistogramAggregation(max_size=20)
        provider = sdk.MeterProvider(
            [self.reader], views=[view.View(instrument_name="size", aggregation=exponential)]
        )
        meter = provider.get_meter("shop")
        self.served = meter.create_counter("served")
        self.took = meter.create_histogram("took", explicit_bucket_boundaries_advisory=[1, 5, 20])
        self.size = meter.create_histogram("size")

    def work(self, chance: random.Random) -> None:
        for _ in range(chance.randrange(1, 30)):
            self.served.add(chance.randrange(5), {"path": chance.choice(["a", "b"])})
            self.took.record(chance.expovariate(0.1))
            self.size.record(chance.lognormvariate(0.0, 3.0))

    def exported(self) -> tuple[list[Sample], list[Histogram], dict[str, Kind]]:
        data = self.reader.get_metrics_data()
        (scope,) = data.resource_metrics[0].scope_metrics
        samples, histograms, kinds = [], [], {}
        for metric in scope.metrics:
            is_delta = metric.data.aggregation_temporality is TEMPORALITY[Kind.DELTA]
            for point in metric.data.data_points:
                key = metric.name + "".join(f'{{{k}="{v}"}}' for k, v in point.attributes.items())
                at, start = point.time_unix_nano / 1e9, point.start_time_unix_nano / 1e9
                if metric.name == "served":
                    samples.append(Sample(key, at, float(point.value), start))
                    kinds[key] = Kind.DELTA if is_delta else Kind.CUMULATIVE
                else:
                    shape = (float(point.count), *_buckets(point))
                    histograms.append(Histogram(0, key, at, start, is_delta, *shape))
        return samples, histograms, kinds


def _buckets(point: Any) -> tuple[list[float], list[float]]:
    if hasattr(point, "explicit_bounds"):
        return [*map(float, point.explicit_bounds)], [*map(float, point.bucket_counts)]
    positive, base = point.positive, 2.0 ** (2.0**-point.scale)
    edges = range(positive.offset, positive.offset + len(positive.bucket_counts) + 1)
    counts = [float(point.zero_count), 0.0, *map(float, positive.bucket_counts), 0.0]
    return [0.0, *(base**edge for edge in edges)], counts


def rates(kind: Kind, clock: Clock, *, restart_at: int) -> list[list[Given]]:
    """What comes of each export, by key; the process is another one from a step on."""
    clock.ns, chance, ours = BEGAN_NS, random.Random(3), meters()
    process, found = Process(kind), []
    for step in range(12):
        if step == restart_at:
            clock.ns += 2 * 10**9
            process = Process(kind)
        process.work(chance)
        clock.ns += 10 * 10**9
        samples, histograms, kinds = process.exported()
        found.append(sorted(given(ours.convert(step, message(samples, histograms, kinds=kinds)))))
    return found


def test_both_temporalities_of_the_same_calls_give_the_same_rates(clock: Clock) -> None:
    cumulative = rates(Kind.CUMULATIVE, clock, restart_at=7)
    delta = rates(Kind.DELTA, clock, restart_at=7)
    assert cumulative[0] == []
    assert len(delta[0]) > 0
    for ours, theirs in zip(cumulative[1:], delta[1:], strict=True):
        rates_of = _exact(theirs)
        # Where nothing was counted there is no delta at all.
        idle = {key: rate for key, rate in _exact(ours).items() if key not in rates_of}
        assert set(idle.values()) <= {0.0}
        assert _exact(ours) == pytest.approx(rates_of | idle)


def _exact(found: list[Given]) -> dict[str, float]:
    """All but the quantiles of `size`: an interval alone has finer buckets than the whole."""
    return {one.key: one.value for one in found if not one.key.startswith("size_p")}
