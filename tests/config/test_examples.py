"""The examples are what the demonstration runs on."""

from datetime import UTC, datetime

import pytest

from config.loader import load
from config.settings import Config
from detectors.series import Series
from routing.oncall.shifts import on_call
from routing.policy import Contact, Target
from routing.routes import find
from tests.config.samples import ENVIRON, EXAMPLES

SLACK, JIRA = Contact("slack", "#shop"), Contact("jira", "SHOP")


@pytest.fixture(scope="module")
def config() -> Config:
    return load(EXAMPLES, environ=ENVIRON)


def test_the_examples_are_right_in_every_way(config: Config) -> None:
    assert not config.warnings
    assert [file.name for file in config.files] == [
        *("channels.yaml", "kafka.yaml", "people.yaml", "profiles.yaml", "routing.yaml"),
    ]


def test_the_demonstration_can_point_them_at_its_peers() -> None:
    peers = {
        "TOCSIN_BOOTSTRAP": "127.0.0.1:19092",
        "TOCSIN_CONSOLE_PORT": "18080",
        "TOCSIN_SLACK_URL": "http://127.0.0.1:1/api/",
        "TOCSIN_PAGERDUTY_URL": "http://127.0.0.1:2",
        "TOCSIN_JIRA_URL": "http://127.0.0.1:3",
        "TOCSIN_SMTP_HOST": "127.0.0.1",
        "TOCSIN_SMTP_PORT": "2525",
    }
    config = load(EXAMPLES, environ={**ENVIRON, **peers})
    assert config.kafka.bootstrap == "127.0.0.1:19092"
    assert (config.console.port, config.policy.console_url) == (18080, "http://127.0.0.1:18080")
    assert set(config.channels()) == {"slack", "pagerduty", "email", "jira"}


@pytest.mark.parametrize(
    ("service", "contacts", "escalation"),
    [
        ("checkout", {SLACK}, "checkout"),
        ("payments", {SLACK}, "payments"),
        ("search", {SLACK}, None),
        ("cache", {SLACK}, None),
        ("db", {JIRA}, None),
        ("storefront", {Contact("email", "storefront@shop.example")}, None),
        ("inventory", {Contact("email", "warehouse@shop.example")}, None),
        ("cart", {SLACK, JIRA}, None),
        ("catalog", {SLACK}, None),
        ("shipping", {SLACK}, None),
    ],
)
def test_each_service_reaches_its_people(
    config: Config, service: str, contacts: set[Contact], escalation: str | None
) -> None:
    (route,) = find(config.policy.route, {"service": service, "team": "shop"})
    receivers = {receiver.name: set(receiver.contacts) for receiver in config.policy.receivers}
    assert receivers[route.receiver] == contacts
    assert (route.escalation, route.group_by) == (escalation, ("service",))


def test_somebody_is_always_on_call_and_then_the_lead(config: Config) -> None:
    (primary,) = config.policy.schedules
    assert on_call(primary, datetime(2026, 11, 23, 12, tzinfo=UTC)) in {"ana", "ben"}
    for escalation in config.policy.escalations:
        first, second = escalation.levels
        assert first.targets == (Target(kind="schedule", name="primary"),)
        assert second.targets == (Target(kind="user", name="lena"),)
    pager = Contact("pagerduty", "shop-oncall")
    assert [user.contacts for user in config.policy.users[:2]] == [(pager,), (pager,)]


@pytest.mark.parametrize(
    ("source", "series", "profiles"),
    [
        ("shop", Series("latency_ms", {"service": "checkout"}), ("critical-path",)),
        ("shop", Series("orders_per_min", {"service": "storefront"}), ("orders",)),
        ("shop", Series("connections", {"service": "db"}), ("levels",)),
        ("shop", Series("hit_ratio", {"service": "cache"}), ("hit-ratio",)),
        ("shop", Series("cpu_ratio", {"service": "catalog"}), ("service",)),
        ("shop-errors", Series("errors", {"service": "payments"}), ("shop-errors",)),
        ("host", Series("disk_ratio", {"host": "a", "mount": "/"}), ("disk-full",)),
        ("host", Series("load1", {"host": "a"}), ("host",)),
    ],
)
def test_each_kind_of_series_has_its_profile(
    config: Config, source: str, series: Series, profiles: tuple[str, ...]
) -> None:
    assert config.profiles_of(source, series)[:1] == profiles


def test_every_alert_says_its_team_so_that_routes_find_it(config: Config) -> None:
    own = [watcher.name for watcher in config.watchers if watcher.origin != "shipped"]
    assert {config.alerts[name].labels["team"] for name in own} == {"shop", "platform"}
