"""Profiles become banks' settings, and find their series."""

import inspect
from pathlib import Path

import pytest

from config.documents import Document
from config.models.profiles import ProfileModel
from config.models.signature import described, model_of, parameters
from config.validation import validate
from config.watching import SEVERITIES
from detectors.ewma import Ewma
from detectors.profile import Profile
from detectors.registry import DETECTORS, MODELS
from detectors.series import Series
from routing.alert import Severity
from routing.secret import Secret
from tests.config.samples import SMALL, loaded

PROFILES = """\
profiles:
  - name: checkout
    match: ['service="checkout"', 'input="shop"', 'name=~"latency.*"']
    detectors:
      ewma: {memory: 2m, band: 3}
      threshold:
        upper: 500
    false_alarms: 2/10d
    direction: up
    min_change: 5
    open_after: 4 of 6
    min_duration: 30s
    relearn_after: never
    stuck_after: never
    absent_after: 3
    severity: error
    severities:
      - {severity: critical, p_below: 1e-9, after: 5m}
    unit: ms
    annotations: {summary: "$service is slow"}
    labels: {team: shop}
  - name: together
    match: ['service!=""']
    model: {half_space_trees: {window: 100}}
    by: [service]
  - name: rest
    detectors: {robust: }
"""


def _config(tmp_path: Path):  # type: ignore[no-untyped-def]
    head, _, rest = SMALL.partition("profiles:\n")
    return loaded(tmp_path, head + PROFILES + rest[rest.index("channels:") :])


def test_a_profile_has_what_yaml_says_and_else_its_own_defaults(tmp_path: Path) -> None:
    profile = _config(tmp_path).profiles["checkout"]
    assert profile.detectors[0] == Ewma(memory_s=120.0, band=3.0)
    assert [detector.name for detector in profile.detectors] == ["ewma", "threshold"]
    assert profile.false_alarms_per_s == pytest.approx(2 / (10 * 86400))
    assert (profile.open_samples, profile.open_of, profile.min_duration_s) == (4, 6, 30.0)
    assert (profile.relearn_after_s, profile.absent_after, profile.direction) == (None, 3.0, "up")
    assert profile.stuck_after_s is None
    assert (profile.severity, profile.severities[0].severity) == (2, 3)
    assert profile.severities[0].after_s == 300.0
    defaults = inspect.signature(Profile).parameters
    assert profile.close_after_s == defaults["close_after_s"].default
    assert profile.warm_up_s == defaults["warm_up_s"].default


def test_profiles_that_come_too_late_to_watch_anything_are_warned_of(tmp_path: Path) -> None:
    late = """\
  - {name: slow, match: ['service="checkout"']}
  - {name: again, match: ['service="cart"', 'service!=""'], model: {half_space_trees: }, by: [host]}
  - {name: carts, match: ['host!=""'], model: {half_space_trees: }, by: [host]}
"""
    head, _, rest = SMALL.partition("profiles:\n")
    text = head + PROFILES + late + rest[rest.index("channels:") :]
    warnings = loaded(tmp_path, text).warnings
    assert [(one.path, one.message) for one in warnings] == [
        ("profiles[3].name", "watches nothing: rest, before it, takes whatever it matches"),
        ("profiles[4].name", "watches nothing: together, before it, takes whatever it matches"),
    ]
    assert not _config(tmp_path).warnings


def test_who_says_after_how_many_samples_it_opens_is_told_of_no_single_one(tmp_path: Path) -> None:
    profiles = _config(tmp_path).profiles
    assert profiles["checkout"].open_at_once == 0.0
    assert (
        profiles["rest"].open_at_once
        == inspect.signature(Profile).parameters["open_at_once"].default
        > 0
    )


def test_a_template_says_how_alerts_read(tmp_path: Path) -> None:
    alert = _config(tmp_path).alerts["checkout"]
    assert (alert.unit, alert.labels["team"]) == ("ms", "shop")
    assert alert.annotations == {"summary": "$service is slow"}


@pytest.mark.parametrize(
    ("series", "names"),
    [
        (Series("latency_ms", {"service": "checkout"}), ("checkout", "together")),
        (Series("errors", {"service": "checkout"}), ("rest", "together")),
        (Series("load1", {"host": "a"}), ("rest",)),
    ],
)
def test_a_series_finds_its_first_profile_of_each_kind(
    tmp_path: Path, series: Series, names: tuple[str, ...]
) -> None:
    assert _config(tmp_path).profiles_of("shop", series) == names


def test_the_input_of_a_series_can_be_matched(tmp_path: Path) -> None:
    series = Series("latency_ms", {"service": "checkout", "input": "shop"})
    assert _config(tmp_path).profiles_of("other", series) == ("rest", "together")


def test_every_parameter_of_a_profile_can_be_said_in_yaml() -> None:
    said = {
        **{key: key for key in ProfileModel.model_fields},
        "false_alarms_per": "false_alarms",
        "open_samples": "open_after",
        "open_of": "open_after",
        "shared_by": "per",
    }
    missing = [p.key for p in parameters(Profile) if p.key not in said]
    assert not missing


def test_severities_are_those_of_alerts() -> None:
    assert [severity.value for severity in Severity] == list(SEVERITIES)


@pytest.mark.parametrize("name", [*DETECTORS, *MODELS])
def test_every_parameter_of_a_detector_is_described(name: str) -> None:
    constructor = {**DETECTORS, **MODELS}[name]
    for parameter in parameters(constructor):
        known_by_words = name == "threshold"
        assert known_by_words or described(constructor, parameter.name), parameter.name


class Odd:
    """A constructor with every kind of parameter that YAML can give."""

    def __init__(
        self,
        *,
        token: Secret,
        keys: dict[str, Secret],
        wait_s: float,
        sizes: tuple[int, ...] = (),
        note: str | None = None,
        _inner: int = 0,
    ) -> None:
        """Take them."""


def test_a_signature_becomes_a_section() -> None:
    document = Document()
    given = {
        "token": {"env": "A"},
        "keys": {"x": {"file": "b"}},
        "wait": "2m",
        "sizes": [1, 2],
    }
    checked = validate(model_of("odd", Odd), document, (), given)
    assert checked is not None
    assert checked.model_dump(exclude_unset=True)["wait"] == 120.0
    assert validate(model_of("odd", Odd), document, (), {**given, "wait_s": 2}) is None
    assert 'did you mean "wait"' in document.problems[-1].message
    assert [p.key for p in parameters(Odd)] == ["token", "keys", "wait", "sizes", "note"]
