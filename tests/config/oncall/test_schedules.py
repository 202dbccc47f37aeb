"""Schedules in YAML: what they become, each way to break one, and gaps that are warned of."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from config.errors import ConfigError
from config.loader import load
from routing.oncall.schedule import Layer, Schedule, WeeklyRange
from tests.config.samples import ENVIRON, SMALL, write

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MARK = "»"
SHOP = SMALL.replace(
    "schedules:\n",
    "  bo: {contacts: [{channel: slack, address: U024BE91M}]}\n"
    "time_intervals:\n"
    "  office: [{times: [{start_time: '09:00', end_time: '17:00'}]}]\n"
    "schedules:\n",
)
LAYER = """\
      - users: [ana]
        starts_at: 2026-01-05
        turn: 1w
        handoff: "09:00"
"""


def schedule(tmp_path: Path, layer: str = LAYER, more: str = "") -> Schedule:
    (one,) = load(write(tmp_path, text(layer, more)), environ=ENVIRON, now=NOW).policy.schedules
    return one


def text(layer: str = LAYER, more: str = "") -> str:
    assert LAYER in SHOP
    return SHOP.replace(LAYER, layer + more)


def layer(tmp_path: Path, **changes: str) -> Layer:
    """The layer with keys added."""
    added = "".join(f"        {key}: {value}\n" for key, value in changes.items())
    return schedule(tmp_path, LAYER + added).layers[0]


def test_a_turn_of_months_is_read(tmp_path: Path) -> None:
    found = schedule(tmp_path, LAYER.replace("1w", "3mo")).layers[0]
    assert (found.months, found.turn) == (3, timedelta(0))


def test_a_layer_that_ends_does_so_at_its_handoff(tmp_path: Path) -> None:
    found = layer(tmp_path, ends_at="2027-01-05")
    assert found.ends_at == datetime(2027, 1, 5, 8, tzinfo=UTC)  # 09:00 in Vienna


NIGHT = "{start_time: '22:00', end_time: '06:00'"


@pytest.mark.parametrize(
    ("about", "restriction", "ranges"),
    [
        (
            "a night of every day",
            f"{NIGHT}}}",
            [(day * 1440 + 1320, day * 1440 + 1800) for day in range(7)],
        ),
        (
            "nights that begin on two days",
            f"{NIGHT}, weekdays: [monday, sunday]}}",
            [(1320, 1800), (9960, 10440)],
        ),
        (
            "a weekend",
            "{start_time: friday 18:00, end_time: Monday 09:00}",
            [(6840, 10620)],
        ),
        (
            "a whole day",
            "{start_time: '00:00', end_time: '24:00', weekdays: [sunday]}",
            [(8640, 10080)],
        ),
    ],
)  # fmt: skip
def test_restrictions_are_minutes_of_the_week(
    tmp_path: Path, about: str, restriction: str, ranges: list[tuple[int, int]]
) -> None:
    found = layer(tmp_path, restrictions=f"[{restriction}]")
    assert found.weekly == tuple(WeeklyRange(starts=a, ends=b) for a, b in ranges), about


def test_a_restriction_by_an_interval_has_all_of_it(tmp_path: Path) -> None:
    found = layer(tmp_path, restrictions="[interval: office]")
    (interval,) = found.during
    assert interval.parts[0].times == ((540, 1020),)


def test_overrides_and_swaps_follow_each_other(tmp_path: Path) -> None:
    when = "starts_at: 2026-12-01T00:00:00Z, ends_at: 2026-12-08T00:00:00Z"
    found = schedule(
        tmp_path,
        more=f"    swaps: [{{users: [ana, bo], {when}}}]\n"
        f"    overrides: [{{user: bo, replaces: ana, {when}}}]\n",
    )
    override, swap = found.overrides
    assert (override.user, override.replaces, override.is_swap) == ("bo", "ana", False)
    assert (swap.user, swap.replaces, swap.is_swap) == ("ana", "bo", True)


class Broken(NamedTuple):
    what: str
    old: str
    new: str
    message: str


def added(key: str) -> tuple[str, str]:
    return '        handoff: "09:00"\n', f'        handoff: "09:00"\n        {key}\n'


def of_schedule(key: str) -> tuple[str, str]:
    return "    layers:\n", f"    {key}\n    layers:\n"


SPAN = "starts_at: 2026-12-01T00:00:00Z, ends_at: 2026-12-08T00:00:00Z"
BROKEN = [
    Broken("an empty rotation", "users: [ana]", "users: »[]", "must not be empty"),
    Broken("nobody at all", "- users: [ana]\n        starts", "- »starts", '"users" is missing'),
    Broken("no turn", "        turn: 1w\n", "", '"turn" is missing'),
    Broken("an unknown user", "users: [ana]", "users: [ana, »anna]", 'did you mean "ana"?'),
    Broken("a misspelt key", "- users:", "- »user:", 'did you mean "users"?'),
    Broken("a turn of no month", "turn: 1w", "turn: »0mo", "from 1mo"),
    Broken("a turn of seconds", "turn: 1w", "turn: »30s", "a minute at least"),
    Broken("a turn of nothing", "turn: 1w", "turn: »0s", "longer than 0s"),
    Broken("a turn in years", "turn: 1w", "turn: »1y", "not a duration"),
    Broken(
        "a layer that ends before it starts", *added("ends_at: »2026-01-05"), "later than starts_at"
    ),
    Broken(
        "a restriction of no time",
        *added("restrictions: [»{start_time: '09:00', end_time: '09:00'}]"),
        "leave the restriction out",
    ),
    Broken(
        "half a restriction",
        *added("restrictions: [»{start_time: '09:00'}]"),
        '"end_time" is missing',
    ),
    Broken(
        "one weekday of two",
        *added("restrictions: [»{start_time: friday 18:00, end_time: '09:00'}]"),
        "both times name a weekday",
    ),
    Broken(
        "weekdays twice",
        *added(
            "restrictions: [»{start_time: friday 18:00, end_time: monday 09:00, "
            "weekdays: [friday]}]"
        ),
        "leave `weekdays` out",
    ),
    Broken(
        "a weekday that is none",
        *added("restrictions: [{start_time: »fryday 18:00, end_time: monday 09:00}]"),
        'did you mean "friday"?',
    ),
    Broken(
        "a time that is none",
        *added("restrictions: [{start_time: »'25:00', end_time: '09:00'}]"),
        "is not a time of day",
    ),
    Broken("a bare name", *added("restrictions: [»office]"), "`interval: office`"),
    Broken(
        "an unknown interval",
        *added("restrictions: [{interval: »offce}]"),
        'did you mean "office"?',
    ),
    Broken(
        "an interval and times",
        *added("restrictions: [»{interval: office, start_time: '09:00'}]"),
        "either an `interval`",
    ),
    Broken("names without a calendar", *added("names: {a: ana}"), "is missing"),
    Broken(
        "an override that ends before it begins",
        *of_schedule(
            "overrides: [{user: bo, starts_at: 2026-12-08T00:00:00Z, "
            "ends_at: »2026-12-01T00:00:00Z}]"
        ),
        "later than starts_at",
    ),
    Broken(
        "an override for an unknown user",
        *of_schedule(f"overrides: [{{user: bo, replaces: »anna, {SPAN}}}]"),
        'did you mean "ana"?',
    ),
    Broken(
        "an override by the same user",
        *of_schedule(f"overrides: [{{user: bo, replaces: »bo, {SPAN}}}]"),
        "name two people",
    ),
    Broken("a swap of one", *of_schedule(f"swaps: [{{users: »[bo], {SPAN}}}]"), "2"),
    Broken(
        "a swap with oneself", *of_schedule(f"swaps: [{{users: [bo, »bo], {SPAN}}}]"), "two people"
    ),
    Broken(
        "a swap with an unknown user",
        *of_schedule(f"swaps: [{{users: [bo, »anna], {SPAN}}}]"),
        'did you mean "ana"?',
    ),
    Broken(
        "a swap without a zone",
        *of_schedule(
            "swaps: [{users: [bo, ana], starts_at: »2026-12-01T00:00, "
            "ends_at: 2026-12-08T00:00:00Z}]"
        ),
        "has no time zone",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.what.replace(" ", "-"))
def test_each_mistake_is_named_where_it_was_made(tmp_path: Path, case: Broken) -> None:
    assert case.old in SHOP
    marked = SHOP.replace(case.old, case.new, 1)
    with pytest.raises(ConfigError) as raised:
        load(write(tmp_path, marked.replace(MARK, "")), environ=ENVIRON, now=NOW)
    errors = [p for p in raised.value.problems if p.level == "error"]
    assert case.message in errors[0].headline
    assert len(errors) == 1, raised.value.render()
    if MARK in marked:
        before = marked.partition(MARK)[0]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        assert (errors[0].place.line, errors[0].place.column) == (line, column)


def warnings(tmp_path: Path, text: str) -> list[str]:
    found = load(write(tmp_path, text), environ=ENVIRON, now=NOW).warnings
    return [
        one.headline for one in found if "schedules" in one.path and "uses it" not in one.message
    ]


def test_a_gap_is_warned_of_at_its_schedule(tmp_path: Path) -> None:
    hours = "{start_time: '09:00', end_time: '17:00', weekdays: [monday:friday]}"
    (said,) = warnings(tmp_path, text(LAYER + f"        restrictions: [{hours}]\n"))
    line = text().splitlines().index("  primary:") + 1
    assert f"tocsin.yaml:{line}:3: warning: schedules.primary: " in said
    assert "nobody is on call from 2026-11-27 17:00 for 2d16h, and 260 more times" in said


def test_gaps_that_are_meant_are_not_warned_of(tmp_path: Path) -> None:
    ended = text(LAYER + "        ends_at: 2026-12-05\n")
    assert "from 2026-12-05 09:00" in warnings(tmp_path, ended)[0]
    meant = ended.replace("    layers:\n", "    may_have_gaps: true\n    layers:\n", 1)
    assert warnings(tmp_path, meant) == []


def test_a_whole_year_of_nobody_is_said_so(tmp_path: Path) -> None:
    (said,) = warnings(tmp_path, text(LAYER.replace("2026-01-05", "2029-01-05")))
    assert "nobody is on call in the next 12 months" in said


def test_restrictions_that_never_hold_are_warned_of(tmp_path: Path) -> None:
    never = LAYER + "        restrictions: [interval: never]\n"
    given = text(LAYER, never).replace(
        "time_intervals:\n",
        "time_intervals:\n  never: [{days_of_month: [31], months: [february]}]\n",
    )
    (said,) = warnings(tmp_path, given)
    assert "layers[1].restrictions: its restrictions hold at no time" in said


def test_without_an_instant_gaps_are_not_looked_for(tmp_path: Path) -> None:
    given = text(LAYER.replace("2026-01-05", "2029-01-05"))
    found = load(write(tmp_path, given), environ=ENVIRON).warnings
    assert not [one for one in found if "on call" in one.message]
