"""What a round of samples looked like: the numbers from which an anomaly's evidence is made."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.anomaly import Anomaly, Part, Point
from detectors.detector import Floats, Rows

RING = 64
POINT = np.dtype([("at", "f8"), ("value", "f4"), ("lower", "f4"), ("upper", "f4")])
_F4 = 3e38


class Look(NamedTuple):
    """n samples, judged; `parts` is (n, detectors) of surprise in nats, NaN for no opinion."""

    at: Floats
    value: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    nats: Floats
    parts: npt.NDArray[np.float32]


def remember(ring: npt.NDArray[Any], gate: Rows, look: Look) -> None:
    """Put samples into the rings of their rows, in place."""
    place = gate["points"]
    i = np.arange(len(place))
    at = place % RING
    ring["at"][i, at] = look.at
    for field in ("value", "lower", "upper"):
        ring[field][i, at] = np.clip(getattr(look, field), -_F4, _F4)
    after = place + 1
    gate["points"] = np.where(after >= 2 * RING, RING, after)


def points(ring: npt.NDArray[Any], places: int) -> tuple[Point, ...]:
    """A ring's samples, oldest first; `places` is the gate's count."""
    used = ring[:places] if places < RING else np.roll(ring, -(places % RING))
    return tuple(Point(*map(float, point)) for point in used.tolist())


def parts_of(names: list[str], nats: npt.NDArray[np.float32]) -> tuple[Part, ...]:
    """Each detector's part; a share is what it holds of the surprise above the usual 1 nat."""
    told = np.where(np.isfinite(nats), np.maximum(nats - 1, 0), 0).astype(np.float64)
    shares = told / max(float(told.sum()), 1e-9)
    return tuple(
        Part(name, float(np.exp(-np.float64(n))), round(float(share), 4))
        for name, n, share in zip(names, nats, shares, strict=True)
        if np.isfinite(n)
    )


def absence(gate: np.void, *, series: str, profile: str, ring: npt.NDArray[Any]) -> Anomaly:
    """The message of an absence: no value, and the silence as the only part."""
    p = float(np.exp(-gate["worst"]))
    return Anomaly(
        series=series,
        profile=profile,
        opened_at=float(gate["opened_at"]),
        closed_at=None,
        severity=int(gate["severity"]),
        value=float("nan"),
        expected=float("nan"),
        lower=float("nan"),
        upper=float("nan"),
        p_value=p,
        parts=(Part("absence", p, 1.0),),
        points=points(ring, int(gate["points"])),
    )
