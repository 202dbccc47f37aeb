"""The projection as Prometheus metrics. Nothing is counted here but our own requests."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from console.desk import Desk
from console.projection import WorkerView

# metric, the field of WorkerStatus, whether it is a total, help
_WORKER_FIGURES = (
    ("tocsin_records", "records", True, "Records read from the inputs."),
    ("tocsin_samples", "samples", True, "Samples judged."),
    ("tocsin_anomalies", "anomalies", True, "Anomalies opened."),
    ("tocsin_events", "events", True, "Events handled by the routing engine."),
    ("tocsin_records_per_second", "records_per_s", False, "Records read, lately."),
    ("tocsin_samples_per_second", "samples_per_s", False, "Samples judged, lately."),
    ("tocsin_lag", "lag", False, "Records waiting in the topics the worker reads."),
    ("tocsin_series", "series", False, "Series known."),
    ("tocsin_series_warming_up", "warming_up", False, "Series that are only learnt as yet."),
    ("tocsin_anomalies_open", "anomalies_open", False, "Anomalies open now."),
    ("tocsin_worker_uptime_seconds", "uptime_s", False, "Seconds since the worker started."),
)
# the same of InputStatus; what is not known is left out
_INPUT_FIGURES = (
    ("tocsin_input_records", "records", True, "Records read from the input."),
    ("tocsin_input_samples", "samples", True, "Samples of the input judged."),
    ("tocsin_input_bad_records", "bad", True, "Records that became dead letters."),
    ("tocsin_input_late_records", "late", True, "Those of them that came too late."),
    ("tocsin_input_shed_records", "shed", True, "Records skipped because they had waited."),
    ("tocsin_input_overflow_samples", "overflow", True, "Samples of more series than allowed."),
    ("tocsin_input_stale_samples", "stale", True, "Samples not newer than their series."),
    ("tocsin_input_series", "series", False, "Series of the input known."),
    ("tocsin_input_waiting_seconds", "waiting_s", False, "How long records wait to be judged."),
    ("tocsin_input_event_time_seconds", "event_at", False, "How far event time has come."),
    ("tocsin_input_event_lag_seconds", "event_lag_s", False, "How far it is behind the clock."),
    ("tocsin_input_gone", "is_gone", False, "1 while the input's topic is not there."),
)
_OF_PARTITIONS = frozenset({"series", "warming_up", "anomalies_open"})
"""What a worker does not know while it is recovering."""
Row = tuple[Sequence[str], float]


def exposition(desk: Desk) -> bytes:
    """All metrics in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Projected(desk))
    return generate_latest(registry)


class _Projected(Collector):
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every figure as it is now, family by family."""
        workers = self._desk.projection.workers(self._desk.clock())
        yield from _worker_figures(workers)
        yield from _input_figures(workers)
        yield from _totals(workers)
        yield from _configuration(workers)
        yield from _console(self._desk)


def _worker_figures(workers: Sequence[WorkerView]) -> Iterator[Metric]:
    for name, field, is_total, text in _WORKER_FIGURES:
        rows = [
            ([w.status.worker], getattr(w.status, field))
            for w in workers
            if not (w.status.is_recovering and field in _OF_PARTITIONS)
        ]
        family = _counter if is_total else _gauge
        yield family(name, text, ["worker"], rows)
    ages = [([w.status.worker], w.age_s) for w in workers]
    yield _gauge("tocsin_worker_age_seconds", "Since the worker's last word.", ["worker"], ages)


def _input_figures(workers: Sequence[WorkerView]) -> Iterator[Metric]:
    inputs = [(w.status, name, of) for w in workers for name, of in w.status.inputs.items()]
    for name, field, is_total, text in _INPUT_FIGURES:
        rows = [
            ([status.worker, source], figure)
            for status, source, of in inputs
            if (figure := getattr(of, field)) is not None
            and not (status.is_recovering and field in _OF_PARTITIONS)
        ]
        family = _counter if is_total else _gauge
        yield family(name, text, ["worker", "input"], rows)


def _totals(workers: Sequence[WorkerView]) -> Iterator[Metric]:
    dead = [
        ([w.status.worker, reason], count)
        for w in workers
        for reason, count in w.status.dead_letters.items()
    ]
    text = "Records that could not be decoded."
    yield _counter("tocsin_dead_letters", text, ["worker", "reason"], dead)
    sent: Counter[tuple[str, str]] = Counter()
    for worker in workers:
        for channel, statuses in worker.status.notifications.items():
            for status, count in statuses.items():
                sent[channel, status] += count
    text = "Attempts to notify, by what became of them."
    yield _counter("tocsin_notifications", text, ["channel", "status"], sent.items())
    waiting = [([w.status.worker, c], n) for w in workers for c, n in w.status.waiting.items()]
    text = "Notifications at hand for a channel, to be sent."
    yield _gauge("tocsin_notifications_waiting", text, ["worker", "channel"], waiting)
    down = [([w.status.worker, channel], 1) for w in workers for channel in w.status.channels_down]
    text = "1 while a channel does not answer."
    yield _gauge("tocsin_channel_down", text, ["worker", "channel"], down)


def _configuration(workers: Sequence[WorkerView]) -> Iterator[Metric]:
    digests = [([w.status.worker, w.status.config_digest], 1) for w in workers]
    text = "The configuration in force."
    yield _gauge("tocsin_config_info", text, ["worker", "digest"], digests)
    refused = [([w.status.worker], int(bool(w.status.config_error))) for w in workers]
    text = "1 while an edit of the configuration is refused."
    yield _gauge("tocsin_config_refused", text, ["worker"], refused)


def _console(desk: Desk) -> Iterator[Metric]:
    counts = [([state.value], count) for state, count in desk.projection.counts().items()]
    text = "Incidents in each state; of the resolved, those kept."
    yield _gauge("tocsin_incidents", text, ["state"], counts)
    live = [((), int(desk.health().is_live))]
    yield _gauge("tocsin_console_live", "1 while the console is up to date.", [], live)
    refused = [([topic], count) for topic, count in desk.projection.refused.items()]
    text = "Records the console could not read."
    yield _counter("tocsin_console_refused_records", text, ["topic"], refused)
    answered = [([route, str(code)], count) for (route, code), count in desk.requests.items()]
    heard = [((channel, outcome), count) for (channel, outcome), count in desk.heard.items()]
    text = "Answers of people that came through channels, by what became of them."
    yield _counter("tocsin_console_answers", text, ["channel", "outcome"], heard)
    yield _counter("tocsin_console_requests", "Requests answered.", ["route", "status"], answered)


def _gauge(name: str, text: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, figure in rows:
        family.add_metric(values, figure)
    return family


def _counter(name: str, text: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, figure in rows:
        family.add_metric(values, figure)
    return family
