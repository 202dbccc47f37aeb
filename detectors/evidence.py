"""What a round of samples looked like: the numbers from which an anomaly's evidence is made."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.anomaly import Anomaly, Part, Point
from detectors.detector import Floats
from detectors.state import State


class Look(NamedTuple):
    """n samples, judged; `parts` is (detectors, n) of surprise in nats, NaN for no opinion.

    `nats` is what a run of such samples would be worth, `single` what each is worth alone
    (detectors/peaks.py).
    `still`: the nats of the standstill that each is in (detectors/standstill.py).
    """

    at: Floats
    value: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    nats: Floats
    single: Floats
    parts: npt.NDArray[np.float32]
    still: Floats


class Subject(NamedTuple):
    """Whom a message is of: series, profile, the fields of the series' gate, and its picture."""

    series: str
    profile: str
    gate: Mapping[str, Any]
    points: tuple[Point, ...]


def seen(
    subject: Subject, look: Look, i: int, names: list[str], *, stands: State, closed: bool
) -> Anomaly:
    """The message of a sample, the i-th of a round, that changed an anomaly."""
    still, parts = look.still[i], look.parts[:, i]
    is_still = still > 0 and still >= look.nats[i]
    if still > 0:
        names, parts = [*names, "standstill"], np.append(parts, np.float32(still))
    return _message(
        subject,
        closed_at=float(look.at[i]) if closed else None,
        value=float(look.value[i]),
        expected=float(look.expected[i]),
        lower=float(look.lower[i]),
        upper=float(look.upper[i]),
        parts=parts_of(names, parts),
        still_s=float(stands["stood"][i]) if is_still else 0.0,
        longest_s=float(stands["longest"][i]) if is_still else 0.0,
    )


def unseen(subject: Subject, closed_at: float | None) -> Anomaly:
    """The message of an absence: no value, and the silence as the only part."""
    nan = float("nan")
    part = Part("absence", _p_value(subject), 1.0)
    return _message(
        subject,
        closed_at=closed_at,
        value=nan,
        expected=nan,
        lower=nan,
        upper=nan,
        parts=(part,),
    )


def parts_of(names: list[str], nats: npt.NDArray[np.float32]) -> tuple[Part, ...]:
    """Each detector's part; a share is what it holds of the surprise above the usual 1 nat."""
    told = np.where(np.isfinite(nats), np.maximum(nats - 1, 0), 0).astype(np.float64)
    shares = told / max(float(told.sum()), 1e-9)
    return tuple(
        Part(name, float(np.exp(-np.float64(n))), round(float(share), 4))
        for name, n, share in zip(names, nats, shares, strict=True)
        if np.isfinite(n)
    )


def _message(subject: Subject, **told: Any) -> Anomaly:
    return Anomaly(
        series=subject.series,
        profile=subject.profile,
        opened_at=float(subject.gate["opened_at"]),
        severity=int(subject.gate["severity"]),
        at_once=bool(subject.gate["at_once"]),
        p_value=_p_value(subject),
        points=subject.points,
        **told,
    )


def _p_value(subject: Subject) -> float:
    return float(np.exp(-subject.gate["worst"]))
