import io
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from routing.alert import Severity
from routing.incident import IncidentState
from streams.demo.picture import Feeding, Picture
from streams.demo.terminal import MOST_INCIDENTS, MOST_PAGES, render
from tests.streams.demo.stories import NOON, incident, later, page, picture, quiet_picture, worker

WIDTH = 80


def shown(what: Picture, at: float = 20.0) -> str:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(render(what, NOON + timedelta(seconds=at)))
    return console.export_text()


def test_everything_a_person_needs_is_there() -> None:
    text = shown(picture())
    for part in (
        "http://127.0.0.1:8080",
        "123 samples/s",
        "lag 0",
        "1,234 series",
        "0 dead letters",
        "spike in checkout: latency is six times the usual",
        "critical",
        "latency_ms of checkout",
        "slack, mail",
        "/tmp/tocsin-demo-abc",
        "Ctrl-C stops everything",
    ):
        assert part in text


def test_the_last_page_is_shown_as_on_call_would_get_it() -> None:
    text = shown(picture())
    assert "slack #shop  0:15 ago" in text
    assert "latency_ms is 1083 ms, expected 181 ms" in text


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(picture(), id="usual"),
        pytest.param(picture(incidents=(incident(title="x" * 300),)), id="long-title"),
        pytest.param(picture(pages=(page(text="y" * 300),)), id="long-page"),
        pytest.param(picture(incidents=(incident(title="雪" * 200),)), id="wide-letters"),
        pytest.param(picture(waiting_for="the detectors learn what is normal"), id="waiting"),
        pytest.param(picture(workers=(worker(samples_per_s=1e6, lag=10**9),)), id="busy"),
    ],
)
def test_no_line_is_wider_than_the_terminal(changed: Picture) -> None:
    console = Console(width=200)
    lines = shown(changed).splitlines()
    assert all(console.measure(line.rstrip()).maximum <= WIDTH for line in lines)


def test_labels_that_look_like_markup_are_shown_as_they_are() -> None:
    assert "[red]cart[/red]" in shown(picture(incidents=(incident(title="[red]cart[/red]"),)))


def test_a_quiet_shop_says_so() -> None:
    text = shown(quiet_picture())
    assert "all is well in the shop" in text
    assert "no incidents" in text
    assert "on call" not in text


def test_while_starting_it_says_what_it_waits_for_and_how_far_it_is() -> None:
    feeding = Feeding(phase="history", history=0.42)
    text = shown(replace(quiet_picture(), feeding=feeding, waiting_for="starting the broker"))
    assert "starting the broker" in text
    assert "history published: 42%" in text
    assert "no incidents" not in text


def test_what_is_open_comes_before_what_is_over_and_the_rest_is_counted() -> None:
    many = tuple(incident(id=f"i{n}", title=f"number {n}") for n in range(MOST_INCIDENTS + 3))
    over = incident(id="r", title="long gone", state=IncidentState.RESOLVED, resolved_at=later(9))
    text = shown(picture(incidents=(over, *many)))
    assert "and 3 more open" in text
    assert "long gone" not in text
    assert text.index("number 0") < text.index("number 1")


def test_only_the_latest_pages_are_shown_the_newest_first() -> None:
    pages = tuple(page(text=f"text {n}") for n in range(MOST_PAGES + 2))
    text = shown(picture(pages=pages))
    assert "text 0" not in text
    assert text.index(f"text {MOST_PAGES + 1}") < text.index(f"text {MOST_PAGES}")


def test_only_what_opens_an_incident_to_somebody_is_shown_as_a_page() -> None:
    assert "an update" not in shown(picture(pages=(page(), page(opens=False, text="an update"))))


def test_an_incident_nobody_was_told_of_says_so() -> None:
    assert "nobody yet" in shown(picture(incidents=(incident(deliveries=()),)))
    over = shown(picture(incidents=(incident(deliveries=(), state=IncidentState.RESOLVED),)))
    assert "nobody" in over
    assert "nobody yet" not in over


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("state", IncidentState)
def test_every_state_and_severity_can_be_shown(severity: Severity, state: IncidentState) -> None:
    over = state is IncidentState.RESOLVED
    one = incident(severity=severity, state=state, resolved_at=later(9) if over else None)
    assert str(severity) in shown(picture(incidents=(one,)))
