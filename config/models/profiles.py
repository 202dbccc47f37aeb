"""Section `profiles`: which series are watched, by which detectors, and how bad it is."""

import re
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from config.durations import DURATION_PATTERN, parse_seconds
from config.errors import Wrong
from config.models.values import Budget, LabelName, MatcherText, Model, Name, Seconds, Text

Severity = Literal["info", "warning", "error", "critical"]
DiscoveriesBy = Literal["lord", "saffron"]
Sensitivity = Literal["low", "normal", "high"]
Parameters = dict[str, Any]  # of a detector: checked against its constructor by config/watching.py


def _by_name(value: object) -> object:
    if isinstance(value, list | str):
        raise Wrong("must be a map of names and parameters, such as {level: {}, jump: {}}")
    return value


ByName = Annotated[dict[str, Parameters | None], BeforeValidator(_by_name)]

_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,199}")
_M_OF_N = re.compile(r"\s*(\d{1,2})\s+of\s+(\d{1,2})\s*", re.ASCII)


def _m_of_n(value: object) -> tuple[int, int]:
    if isinstance(value, tuple):
        return value
    match = _M_OF_N.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise Wrong('must be like "3 of 5": three unusual samples among the last five')
    count, among = int(match[1]), int(match[2])
    if not 1 <= count <= among <= 32:
        raise Wrong("the first number is 1 or more, the second at least the first, at most 32")
    return count, among


def _seconds_or_never(value: object) -> float | None:
    return None if value in {"never", None} else parse_seconds(value)


def _sharers(value: object) -> tuple[str, ...] | None:
    if isinstance(value, tuple) or value in ("series", None):
        return cast(tuple[str, ...] | None, None if value == "series" else value)
    if value == "profile":
        return ()
    names = value if isinstance(value, list) else []
    if not names or not all(isinstance(name, str) and _LABEL.fullmatch(name) for name in names):
        raise Wrong("must be series, profile, or a list of labels such as [service, region]")
    return tuple(names)


Per = Annotated[
    tuple[str, ...] | None,
    PlainValidator(_sharers),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["series", "profile"]},
                {"type": "array", "minItems": 1, "items": {"type": "string"}},
            ]
        }
    ),
]
MOfN = Annotated[
    tuple[int, int],
    PlainValidator(_m_of_n),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\s*\d+\s+of\s+\d+\s*$", "examples": ["3 of 5"]}
    ),
]
SecondsOrNever = Annotated[
    float | None,
    PlainValidator(_seconds_or_never),
    WithJsonSchema(
        {"anyOf": [{"const": "never"}, {"type": "string", "pattern": DURATION_PATTERN}]}
    ),
]


class GradeModel(Model):
    """A severity that an open anomaly rises to."""

    severity: Severity = Field(title="Severity", description="What it becomes.")
    p_below: float | None = Field(
        None,
        gt=0,
        le=1,
        title="p below",
        description="Once the p-value is this small: 1e-9 is far stranger than 1e-6. Unset: any.",
    )
    after: Seconds | None = Field(
        None, title="After", description="Once it has been open for this long. Unset: at once."
    )


