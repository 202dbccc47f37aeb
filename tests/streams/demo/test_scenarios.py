import numpy as np
import pytest

from streams.demo.scenario import MINUTE_S, Batch, Running, Scenario, apply
from streams.demo.scenarios import CONTROL, SCENARIOS
from streams.demo.shop import COLUMN, METRICS, SERVICES, Floats, Shop

SHOP = Shop(seed=3)
BEGIN = 20_000 * 86_400.0 + 13 * 3600.0
BEFORE_S, AFTER_S = 600.0, 600.0


def played(scenario: Scenario) -> tuple[Batch, Floats, Floats]:
    """The batch around a scenario, the usual values, and which steps it covers."""
    t0 = BEGIN - BEFORE_S
    steps = round((BEFORE_S + scenario.lasts_for_s + AFTER_S) / SHOP.step_s)
    batch = apply(SHOP, [Running(scenario, BEGIN)], t0, steps)
    inside = (batch.times >= BEGIN) & (batch.times < BEGIN + scenario.lasts_for_s)
    return batch, SHOP.values(t0, steps), inside


def change(name: str, service: str, metric: str) -> tuple[Floats, Floats]:
    """Changed over usual, and minutes since the begin, inside the scenario."""
    batch, usual, inside = played(SCENARIOS[name])
    i = COLUMN[service, metric]
    minutes = (batch.times[inside] - BEGIN) / MINUTE_S
    return batch.values[inside, i] / usual[inside, i], minutes


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_nothing_but_its_own_service_is_touched_and_only_in_its_time(scenario: Scenario) -> None:
    batch, usual, inside = played(scenario)
    others = [i for i, metric in enumerate(METRICS) if metric.service != scenario.service]
    assert np.array_equal(batch.values[:, others], usual[:, others])
    assert np.array_equal(batch.values[~inside], usual[~inside])
    counts = SHOP.error_counts(BEGIN - BEFORE_S, len(inside))
    assert np.array_equal(batch.errors[~inside], counts[~inside])


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_every_scenario_changes_something_and_stays_possible(scenario: Scenario) -> None:
    batch, usual, inside = played(scenario)
    counts = SHOP.error_counts(BEGIN - BEFORE_S, len(inside))
    assert not (np.array_equal(batch.values, usual) and np.array_equal(batch.errors, counts))
    ratios = [i for i, metric in enumerate(METRICS) if metric.is_ratio]
    shown = batch.values[:, ratios]
    assert ((shown >= 0) & (shown <= 1) | np.isnan(shown)).all()
    assert not (batch.values < 0).any()


def test_the_control_services_are_never_struck_and_each_other_one_at_most_once() -> None:
    struck = [scenario.service for scenario in SCENARIOS.values()]
    assert len(set(struck)) == len(struck) == 8
    assert not set(struck) & set(CONTROL)
    assert set(struck) | set(CONTROL) == set(SERVICES)


def test_a_spike_is_six_times_the_latency_for_twelve_minutes() -> None:
    ratio, minutes = change("spike", "checkout", "latency_ms")
    assert np.allclose(ratio, 6.0)
    assert len(minutes) == 24


def test_a_drift_grows_by_one_and_a_half_per_cent_a_minute() -> None:
    ratio, minutes = change("slow-drift", "db", "connections")
    assert np.allclose(ratio, 1 + 0.015 * minutes)
    assert minutes.max() == 39.5


def test_orders_of_a_broken_season_are_those_of_half_a_day_away() -> None:
    scenario = SCENARIOS["season-break"]
    batch, _, inside = played(scenario)
    i = COLUMN["storefront", "orders_per_min"]
    opposite = SHOP.values(BEGIN + 43_200.0, int(inside.sum()))[:, i]
    assert np.array_equal(batch.values[inside, i], opposite)


def test_an_outage_stops_requests_and_fails_most_of_what_is_tried() -> None:
    batch, _, inside = played(SCENARIOS["outage"])
    assert (batch.values[inside, COLUMN["payments", "requests_per_s"]] == 0).all()
    errors = batch.values[inside, COLUMN["payments", "error_ratio"]]
    assert abs(errors.mean() - 0.6) < 0.03
    assert errors.std() > 0


def test_flapping_is_bad_every_other_minute() -> None:
    ratio, minutes = change("flapping", "cache", "hit_ratio")
    is_bad = minutes.astype(int) % 2 == 0
    assert np.allclose(ratio[is_bad], 0.55)
    assert np.allclose(ratio[~is_bad], 1.0)


def test_missing_data_is_every_series_of_the_service_and_its_errors() -> None:
    batch, _, inside = played(SCENARIOS["missing-data"])
    mine = [i for i, metric in enumerate(METRICS) if metric.service == "inventory"]
    assert np.isnan(batch.values[inside][:, mine]).all()
    assert batch.errors[inside, SERVICES.index("inventory")].sum() == 0


def test_a_burst_is_forty_errors_a_minute() -> None:
    batch, _, inside = played(SCENARIOS["error-burst"])
    a_minute = batch.errors[inside, SERVICES.index("cart")].sum() / 10
    assert 36 < a_minute < 44


def test_concurrent_scenarios_do_not_disturb_each_other() -> None:
    all_running = [Running(scenario, BEGIN) for scenario in SCENARIOS.values()]
    together = apply(SHOP, all_running, BEGIN, 20)
    for scenario in SCENARIOS.values():
        alone = apply(SHOP, [Running(scenario, BEGIN)], BEGIN, 20)
        mine = [i for i, metric in enumerate(METRICS) if metric.service == scenario.service]
        assert np.array_equal(together.values[:, mine], alone.values[:, mine], equal_nan=True)
