"""What an OpenTelemetry SDK counts, cumulative and as deltas, becomes the same rates."""

import random

import pytest
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View

from detectors.series import Series
from streams.codecs.decoded import Kind
from streams.codecs.otlp import OtlpProtobuf
from tests.streams.meters.messages import Given, Sample, given, message, meters

BEGAN_NS = 1_790_000_000 * 10**9
TEMPORALITY = {
    Kind.CUMULATIVE: AggregationTemporality.CUMULATIVE,
    Kind.DELTA: AggregationTemporality.DELTA,
}
CODEC = OtlpProtobuf(extra={}, latest_ahead_s=600.0)


class Clock:
    """The time that the SDK reads, moved by hand: both temporalities see the same."""

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
        wanted = dict.fromkeys((Counter, Histogram), TEMPORALITY[kind])
        self.reader = InMemoryMetricReader(preferred_temporality=wanted)
        exponential = ExponentialBucketHistogramAggregation(max_size=20)
        views = [View(instrument_name="size", aggregation=exponential)]
        meter = MeterProvider([self.reader], views=views).get_meter("shop")
        self.served = meter.create_counter("served")
        self.took = meter.create_histogram("took", explicit_bucket_boundaries_advisory=[1, 5, 20])
        self.size = meter.create_histogram("size")

    def work(self, chance: random.Random) -> None:
        for _ in range(chance.randrange(1, 30)):
            self.served.add(chance.randrange(5), {"path": chance.choice(["a", "b"])})
            self.took.record(chance.expovariate(0.1))
            self.size.record(chance.lognormvariate(0.0, 3.0))

    def exported(self) -> bytes:
        data = self.reader.get_metrics_data()
        assert data is not None
        return encode_metrics(data).SerializeToString()


def rates(kind: Kind, clock: Clock, *, restart_at: int) -> list[dict[str, float]]:
    """What comes of each export, by key; the process is another one from a step on."""
    clock.ns, chance, ours = BEGAN_NS, random.Random(3), meters()
    process, found = Process(kind), []
    for step in range(12):
        if step == restart_at:
            clock.ns += 2 * 10**9
            process = Process(kind)
        process.work(chance)
        clock.ns += 10 * 10**9
        read = CODEC.decode([process.exported()], [0], now=clock.ns / 1e9)
        assert read.bad == []
        assert set(read.kinds.values()) == {kind}
        rows = zip(read.keys, read.at, read.value, read.start, strict=True)
        columns = message([Sample(*row) for row in rows], read.histograms, kinds=read.kinds)
        found.append(_by_name(given(ours.convert(step, columns))))
    return found


def _by_name(found: list[Given]) -> dict[str, float]:
    """By name and path, without the resource's labels."""
    series = [(Series.parse(one.key), one.value) for one in found]
    return {one.name + one.labels.get("path", ""): value for one, value in series}


def test_both_temporalities_of_the_same_calls_give_the_same_rates(clock: Clock) -> None:
    cumulative = rates(Kind.CUMULATIVE, clock, restart_at=7)
    delta = rates(Kind.DELTA, clock, restart_at=7)
    assert cumulative[0] == {}
    assert len(delta[0]) > 0
    for ours, theirs in zip(cumulative[1:], delta[1:], strict=True):
        ours, theirs = _exact(ours), _exact(theirs)
        # Where nothing was counted there is no delta at all.
        idle = {key: rate for key, rate in ours.items() if key not in theirs}
        assert set(idle.values()) <= {0.0}
        assert ours == pytest.approx(theirs | idle)


def _exact(found: dict[str, float]) -> dict[str, float]:
    """All but the quantiles of `size`: an interval alone has finer buckets than the whole."""
    return {name: value for name, value in found.items() if not name.startswith("size_p")}