class ProfileModel(Model):
    """How one kind of series is watched.

    A series is watched by the first profile without a `model` that matches it, and besides by the
    first one with a `model` that matches it, in the order they are written. The shipped ones come
    after yours.
    """

    name: Name = Field(
        title="Name",
        description="How this profile is called. One by the name of a shipped profile stands in "
        "its place.",
    )
    use: Name | None = Field(
        None,
        title="Use",
        description="A shipped profile from which this one takes what it does not say itself. Of "
        "its matchers those stay whose label this profile does not test.",
    )
    match: list[MatcherText] = Field(
        default_factory=list,
        title="Match",
        description="Tests that must all hold for a series. Besides its labels there are `input` "
        "and `input_kind`, the name and the kind of the input it came by, and `name`, the "
        "metric's name. Empty: every series.",
    )
    detectors: ByName = Field(
        default_factory=dict,
        title="Detectors",
        description="Detectors and their parameters, the most trusted first: it gives the expected "
        "value and the band that people see. Unset, and no model: the default ones.",
    )
    model: ByName = Field(
        default_factory=dict,
        title="Model",
        description="Instead of detectors: one model over several series together.",
    )
    by: list[LabelName] = Field(
        default_factory=list,
        title="By",
        description="With a model: one for each combination of these labels' values.",
    )
    false_alarms: Budget | None = Field(
        None,
        title="False alarms",
        description="The one knob for sensitivity: how many false alarms you accept for each "
        "series in how long. Unset: as `sensitivity` says.",
    )
    per: Per = Field(
        None,
        title="Per",
        description="Who has that budget, or share of false discoveries: each `series`, or "
        "together all series of the `profile`, or all that share the values of the labels that "
        "are listed. Unset: each series.",
    )
    false_discoveries: float | None = Field(
        None,
        gt=0,
        le=0.5,
        title="False discoveries",
        description="Instead of `false_alarms`: the share of anomalies that may be for nothing, of "
        "all series together that `per` names. 0.1: one of ten. Unset: `false_alarms` counts.",
    )
    discoveries_by: DiscoveriesBy | None = Field(
        None,
        title="Discoveries by",
        description="How that share is kept: `lord` (LORD++), or `saffron`, which finds more where "
        "much of what is odd means something. Unset: lord.",
    )
    sensitivity: Sensitivity | None = Field(
        None,
        title="Sensitivity",
        description="A name for a budget of false alarms: low is 1/180d, normal 1/30d, high 1/7d. "
        "Unset: normal.",
    )
    direction: Literal["both", "up", "down"] | None = Field(
        None, title="Direction", description="Which deviations matter. Unset: both."
    )
    min_change: float | None = Field(
        None,
        ge=0,
        title="Smallest change",
        description="A smaller deviation from the expected value, in the unit of the value, never "
        "alarms, however improbable it is; a bound that is crossed does. Unset: 0.",
    )
    min_change_ratio: float | None = Field(
        None,
        ge=0,
        title="Smallest change, as a ratio",
        description="The same as a fraction of the expected value: 0.05 is 5 %. Unset: 0.02.",
    )
    open_after: MOfN | None = Field(
        None,
        title="Open after",
        description='Unusual samples among the last ones that open an anomaly. Unset: "3 of 5".',
    )
    open_at_once: float | None = Field(
        None,
        ge=0,
        le=0.9,
        title="Open at once",
        description="The share of the budget that is for single samples: one so far out that such "
        "come less often than that opens an anomaly without waiting for `open_after`. 0: none "
        "does, nor with `min_duration` or `false_discoveries`, nor by a bound that is set. "
        "Unset: 0.6, or 0 where `open_after` is set.",
    )
    min_duration: Seconds | None = Field(
        None,
        title="Smallest duration",
        description="And the first of them must be at least this old. Unset: 0s.",
    )
    close_after: Seconds | None = Field(
        None,
        title="Close after",
        description="An anomaly closes when nothing was unusual for this long, two samples at "
        "least. Unset: 3m.",
    )
    warm_up: Seconds | None = Field(
        None,
        title="Warm-up",
        description="A new series is only learnt for this long; take a day or more for daily "
        "patterns. Unset: 6h.",
    )
    warm_up_samples: int | None = Field(
        None,
        ge=0,
        title="Warm-up samples",
        description="And for this many samples. Unset: 120.",
    )
    count_every: Seconds | None = Field(
        None,
        title="Count every",
        description="For inputs of kind `errors`: records are counted in bins of this width, and "
        "the counts are what is judged.",
    )
    absent_after: float | None = Field(
        None,
        gt=1,
        title="Absent after",
        description="No data is an anomaly after this many times the usual distance between "
        "samples. Unset: absence is not watched.",
    )
    absent_at_least: Seconds | None = Field(
        None, title="Absent at least", description="But not before this long. Unset: 1m."
    )
    absent_at_most: Seconds | None = Field(
        None,
        title="Absent at most",
        description="Once no data has lasted this long the series counts as gone for good, and its "
        "anomaly closes. Unset: 1d.",
    )
    stuck_after: SecondsOrNever = Field(
        None,
        title="Stuck after",
        description="A value that stands still, in a series whose values hardly ever repeat, is an "
        "anomaly once that is rarer than the budget allows, but not before this long; or `never`. "
        "Unset: 15m.",
    )
    relearn_after: SecondsOrNever = Field(
        None,
        title="Relearn after",
        description="An anomaly that has been open this long is accepted as the new normal, one "
        "that opens again and again as well (time without it counts half against that, an absence "
        "not at all); or "
        "`never`. A series that comes back to its former normal within `memory` opens none. "
        "Unset: 6h.",
    )
    memory: Seconds | None = Field(
        None, title="Memory", description="How far back calibration remembers. Unset: 7d."
    )
    severity: Severity | None = Field(
        None, title="Severity", description="What an anomaly opens with. Unset: warning."
    )
    severities: list[GradeModel] = Field(
        default_factory=list, title="Severities", description="What raises the severity later."
    )
    labels: dict[LabelName, Text] = Field(
        default_factory=dict,
        title="Labels",
        description="Labels added to the alerts of this profile, for routes to match.",
    )
    annotations: dict[LabelName, Text] = Field(
        default_factory=dict,
        title="Annotations",
        description="Texts for people: `summary`, `runbook`. $label is replaced by its value.",
    )
    unit: Text = Field("", title="Unit", description="The unit of the values: ms, %, orders/min.")
