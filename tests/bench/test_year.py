"""A small year: what has to hold in the large one too."""

from datetime import timedelta

import pytest

from bench.year import BUDGET, START, Outcome, most_in_an_hour, run

ALERTS = 2400


@pytest.fixture(scope="module")
def year() -> Outcome:
    return run(ALERTS, seed=3)


def test_every_alert_of_the_year_is_seen_and_everything_is_over_at_its_end(year: Outcome) -> None:
    assert year.alerts == ALERTS
    assert year.left == 0


def test_everybody_who_was_told_of_an_incident_hears_of_its_end(year: Outcome) -> None:
    assert year.messages["resolved"] >= year.messages["first"]


def test_all_twelve_people_are_paged_and_nobody_beyond_the_budget(year: Outcome) -> None:
    assert len(year.pages) == 12
    digests = timedelta(hours=1) // BUDGET.digest_after
    assert max(map(most_in_an_hour, year.pages.values())) <= BUDGET.pages + digests


def test_what_flaps_is_told_less_often_than_it_comes(year: Outcome) -> None:
    assert year.decisions["flapping"] == ALERTS // 200
    assert year.decisions["calm"] == ALERTS // 200


def test_a_year_is_the_same_every_time(year: Outcome) -> None:
    again = run(ALERTS, seed=3)
    assert (again.messages, again.pages, again.decisions) == (
        year.messages,
        year.pages,
        year.decisions,
    )


def test_the_most_in_an_hour_are_counted_across_hours() -> None:
    pages = [START + timedelta(minutes=n) for n in (0, 50, 70, 100, 109, 200)]
    assert most_in_an_hour(pages) == 4
    assert most_in_an_hour([]) == 0
