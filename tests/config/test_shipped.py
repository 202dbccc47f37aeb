"""The profiles that come with Tocsin: which metrics they take, and how yours build on them."""

from pathlib import Path

import pytest

from config.binding import Binder, Secrets
from config.loader import load
from config.sensitivity import BUDGETS
from config.settings import Config
from config.shipped import SHIPPED_FILE, shipped
from config.watching import build_profiles
from detectors.series import Series
from tests.config.metrics import NAMES
from tests.config.samples import ENVIRON, SMALL, loaded, problems, refused, write
from tests.config.test_schema import faults

_HEAD, _, _REST = SMALL.partition("profiles:\n")
_TAIL = _REST[_REST.index("channels:") :]
ERRORS = "  - {name: shop-errors, topic: shop.errors, kind: errors}\n"


def _text(profiles: str = "") -> str:
    return _HEAD + ERRORS + profiles + _TAIL


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return loaded(tmp_path_factory.mktemp("bare"), _text())


@pytest.mark.parametrize(
    ("name", "profile"), [(name, profile) for profile, names in NAMES.items() for name in names]
)
def test_a_metric_by_its_usual_name_has_its_profile(bare: Config, name: str, profile: str) -> None:
    assert bare.profiles_of("shop", Series(name, {"service": "cart"})) == (profile,)


def test_the_table_has_every_profile_that_goes_by_names() -> None:
    names = {profile.name for profile in shipped().profiles}
    assert names - {"error-records"} == set(NAMES)
    assert sum(map(len, NAMES.values())) > 60


def test_records_of_errors_are_counted(bare: Config) -> None:
    (name,) = bare.profiles_of("shop-errors", Series("errors", {"service": "cart"}))
    assert (name, bare.profiles[name].count_every_s) == ("error-records", 60.0)


def test_without_a_profile_everything_is_watched(bare: Config) -> None:
    assert not bare.warnings
    assert list(bare.profiles) == [profile.name for profile in shipped().profiles]
    assert bare.profiles_of("shop", Series("никто", {})) == ("default",)
    assert bare.profiles["default"].detectors[0].name == "seasonal"


def test_the_shipped_file_is_right_and_fits_the_schema() -> None:
    own = shipped().document
    binder = Binder(document=own, secrets=Secrets(environ={}))
    assert len(build_profiles(binder, shipped().profiles)) == len(shipped().profiles)
    assert not own.problems
    assert not faults(SHIPPED_FILE.read_text())


def test_your_profiles_are_tried_first(tmp_path: Path) -> None:
    config = loaded(
        tmp_path, _text("profiles: [{name: cart, match: ['service=\"cart\"'], warm_up: 1d}]\n")
    )
    assert config.profiles_of("shop", Series("latency_ms", {"service": "cart"})) == ("cart",)
    assert config.profiles_of("shop", Series("latency_ms", {"service": "db"})) == ("latency",)


def test_after_a_profile_that_takes_everything_there_are_no_shipped_ones(tmp_path: Path) -> None:
    config = loaded(tmp_path, _text("profiles: [{name: all}]\n"))
    assert list(config.profiles) == ["all"]


def test_a_model_that_takes_everything_leaves_the_shipped_ones(tmp_path: Path) -> None:
    profiles = "profiles: [{name: all, model: {half_space_trees: {}}, by: [service]}]\n"
    config = loaded(tmp_path, _text(profiles))
    found = config.profiles_of("shop", Series("latency_ms", {"service": "db"}))
    assert found == ("latency", "all")


def test_they_can_be_switched_off(tmp_path: Path) -> None:
    text = _text("shipped_profiles: false\n" + "profiles:\n" + SMALL_PROFILE)
    config = loaded(tmp_path, text)
    assert list(config.profiles) == ["cart"]
    assert config.profiles_of("shop", Series("latency_ms", {"service": "db"})) == ()


SMALL_PROFILE = """\
  - name: cart
    use: latency
    match: ['service="cart"']
    min_change_ratio: 0.5
"""


def test_use_takes_what_a_profile_does_not_say(tmp_path: Path) -> None:
    config = loaded(tmp_path, _text("profiles:\n" + SMALL_PROFILE))
    cart, latency = config.profiles["cart"], config.profiles["latency"]
    assert (cart.min_change_ratio, latency.min_change_ratio) == (0.5, 0.1)
    assert cart.direction == latency.direction == "up"


@pytest.mark.parametrize(
    ("matcher", "series", "name"),
    [
        ('service="cart"', Series("latency_ms", {"service": "cart"}), "cart"),
        ('service="cart"', Series("orders_per_min", {"service": "cart"}), "traffic"),
        ('name="slowness"', Series("slowness", {}), "cart"),
        ('name="slowness"', Series("latency_ms", {}), "latency"),
    ],
    ids=["its own label", "not its names", "its own name", "no longer the shipped names"],
)
def test_use_keeps_the_matchers_of_labels_that_the_profile_does_not_test(
    tmp_path: Path, matcher: str, series: Series, name: str
) -> None:
    profile = SMALL_PROFILE.replace('service="cart"', matcher)
    assert loaded(tmp_path, _text("profiles:\n" + profile)).profiles_of("shop", series) == (name,)


