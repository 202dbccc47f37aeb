"""What an anomaly says as an alert."""

import math

import pytest
from msgspec.structs import replace

from config.settings import AlertTemplate
from detectors.anomaly import Anomaly
from routing.channels.finding import finding
from streams.alerts import alert_of

TITLES = [
    ('latency_ms{service="cart"}', 747.0, 125.0, "latency_ms of cart is 747, expected 125"),
    ('load1{host="web-1"}', 9.5, 1.25, "load1 of web-1 is 9.5, expected 1.25"),
    ('rows{host="db-1",service="db"}', 7.0, 5.0, "rows of db is 7, expected 5"),
    ("orders", 2_345_678.0, 1_000_000.0, "orders is 2,346,000, expected 1,000,000"),
    ('orders{service="shop"}', math.nan, 5.0, "orders of shop has stopped reporting"),
    ("orders", 5.0, math.nan, "orders is 5"),
]


def anomaly(series: str, value: float, expected: float) -> Anomaly:
    return Anomaly(
        series=series,
        profile="any",
        opened_at=1_700_000_000.0,
        closed_at=None,
        severity=1,
        value=value,
        expected=expected,
        lower=math.nan,
        upper=math.nan,
        p_value=1e-9,
        parts=(),
        points=(),
    )


@pytest.mark.parametrize(("series", "value", "expected", "title"), TITLES)
def test_a_title_says_what_and_where_in_plain_numbers(
    series: str, value: float, expected: float, title: str
) -> None:
    alert = alert_of(anomaly(series, value, expected), AlertTemplate())
    assert alert.annotations["summary"] == title


def test_a_stuck_value_is_said_with_how_long_and_how_long_before() -> None:
    stuck = replace(anomaly('load1{host="web-1"}', 0.7, 0.5), still_s=2400.0, longest_s=600.0)
    alert = alert_of(stuck, AlertTemplate())
    assert alert.annotations["summary"] == "load1 of web-1 is stuck: 0.7 for 40 min"
    assert alert.evidence is not None
    assert finding(alert.evidence) == (
        'load1{host="web-1"} stands still at 0.7 for 40 min; the longest before was 10 min.'
    )


def test_a_summary_of_ones_own_has_the_same_numbers() -> None:
    own = AlertTemplate(annotations={"summary": "$host: $value, not $expected"}, unit="%")
    alert = alert_of(anomaly('load1{host="web-1"}', 1234.5, 0.5), own)
    assert alert.annotations["summary"] == "web-1: 1,234%, not 0.5%"
