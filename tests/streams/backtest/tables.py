"""Tables of samples, as people have them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=5)


def written(path: Path, lines: Iterable[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def values(n: int = 1200, fault: int | None = 1000, seed: int = 1) -> np.ndarray:
    """Noise around 100 that is five times as high for half an hour."""
    found = 100 + 5 * np.random.default_rng(seed).normal(size=n)
    if fault is not None:
        found[fault : fault + 6] *= 5
    return found


def rows(found: Iterable[float], form: str = "%Y-%m-%d %H:%M:%S") -> list[str]:
    return [f"{BEGAN + i * STEP:{form}},{value:.4f}" for i, value in enumerate(found)]


def table(path: Path, **settings: int | None) -> Path:
    """A file of one series with one fault."""
    return written(path, ["timestamp,value", *rows(values(**settings))])