def test_a_profile_by_a_shipped_name_stands_in_its_place(tmp_path: Path) -> None:
    profiles = "profiles: [{name: default, use: default, false_alarms: 1/90d}]\n"
    config = loaded(tmp_path, _text(profiles))
    assert list(config.profiles) == ["default"]  # it takes everything, and stands first
    profiles = "profiles: [{name: latency, use: latency, false_alarms: 1/90d}]\n"
    config = loaded(tmp_path, _text(profiles))
    assert list(config.profiles).count("latency") == 1
    assert config.profiles["latency"].false_alarms_per_s == pytest.approx(1 / (90 * 86400))
    assert not config.warnings


def test_a_shipped_name_without_use_is_warned_of(tmp_path: Path) -> None:
    text = _text("profiles: [{name: latency, match: ['service=\"cart\"']}]\n")
    (warning,) = problems(tmp_path, text)
    assert "`use: latency`" in warning.message
    assert warning.level == "warning"


def test_an_unknown_use_is_named_where_it_stands(tmp_path: Path) -> None:
    error = refused(tmp_path, _text("profiles:\n  - name: cart\n    use: latencies\n"))
    (problem,) = error.problems
    assert 'did you mean "latency"?' in problem.message
    assert problem.place.column == len("    use: ") + 1


def test_nothing_watched_is_a_mistake(tmp_path: Path) -> None:
    error = refused(tmp_path, _text("shipped_profiles: false\n"))
    assert "nothing is watched" in error.render()


@pytest.mark.parametrize(("word", "days"), [("low", 180), ("normal", 30), ("high", 7)])
def test_sensitivity_is_a_budget(tmp_path: Path, word: str, days: int) -> None:
    config = loaded(tmp_path, _text(f"profiles: [{{name: all, sensitivity: {word}}}]\n"))
    assert config.profiles["all"].false_alarms_per_s == pytest.approx(1 / (days * 86400))
    assert BUDGETS[word] == f"1/{days}d"  # type: ignore[index]


@pytest.mark.parametrize(
    ("per", "shared_by"),
    [("series", None), ("profile", ()), ("[service]", ("service",)), ("[a, b]", ("a", "b"))],
)
def test_a_budget_is_that_of_each_series_or_of_many_together(
    tmp_path: Path, per: str, shared_by: tuple[str, ...] | None
) -> None:
    config = loaded(tmp_path, _text(f"profiles: [{{name: all, per: {per}}}]\n"))
    assert config.profiles["all"].shared_by == shared_by


@pytest.mark.parametrize("per", ["group", "[]", "7", "['a b']"])
def test_nobody_else_may_share_a_budget(tmp_path: Path, per: str) -> None:
    (problem,) = refused(tmp_path, _text(f"profiles: [{{name: all, per: {per}}}]\n")).problems
    assert problem.path == "profiles[0].per"
    assert "must be series, profile, or a list of labels" in problem.message


def test_a_sensitivity_that_contradicts_the_budget_is_refused(tmp_path: Path) -> None:
    profile = "profiles:\n  - {name: all, false_alarms: 1/7d, sensitivity: low}\n"
    (problem,) = refused(tmp_path, _text(profile)).problems
    assert "low is `false_alarms: 1/180d`" in problem.message
    assert problem.path == "profiles[0].sensitivity"


def test_false_discoveries_are_those_of_an_owner(tmp_path: Path) -> None:
    said = "use: latency, false_discoveries: 0.1, discoveries_by: saffron, per: [service]"
    profile = loaded(tmp_path, _text(f"profiles: [{{name: all, {said}}}]\n")).profiles["all"]
    assert (profile.false_discoveries, profile.discoveries_by) == (0.1, "saffron")
    assert profile.shared_by == ("service",)


@pytest.mark.parametrize(
    ("said", "key", "message"),
    [
        ("false_discoveries: 0.1", "false_discoveries", "say of which series together"),
        ("false_discoveries: 0.1, per: series", "false_discoveries", "per: profile"),
        ("false_discoveries: 2, per: profile", "false_discoveries", "0.5"),
        ("discoveries_by: lord, per: profile", "discoveries_by", "does not have"),
        ("discoveries_by: bh, false_discoveries: 0.1, per: profile", "discoveries_by", "lord"),
        ("false_discoveries: 0.1, per: profile, sensitivity: low", "sensitivity", "in place of"),
        ("false_discoveries: 0.1, per: profile, false_alarms: 1/1d", "false_alarms", "in place of"),
    ],
)
def test_what_is_wrong_with_false_discoveries_is_said_where_it_stands(
    tmp_path: Path, said: str, key: str, message: str
) -> None:
    (problem,) = refused(tmp_path, _text(f"profiles: [{{name: all, {said}}}]\n")).problems
    assert problem.path == f"profiles[0].{key}"
    assert message in problem.message


@pytest.mark.parametrize("own", ["false_alarms: 1/1d", "sensitivity: high"])
def test_ones_own_budget_replaces_an_inherited_one(tmp_path: Path, own: str) -> None:
    config = loaded(tmp_path, _text(f"profiles: [{{name: all, use: counters, {own}}}]\n"))
    assert config.profiles["all"].false_alarms_per_s > 1 / (8 * 86400)


def test_a_folded_text_is_one_line_without_marks(tmp_path: Path) -> None:
    text = _text("profiles: [{name: all}]\n").replace(
        "comment: The provider moves.", "comment: >-\n      The provider\n      moves."
    )
    config = load(write(tmp_path, text), environ=ENVIRON)
    assert config.policy.silences[0].comment == "The provider moves."
