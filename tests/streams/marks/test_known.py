"""What is said of series that nobody knows, and which records of a changelog are of series."""

import pytest

from detectors.records import record_key, series_of
from streams.keys import series_record
from streams.marks.known import Known
from tests.streams.marks.making import matching

SERIES = ('latency{service="cart"}', 'latency{service="checkout"}', 'load{host="a"}')
KNOWN = Known(frozenset(SERIES), is_whole=True)


@pytest.mark.parametrize(
    ("series", "labels", "problem"),
    [
        ((SERIES[0],), {}, None),
        ((), {"service": "cart", "metric": "latency"}, None),
        (('latency{service="crt"}',), {}, f'latency{{service="crt"}}; near it: {SERIES[0]}, '),
        (('latncy{service="cart"}',), {}, f"near it: {SERIES[0]}, {SERIES[1]}"),
        (("zzz",), {}, f"there is no series zzz; there are: {', '.join(SERIES)}"),
        ((), {"service": "zzz"}, 'service="zzz"; there are: service="cart", service="checkout"'),
        ((), {"zzz": "cart"}, 'no series has zzz="cart"; there are: host, metric, name, ...'),
        (
            (),
            {"service": "chekout"},
            'no series has service="chekout"; near it: service="checkout"',
        ),
        ((), {"servic": "cart"}, 'no series has servic="cart"; near it: service'),
        ((), {"service": "cart", "host": "a"}, 'passes all of service="cart" host="a"'),
    ],
)
def test_what_is_not_known_is_told_with_what_is_near(
    series: tuple[str, ...], labels: dict[str, str], problem: str | None
) -> None:
    said = KNOWN.missing(series, matching(**labels))
    assert said is None if problem is None else problem in str(said)


@pytest.mark.parametrize("known", [Known(KNOWN.series, is_whole=False), Known(frozenset(), True)])
def test_nobody_is_told_wrong_where_not_all_is_known(known: Known) -> None:
    assert known.missing(("zzz",), ()) is None


def test_records_of_banks_and_of_banks_of_groups_name_their_series() -> None:
    for before in (b"app\0all\0", b"app\0together\0i"):
        key = series_record(before + record_key(SERIES[0]))
        assert key is not None
        assert series_of(key) == SERIES[0]
    assert series_record(b"\0watermarks") is None
    assert series_record(b"applied") is None
