"""Health, metrics, JSON, and the stream that keeps pages fresh."""

import asyncio

import msgspec
from aiohttp import ClientResponse
from prometheus_client.parser import text_string_to_metric_families

from config.status import InputStatus
from console.reader import Freshness, Health
from routing.incident import Incident
from tests.console.scene import (
    Scene,
    Story,
    acknowledged,
    busy_worker,
    late_input,
    paged_incident,
    resolved,
    scene,
)

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def tell(story: Story, at: float = 0.0) -> None:
    async def run() -> None:
        async with scene(clock=lambda: at) as stage:
            await story(stage)

    asyncio.run(run())


async def samples(stage: Scene) -> Samples:
    families = text_string_to_metric_families(await stage.text("/metrics"))
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_health_is_ok_only_while_live_and_otherwise_says_why() -> None:
    async def story(stage: Scene) -> None:
        assert msgspec.json.decode(await stage.text("/healthz")) == {"status": "ok", "reason": ""}
        stage.health.append(Health(Freshness.AWAY, "no Kafka broker answers at x:1"))
        assert msgspec.json.decode(await stage.text("/healthz", status=503)) == {
            "status": "away",
            "reason": "no Kafka broker answers at x:1",
        }

    tell(story)


def test_metrics_say_what_the_workers_and_incidents_say() -> None:
    async def story(stage: Scene) -> None:
        stage.report(busy_worker())
        stage.report(busy_worker(worker="w2", notifications={"slack": {"sent": 1}}))
        stage.show(paged_incident(), resolved(paged_incident(id="past")))
        found = await samples(stage)
        one = ("worker", "worker-1")
        assert found["tocsin_dead_letters_total", (("reason", "bad_json"), one)] == 7
        assert found["tocsin_samples_total", (one,)] == 1_249_990
        assert found["tocsin_lag", (one,)] == 310
        assert found["tocsin_series", (one,)] == 5_214
        assert found["tocsin_incidents", (("state", "open"),)] == 1
        assert found["tocsin_incidents", (("state", "acknowledged"),)] == 0
        assert found["tocsin_incidents", (("state", "resolved"),)] == 1
        sent = (("channel", "slack"), ("status", "sent"))
        assert found["tocsin_notifications_total", sent] == 42
        assert found["tocsin_config_info", (("digest", "9d2e"), one)] == 1
        assert found["tocsin_config_refused", (one,)] == 0
        assert found["tocsin_console_live", ()] == 1

    tell(story)


def test_metrics_leave_out_what_a_worker_does_not_know_while_partitions_are_given_out() -> None:
    async def story(stage: Scene) -> None:
        stage.report(busy_worker(is_recovering=True))
        found = await samples(stage)
        names = {name for name, _ in found}
        assert "tocsin_lag" in names
        assert "tocsin_input_records_total" in names
        for name in ("series", "series_warming_up", "anomalies_open", "input_series"):
            assert f"tocsin_{name}" not in names
        stage.report(busy_worker())
        assert (await samples(stage))["tocsin_series", (("worker", "worker-1"),)] == 5_214

    tell(story)


def test_metrics_say_how_each_input_is() -> None:
    async def story(stage: Scene) -> None:
        stage.report(busy_worker(inputs={"shop": late_input(), "new": InputStatus()}))
        found = await samples(stage)
        shop, new = ((("input", name), ("worker", "worker-1")) for name in ("shop", "new"))
        assert found["tocsin_input_records_total", shop] == 1000
        assert found["tocsin_input_bad_records_total", shop] == 250
        assert found["tocsin_input_shed_records_total", shop] == 12_000
        assert found["tocsin_input_waiting_seconds", shop] == 312.4
        assert found["tocsin_input_event_lag_seconds", shop] == 400
        assert found["tocsin_input_waiting_seconds", new] == 0
        assert ("tocsin_input_event_lag_seconds", new) not in found

    tell(story)


def test_metrics_say_what_waits_for_a_channel_that_is_down() -> None:
    async def story(stage: Scene) -> None:
        stage.report(busy_worker(channels_down=("slack",), waiting={"slack": 1000}))
        found = await samples(stage)
        slack = (("channel", "slack"), ("worker", "worker-1"))
        assert found["tocsin_notifications_waiting", slack] == 1000
        assert found["tocsin_channel_down", slack] == 1

    tell(story)


