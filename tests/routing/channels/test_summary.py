"""The sentences that every channel says."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.alert import Severity
from routing.channels.finding import figures, sure
from routing.channels.samples import OPENED, alert, evidence, incident, notification
from routing.channels.summary import summarise
from routing.channels.text import clean, number, odds, web_link
from routing.incident import IncidentState, NotifyReason


def test_a_firing_page_says_what_since_when_and_how_sure() -> None:
    summary = summarise(notification("#ops"))
    assert summary.headline == "Critical: checkout: latency_ms is far above normal"
    assert summary.sentences == (
        'latency_ms{service="checkout"} is 747 ms; 125 ms was expected (97 to 153 ms).',
        "Since 10:54 UTC, 23 November.",
        "On a normal day this happens by chance 1 in 2.5 million times.",
        "Look at the payment provider's status page first.",
        "Told: ana (PagerDuty).",
    )


def test_what_was_told_for_a_single_sample_says_so() -> None:
    alone = sure(evidence(at_once=True))
    assert alone == f"{sure(evidence())} It was told at once, for a single sample."


NEWS = {
    NotifyReason.FIRST: "",
    NotifyReason.FLAPPING: "It comes and goes. You hear of it again when it is calm, or when there "
    "is more.",
    NotifyReason.SIGN_OF_LIFE: "A sign of life: if none comes, Tocsin is dead.",
    NotifyReason.CALM: "It is calm, and still firing.",
    NotifyReason.NEW_ALERTS: "There is more: 1 alert firing now.",
    NotifyReason.REPEAT: "Still going on.",
    NotifyReason.ESCALATED: "Nobody has taken this yet: escalated to level 2.",
    NotifyReason.ACKNOWLEDGED: "ana has taken this.",
    NotifyReason.RESOLVED: "Resolved after 12 min.",
}


@pytest.mark.parametrize("reason", NotifyReason)
def test_every_reason_has_its_news(reason: NotifyReason) -> None:
    assert summarise(notification("#ops", reason)).news == NEWS[reason]


def test_the_worst_firing_alert_speaks_for_all() -> None:
    alerts = {
        "old": alert(ends_at=OPENED, evidence=evidence(series="ended")),
        "mild": alert(severity=Severity.WARNING, evidence=evidence(series="mild")),
        "bad": alert(evidence=evidence(series="bad", p_value=1e-3)),
        "sure": alert(evidence=evidence(series="sure", p_value=1e-9)),
    }
    summary = summarise(notification("#ops", incident=incident(alerts=alerts)))
    assert summary.what.startswith("sure is 747 ms")
    assert summary.more == "2 more alerts are firing with it."


@pytest.mark.parametrize(
    ("title", "over"),
    [
        ("latency of checkout is 812 ms, expected 121 ms", "was 812 ms, expected 121 ms"),
        ("drift of clock-1 is -3.2 s", "clock-1 was -3.2 s"),
        ("orders of shop has stopped reporting", "shop had stopped reporting"),
        ("The shop is slow", "The shop is slow"),
    ],
)
def test_the_headline_of_what_is_over_says_that_it_was(title: str, over: str) -> None:
    open_, ended = (
        summarise(notification("#ops", incident=incident(title=title, state=state)))
        for state in (IncidentState.OPEN, IncidentState.RESOLVED)
    )
    assert open_.headline == f"Critical: {title}"
    assert ended.headline.startswith("Resolved: ")
    assert ended.headline.endswith(over)
    assert (open_.title, ended.title) == (title, title)


def test_silence_is_said_as_silence() -> None:
    silent = alert(evidence=evidence(series="orders", value=None, lower=None, upper=None, unit=""))
    summary = summarise(notification("#ops", incident=incident(alerts={"f": silent})))
    assert summary.what == (
        "orders sends no data; 125 was expected; the last value was 747 at 11:03 UTC, 23 November."
    )
    assert summary.sure == ""


def test_a_silence_that_is_over_takes_no_value_for_the_last_before_it() -> None:
    silent = evidence(series="orders", value=None, lower=None, upper=None, unit="")
    over = incident(alerts={"f": alert(evidence=silent, ends_at=OPENED)})
    assert summarise(notification("#ops", incident=over)).what == (
        "orders sent no data; 125 was expected."
    )


def test_an_alert_without_evidence_says_its_summary_unless_that_is_the_title() -> None:
    plain = alert(evidence=None, annotations={"summary": "Disk is full"})
    other = summarise(notification("#ops", incident=incident(alerts={"f": plain})))
    same = incident(alerts={"f": plain}, title="Disk is full")
    assert other.what == "Disk is full."
    assert summarise(notification("#ops", incident=same)).what == ""


def test_a_limit_is_said_as_one_and_has_no_odds() -> None:
    limit = evidence(series="disk", value=93.2, expected=None, lower=None, upper=90.0, unit="%")
    over = alert(evidence=limit)
    near = alert(evidence=replace(limit, value=86.4))
    assert [
        summarise(notification("#ops", incident=incident(alerts={"f": one}))).what
        for one in (over, near, replace(over, ends_at=OPENED))
    ] == [
        "disk is 93.2%; at most 90% is allowed.",
        "disk is 86.4%, about to pass its limit (at most 90%).",
        "disk was 93.2%; at most 90% was allowed.",
    ]
    assert sure(limit) == ""
    assert figures(limit) == (("Value", "93.2%"), ("Allowed", "at most 90%"))


def test_who_takes_it_says_until_when() -> None:
    taken = notification("#ops", NotifyReason.ACKNOWLEDGED)
    until = replace(taken.incident, reopens_at=OPENED + timedelta(hours=2))
    snoozed = replace(until, is_snoozed=True)
    assert [summarise(replace(taken, incident=one)).news for one in (until, snoozed)] == [
        "ana has taken this until 12:55 UTC, 23 November.",
        "ana has taken this, snoozed until 12:55 UTC, 23 November.",
    ]


def test_who_had_taken_what_is_over_is_named_unless_they_closed_it() -> None:
    over = notification("#ops", NotifyReason.RESOLVED)
    taken = replace(over.incident, acknowledged_by="ana")
    closed = replace(taken, resolved_by="ana")
    assert [summarise(replace(over, incident=one)).news for one in (taken, closed)] == [
        "Resolved after 12 min. ana had taken it.",
        "Resolved by ana after 12 min.",
    ]


def test_an_incident_without_alerts_can_still_be_told() -> None:
    summary = summarise(notification("#ops", incident=incident(alerts={})))
    assert summary.sentences == ("Since 10:55 UTC, 23 November.", "Told: ana (PagerDuty).")


def test_the_time_of_a_message_is_that_of_the_newest_thing_known() -> None:
    assert summarise(notification("#ops", NotifyReason.RESOLVED)).at == OPENED + timedelta(
        minutes=12
    )


@given(st.text(), st.integers(1, 200))
def test_clean_text_is_one_short_line_that_can_be_encoded(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert len(cleaned.splitlines()) <= 1
    cleaned.encode()


@given(st.text())
def test_a_link_is_plain_ascii_http_or_nothing(text: str) -> None:
    for given_ in (text, f"https://x.example/{text}"):
        link = web_link(given_)
        assert link == "" or link.startswith(("http://", "https://"))
        assert link.isascii()
        assert not set(link) & set(" <>\"'\\|\r\n")


@given(st.floats())
def test_any_number_and_any_chance_can_be_said(value: float) -> None:
    assert number(value)
    assert odds(value)


def test_a_digest_names_ten_incidents_and_counts_the_others() -> None:
    told = notification("#ops", NotifyReason.FIRST)
    (alert,) = told.incident.alerts.values()
    many = {f"digest:{n}": replace(alert, annotations={"summary": f"Thing {n}"}) for n in range(15)}
    digest = replace(told.incident, alerts=many, digest_for="ana", left_out=3)
    summary = summarise(replace(told, incident=digest))
    more = summary.more
    assert summary.news == "A digest: 18 incidents beyond your page budget."
    assert more.startswith("+17 more incidents: Thing 1; Thing 2; ")
    assert more.endswith("Thing 10; and 7 more.")


def others(*labels: dict[str, str]) -> str:
    alerts = {str(i): alert(labels=one, severity=Severity.WARNING) for i, one in enumerate(labels)}
    told = alert(labels={"service": "checkout", "host": "a", "metric": "latency"})
    return summarise(notification("#ops", incident=incident(alerts={"f": told, **alerts}))).more


def test_it_is_said_who_else_is_affected() -> None:
    one = {"service": "cart", "host": "b", "metric": "latency"}
    assert others(one) == "1 more alert is firing with it (service: cart)."
    here = {"service": "checkout", "metric": "latency"}
    hosts = [here | {"host": host} for host in "bcdefg"]
    assert others(*hosts) == "6 more alerts are firing with it (host: b, c, d, e and 2 more)."
    assert others(here | {"host": "a", "metric": "errors"}) == (
        "1 more alert is firing with it (metric: errors)."
    )


def test_what_the_others_do_not_have_is_not_said() -> None:
    assert others({"team": "x"}) == "1 more alert is firing with it."
