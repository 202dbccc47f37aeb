"""What a real OpenTelemetry SDK sends, in both forms."""

from collections.abc import Callable

import pytest
from google.protobuf.json_format import MessageToJson
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

from streams.codecs.decoded import Codec, Decoded, Kind
from streams.codecs.otlp import OtlpProtobuf
from streams.codecs.otlp_json import OtlpJson
from streams.meters.quantiles import quantiles

CART = 'route="/cart",service.name="shop"'
LATER = 4e9  # the SDK reads the real clock, as every producer does


class Shop:
    """Instruments of every sort, and what an exporter would send of them."""

    def __init__(self, temporality: AggregationTemporality) -> None:
        self._reader = InMemoryMetricReader({Counter: temporality, Histogram: temporality})
        exponential = View(
            instrument_name="size", aggregation=ExponentialBucketHistogramAggregation()
        )
        provider = MeterProvider(
            [self._reader],
            resource=Resource({"service.name": "shop"}),
            views=[exponential],
            shutdown_on_exit=False,
        )
        meter = provider.get_meter("shop")
        self.requests = meter.create_counter("requests")
        self.waiting = meter.create_up_down_counter("waiting")
        self.latency = meter.create_histogram("latency")
        self.size = meter.create_histogram("size")
        self.load = meter.create_gauge("load")
        meter.create_observable_counter("bytes", [self._bytes])

    def _bytes(self, _: object) -> list[object]:
        from opentelemetry.metrics import Observation

        return [Observation(n * 100, {"host": f"h{n}"}) for n in range(20)]

    def exported(self) -> tuple[bytes, bytes]:
        """A request as protobuf and as JSON."""
        message = encode_metrics(self._reader.get_metrics_data())
        return message.SerializeToString(), MessageToJson(message).encode()


def use(shop: Shop) -> None:
    cart = {"route": "/cart"}
    shop.requests.add(5, cart)
    shop.requests.add(2.5, {"route": "/pay"})
    shop.waiting.add(-3, cart)
    shop.load.set(0.75)
    for value in (1, 7, 30, 30, 20_000):
        shop.latency.record(value, cart)
    for value in (0, 3, 100):
        shop.size.record(value)


def codecs() -> tuple[Codec, Codec]:
    return OtlpProtobuf(extra={}, latest_ahead_s=0), OtlpJson(extra={}, latest_ahead_s=0)


@pytest.mark.parametrize(
    ("temporality", "kind"),
    [
        (AggregationTemporality.CUMULATIVE, Kind.CUMULATIVE),
        (AggregationTemporality.DELTA, Kind.DELTA),
    ],
)
def test_instruments_become_counters_gauges_and_histograms(
    temporality: AggregationTemporality, kind: Kind
) -> None:
    shop = Shop(temporality)
    of_protobuf, of_json = codecs()
    use(shop)
    for seen in range(5):
        protobuf, json = shop.exported()
        found = of_protobuf.decode([protobuf], [0], now=LATER)
        assert of_json.decode([json], [0], now=LATER) == found
        assert not found.bad
        if seen == 0:
            check(found, kind)
        use(shop)


def check(found: Decoded, kind: Kind) -> None:
    values = dict(zip(found.keys, found.value, strict=True))
    assert values[f"requests{{{CART}}}"] == 5.0
    assert values['requests{route="/pay",service.name="shop"}'] == 2.5
    assert values[f"waiting{{{CART}}}"] == -3.0
    assert values['load{service.name="shop"}'] == 0.75
    assert values['bytes{host="h7",service.name="shop"}'] == 700.0
    assert found.kinds[f"requests{{{CART}}}"] is kind
    assert f"waiting{{{CART}}}" not in found.kinds
    assert all(start <= at for start, at in zip(found.start, found.at, strict=True))
    latency, size = found.histograms
    assert (latency.key, latency.count) == (f"latency{{{CART}}}", 5.0)
    assert latency.is_delta is (kind is Kind.DELTA)
    middle, largest = quantiles([0.5, 0.999], latency.bounds, latency.counts)
    assert 25 <= middle <= 50
    assert largest == 10_000  # the last bound
    assert sum(size.counts) == size.count == 3.0
    (third,) = quantiles([0.9], size.bounds, size.counts)
    assert third == pytest.approx(100, rel=0.1)


def test_a_batch_of_requests_is_decoded_as_each_alone() -> None:
    shop = Shop(AggregationTemporality.CUMULATIVE)
    sent = []
    for _ in range(4):
        use(shop)
        sent.append(shop.exported())
    for form, codec in enumerate(codecs()):
        values = [forms[form] for forms in sent]
        whole = codec.decode(values, [0] * 4, now=LATER)
        make: Callable[..., Codec] = type(codec)
        alone = [make(extra={}, latest_ahead_s=0).decode([v], [0], now=LATER) for v in values]
        assert whole.keys == [key for one in alone for key in one.keys]
        assert whole.value == [value for one in alone for value in one.value]
        assert [h.counts for h in whole.histograms] == [
            h.counts for one in alone for h in one.histograms
        ]