def test_metrics_stay_well_formed_with_hostile_names() -> None:
    async def story(stage: Scene) -> None:
        name = 'a"} 1\nevil_total{x="\\'
        stage.report(busy_worker(worker=name))
        found = await samples(stage)
        assert found["tocsin_lag", (("worker", name),)] == 310
        assert not any(metric.startswith("evil") for metric, _ in found)

    tell(story)


def test_metrics_count_our_own_answers_by_route_and_status() -> None:
    async def story(stage: Scene) -> None:
        await stage.text("/incident/a", status=404)
        await stage.text("/incident/b", status=404)
        await stage.text("/no/such/page", status=404)
        found = await samples(stage)
        pages = (("route", "/incident/{id}"), ("status", "404"))
        assert found["tocsin_console_requests_total", pages] == 2
        nowhere = (("route", "none"), ("status", "404"))
        assert found["tocsin_console_requests_total", nowhere] == 1

    tell(story)


def test_records_the_console_cannot_read_are_counted() -> None:
    async def story(stage: Scene) -> None:
        stage.desk.projection.apply("tocsin.incidents", b"x", b"junk")
        found = await samples(stage)
        assert found["tocsin_console_refused_records_total", (("topic", "tocsin.incidents"),)] == 1

    tell(story)


def test_status_holds_the_latest_word_of_each_worker_with_its_age() -> None:
    async def story(stage: Scene) -> None:
        stage.report(busy_worker(lag=5), at=100.0)
        stage.report(busy_worker(lag=6), at=101.0)
        stage.show(paged_incident())
        status = msgspec.json.decode(await stage.text("/api/status"))
        assert [(w["worker"], w["lag"], w["age_s"]) for w in status["workers"]] == [
            ("worker-1", 6, 2.5)
        ]
        assert status["incidents"] == {"open": 1, "acknowledged": 0, "resolved": 0}
        assert status["health"]["status"] == "ok"

    tell(story, at=103.5)


def test_incidents_come_whole_and_newest_first() -> None:
    async def story(stage: Scene) -> None:
        older = paged_incident(id="older", opened_at=paged_incident().opened_at.replace(hour=1))
        stage.show(older, paged_incident())
        for query, ids in (("", ["inc-7f3a9c", "older"]), ("?limit=1", ["inc-7f3a9c"])):
            text = await stage.text(f"/api/incidents{query}")
            found = msgspec.json.decode(text.encode(), type=list[Incident])
            assert [incident.id for incident in found] == ids
        assert found[0] == paged_incident()
        assert "whole number" in await stage.text("/api/incidents?limit=x", status=400)

    tell(story)


def test_stream_tells_of_changes_to_the_incident_that_is_shown_and_no_other() -> None:
    async def story(stage: Scene) -> None:
        stage.show(paged_incident(), paged_incident(id="other"))
        shown = f"{stage.desk.projection.stamp_of('other')}-live"
        async with stage.client.get(f"/events?incident=other&stamp={shown}") as stream:
            assert stream.content_type == "text/event-stream"
            assert await part(stream) == "retry: 2000"
            stage.show(acknowledged(paged_incident()))
            stage.show(acknowledged(paged_incident(id="other")))
            stamp = stage.desk.projection.stamp_of("other")
            assert await part(stream) == f"event: change\ndata: {stamp}-live"

    tell(story)


def test_stream_tells_at_once_what_happened_before_it_was_opened() -> None:
    async def story(stage: Scene) -> None:
        stage.show(paged_incident())
        async with stage.client.get("/events?stamp=0-live") as stream:
            await part(stream)
            assert await part(stream) == "event: change\ndata: 1-live"

    tell(story)


def test_stream_ends_when_the_console_does() -> None:
    async def story(stage: Scene) -> None:
        async with stage.client.get("/events?stamp=0-live") as stream:
            await part(stream)
            stage.desk.bell.close()
            assert await asyncio.wait_for(stream.content.read(), 5) == b""

    tell(story)


async def part(stream: ClientResponse) -> str:
    text = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 5)
    return text.decode().strip()
