from dataclasses import replace
from pathlib import Path

from routing.incident import IncidentState
from routing.receipt import DeliveryStatus
from streams.demo.lines import JsonLines
from streams.demo.once import is_kept_acknowledged, is_over, of_scenario, was_told
from streams.demo.picture import Feeding, Picture, news, told
from streams.demo.watch import has_learned, take
from tests.streams.demo.stories import (
    MAIL,
    NOON,
    SLACK,
    delivery,
    incident,
    later,
    picture,
    quiet_picture,
    resolved,
    window,
    worker,
)

BEGIN = {
    "scenario": "spike",
    "state": "begin",
    "service": "checkout",
    "at": "2026-10-23T13:20:00+00:00",
    "wall": NOON.timestamp(),
}


def test_nothing_new_is_no_news() -> None:
    assert news(picture(), picture()) == []


def test_an_incident_is_told_from_its_opening_to_its_end_each_once() -> None:
    opened = picture(incidents=(incident(deliveries=()),))
    sent = picture(incidents=(incident(deliveries=(delivery(SLACK),)),))
    acked = picture(
        incidents=(
            incident(
                deliveries=(delivery(SLACK),),
                state=IncidentState.ACKNOWLEDGED,
                acknowledged_by="Ada",
            ),
        )
    )
    over = picture(incidents=(resolved(deliveries=(delivery(SLACK),), acknowledged_by="Ada"),))
    title = incident().title
    assert news(picture(incidents=()), opened) == [f"incident opened, critical: {title}"]
    assert news(opened, sent) == [f"slack #shop was told: {title}"]
    assert news(sent, acked) == [f"acknowledged by Ada: {title}"]
    assert news(acked, over) == [f"resolved: {title}"]


def test_what_happened_between_two_looks_is_all_told() -> None:
    lines = news(quiet_picture(), picture(incidents=(resolved(),)))
    assert lines[0] == "scenario spike begins in checkout"
    assert lines[1].startswith("incident opened")
    assert lines[-1].startswith("resolved")


def test_a_restarted_worker_is_news() -> None:
    assert news(picture(), picture(restarts=1)) == ["the worker died and was started again"]


def test_only_messages_that_were_taken_count_as_told_each_contact_once() -> None:
    failed = delivery(MAIL, status=DeliveryStatus.FAILED_TEMPORARY, sent_at=None)
    updated = delivery(SLACK, status=DeliveryStatus.PENDING)
    one = incident(deliveries=(failed, updated))
    assert told(one) == ("slack #shop",)


def test_the_feeds_lines_open_and_close_windows() -> None:
    feeding = take(Feeding(), BEGIN)
    assert [w.name for w in feeding.windows] == ["spike"]
    assert feeding.windows[0].began_at == NOON
    assert feeding.windows[0].ended_at is None
    feeding = take(feeding, {**BEGIN, "state": "end", "wall": later(12).timestamp()})
    assert feeding.windows[0].ended_at == later(12)
    again = take(feeding, {**BEGIN, "wall": later(60).timestamp()})
    assert [w.ended_at for w in again.windows] == [later(12), None]


def test_the_feeds_lines_tell_the_phase_and_the_rates() -> None:
    feeding = take(Feeding(), {"phase": "history", "done": 0.4})
    assert (feeding.phase, feeding.history, feeding.is_live) == ("history", 0.4, False)
    feeding = take(feeding, {"phase": "live", "at": "2026-10-23T13:00:00+00:00"})
    assert feeding.is_live
    feeding = take(feeding, {"records": 7, "records_per_s": 2.5, "at": "2026-10-23T13:00:30+00:00"})
    assert (feeding.records, feeding.records_per_s) == (7, 2.5)
    assert feeding.shop_at is not None
    assert feeding.phase == "live"


def test_history_is_learned_when_all_is_published_and_nothing_waits() -> None:
    done = picture(feeding=Feeding(phase="history", history=1.0))
    assert has_learned(done)
    assert not has_learned(picture(feeding=Feeding(phase="history", history=0.9)))
    assert not has_learned(replace(done, workers=(worker(lag=5),)))
    assert not has_learned(replace(done, workers=(worker(series=0),)))
    assert not has_learned(replace(done, workers=()))


def recovering(*incidents: object) -> Picture:
    feeding = Feeding(phase="recovery", history=1.0, windows=(window(ended_at=later(12)),))
    return replace(picture(), feeding=feeding, incidents=incidents)  # type: ignore[arg-type]


def test_it_is_over_when_each_scenario_has_its_incident_and_all_are_resolved() -> None:
    assert is_over(recovering(resolved()))
    assert not is_over(recovering())
    assert not is_over(recovering(incident()))
    assert not is_over(picture(incidents=(resolved(),)))
    assert is_over(recovering(resolved(), incident(id="m", group_labels={"host": "a"})))


def test_an_acknowledgement_is_kept_only_if_no_further_level_was_told() -> None:
    mine = incident(acknowledged_by="Demo", level=1)
    assert is_kept_acknowledged(mine)
    assert not is_kept_acknowledged(incident(acknowledged_by="Demo", level=2))
    assert not is_kept_acknowledged(incident(level=1))


def test_the_incident_of_a_scenario_is_that_of_its_service_once_it_has_begun() -> None:
    assert of_scenario(picture(), "spike") == incident()
    assert of_scenario(quiet_picture(), "spike") is None
    assert of_scenario(picture(), "outage") is None


def test_told_means_that_a_provider_took_it() -> None:
    assert was_told(incident())
    pending = delivery(status=DeliveryStatus.PENDING, sent_at=None)
    assert not was_told(incident(deliveries=(pending,)))


def test_json_lines_are_read_once_each_and_a_torn_line_waits(tmp_path: Path) -> None:
    path = tmp_path / "feed.log"
    lines = JsonLines(path)
    assert lines.read() == []
    path.write_text('{"a":1}\na warning\n[1]\n{"b"')
    assert lines.read() == [{"a": 1}]
    with path.open("a") as file:
        file.write(":2}\n")
    assert lines.read() == [{"b": 2}]
    assert lines.read() == []
