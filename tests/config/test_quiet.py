"""Flapping, page budgets, heartbeats, the sign of life and the canary, as they are written."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from routing.alert import Severity
from routing.labels import Matcher
from routing.policy import CanaryPlan, Flapping, Heartbeat, PageBudget, SignOfLife
from tests.config.samples import SMALL, loaded, problems


def test_flapping_is_held_unless_that_is_turned_off(tmp_path: Path) -> None:
    assert loaded(tmp_path, SMALL).policy.flapping == Flapping()
    given = loaded(tmp_path, SMALL + "flapping: {changes: 4, calm: 30m}\n").policy.flapping
    assert given == Flapping(changes=4, calm=timedelta(minutes=30))
    assert loaded(tmp_path, SMALL + "flapping: {hold: false}\n").policy.flapping is None
    assert loaded(tmp_path, SMALL + "compat: alertmanager\n").policy.flapping is None


def test_a_page_budget_is_a_number_of_pages_in_a_time(tmp_path: Path) -> None:
    assert loaded(tmp_path, SMALL).policy.page_budget is None
    text = SMALL + "page_budget: 10/h\ndigest_after: 5m\n"
    given = loaded(tmp_path, text).policy.page_budget
    assert given == PageBudget(pages=10, per=timedelta(hours=1), digest_after=timedelta(minutes=5))


def test_heartbeats_are_alerts_with_a_name(tmp_path: Path) -> None:
    text = SMALL + "heartbeats:\n  prom: {match: ['alertname=\"Watchdog\"'], every: 5m}\n"
    assert loaded(tmp_path, text).policy.heartbeats == (
        Heartbeat(
            name="prom",
            matchers=(Matcher(name="alertname", op="=", value="Watchdog"),),
            every=timedelta(minutes=5),
            severity=Severity.CRITICAL,
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("page_budget: ten\n", "must be a number of pages in a time, such as 10/1h"),
        ("page_budget: 0/1h\n", "a page budget needs a count and a time above zero"),
        ("flapping: {changes: 1}\n", "must be at least 2"),
        ("flapping: {calm: 0s}\n", "longer than 0s"),
        ("heartbeats:\n  p: {match: ['a=~\".*\"'], every: 5m}\n", "takes every alert"),
        ("heartbeats:\n  p: {match: ['a=\"b\"']}\n", "every"),
        ("sign_of_life: {receiver: nosuch}\n", "nosuch"),
        ("sign_of_life: {receiver: shop}\n", "goes to webhooks only"),
        ("canary: {receiver: nosuch}\n", "nosuch"),
        ("canary: {every: 1h}\n", "receiver"),
        ("canary: {receiver: shop, every: 1h, at: '09:00'}\n", "leave one of them out"),
        ("canary: {receiver: shop, at: '09:00', time_zone: Europe/Vien}\n", "no time zone"),
        ("canary: {receiver: shop, every: 5m}\n", "shorter than the time from one to the next"),
        ("canary: {receiver: shop, at: '09:00', within: 2d}\n", "shorter than the time"),
        ("canary: {receiver: shop, at: '9'}\n", "canary.at"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(tmp_path: Path, text: str, message: str) -> None:
    found = problems(tmp_path, SMALL + text)
    assert [one for one in found if message in str(one)], found


def test_a_sign_of_life_goes_to_webhooks(tmp_path: Path) -> None:
    head, _, rest = SMALL.partition("channels:\n")
    text = head + "channels:\n  hook: {kind: webhook, urls: {snitch: http://localhost/x}}\n" + rest
    head, _, rest = text.partition("receivers:\n")
    text = head + "receivers:\n  dead-man: [{channel: hook, address: snitch}]\n" + rest
    given = loaded(tmp_path, text + "sign_of_life: {receiver: dead-man}\n").policy.sign_of_life
    assert given == SignOfLife(receiver="dead-man", every=timedelta(minutes=5))


def test_a_canary_is_once_a_day_unless_it_says_how_often_or_when(tmp_path: Path) -> None:
    assert loaded(tmp_path, SMALL).policy.canary is None
    given = loaded(tmp_path, SMALL + "canary: {receiver: shop}\n").policy.canary
    assert given == CanaryPlan(receiver="shop", every=timedelta(days=1))
    text = "canary: {receiver: shop, at: '09:00', time_zone: Europe/Vienna, within: 5m}\n"
    assert loaded(tmp_path, SMALL + text).policy.canary == CanaryPlan(
        receiver="shop", at=time(9), time_zone="Europe/Vienna", within=timedelta(minutes=5)
    )
