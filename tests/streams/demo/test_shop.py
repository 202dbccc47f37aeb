import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.demo.shop import BLOCK, COLUMN, DAY_S, METRICS, SERVICES, Shop

DAWN = 20_000 * DAY_S
DAY = int(DAY_S / 30)
SHOP = Shop(seed=7)


def column(service: str, name: str) -> int:
    return COLUMN[service, name]


@settings(max_examples=40)
@given(
    first=st.integers(0, 3 * BLOCK),
    steps=st.integers(1, 2 * BLOCK),
    cut=st.floats(0, 1),
)
def test_values_do_not_depend_on_how_they_are_asked_for(first: int, steps: int, cut: float) -> None:
    t0, head = DAWN + first * 30.0, int(cut * steps)
    whole = SHOP.values(t0, steps)
    parts = [SHOP.values(t0, head), SHOP.values(t0 + head * 30.0, steps - head)]
    assert np.array_equal(whole, np.concatenate(parts))


def test_another_seed_is_another_shop_and_the_same_seed_the_same() -> None:
    assert np.array_equal(Shop(seed=7).values(DAWN, 50), SHOP.values(DAWN, 50))
    assert not np.array_equal(Shop(seed=8).values(DAWN, 50), SHOP.values(DAWN, 50))


def test_every_value_is_possible() -> None:
    values = SHOP.values(DAWN, DAY)
    assert np.isfinite(values).all()
    assert (values >= 0).all()
    ratios = [i for i, metric in enumerate(METRICS) if metric.is_ratio]
    assert (values[:, ratios] <= 1).all()


def test_every_service_has_its_four_series() -> None:
    names = {"latency_ms", "requests_per_s", "error_ratio", "cpu_ratio"}
    for service in SERVICES:
        assert names <= {m.name for m in METRICS if m.service == service}
    assert len(METRICS) == len(COLUMN) == 44


def test_traffic_is_low_at_night_and_high_by_day() -> None:
    requests = SHOP.values(DAWN, DAY)[:, column("search", "requests_per_s")]
    hours = requests.reshape(24, -1).mean(axis=1)
    assert hours.argmin() in (3, 4)
    assert hours.argmax() in (15, 16)
    assert hours.max() > 2 * hours.min()


def test_noise_of_times_is_between_three_and_eight_per_cent() -> None:
    plain = [i for i, metric in enumerate(METRICS) if not metric.trials]
    values = SHOP.values(DAWN, DAY)[:, plain]
    means = SHOP.means(SHOP.times(DAWN, DAY))[:, plain]
    noise = np.log(values / means).std(axis=0)
    assert (noise > 0.025).all()
    assert (noise < 0.085).all()


def test_errors_come_about_once_a_minute_and_as_often_as_the_factor_says() -> None:
    minutes = DAY_S / 60
    assert abs(SHOP.error_counts(DAWN, DAY).sum(axis=0) / minutes - 1).max() < 0.12
    factor = np.ones((DAY, len(SERVICES)))
    factor[:, 0], factor[:, 1] = 40.0, 0.0
    counts = SHOP.error_counts(DAWN, DAY, factor)
    assert abs(counts[:, 0].sum() / minutes - 40) < 1
    assert counts[:, 1].sum() == 0
    assert np.array_equal(counts[:, 2:], SHOP.error_counts(DAWN, DAY)[:, 2:])
