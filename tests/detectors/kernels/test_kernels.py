"""Kernels: compiled they do what the loops say, and what was compiled is found again."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from detectors.anomaly import Anomaly
from detectors.bank import Bank
from detectors.defaults import DEFAULTS
from detectors.kernels import kernel
from detectors.kernels.fetch import Fetch, fetch
from detectors.kernels.loading import kernels
from detectors.profile import Profile

T0, SERIES, SAMPLES = 1_700_000_000.0, 4, 700


def odd_values() -> np.ndarray:
    """Noise with a level shift, a stuck stretch and values that are none; (samples, series)."""
    values = 100 + 5 * np.random.default_rng(3).normal(size=(SAMPLES, SERIES))
    values[300:340, 1] += 200
    values[400:, 2] = 7.0
    values[::50, 3] = [math.nan, math.inf, 1e300, -1e300, 0.0, 5e-324, -math.inf] * 2
    return values


def judged() -> tuple[list[Anomaly], dict[str, np.ndarray]]:
    """What a bank tells of odd values, and all that it keeps of them afterwards."""
    bank = Bank(Profile(name="odd", detectors=DEFAULTS, warm_up_s=1200.0, false_alarms_per_s=1e-5))
    rows = bank.rows([str(i) for i in range(SERIES)])
    told: list[Anomaly] = []
    for step, values in enumerate(odd_values()):
        gap = 7200.0 if step > 550 else 0.0
        told += bank.observe(rows, np.full(SERIES, T0 + 60.0 * step + gap), values, step)
    kept = {
        f"{series} {part} {name}": column
        for series in range(SERIES)
        for part, state in bank.state(str(series)).items()
        for name, column in state.fields().items()
        if part != "picture"
    }
    return told, kept


def test_a_bank_judges_alike_where_nothing_can_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    told, kept = judged()
    assert told, "the data must be odd enough to alarm"
    for one in kernels():
        monkeypatch.setitem(vars(one), "called", np.errstate(all="ignore")(one.plain))
    told_plainly, kept_plainly = judged()
    assert [(a.series, a.opened_at, a.closed_at) for a in told_plainly] == [
        (a.series, a.opened_at, a.closed_at) for a in told
    ]
    for name, column in kept.items():
        np.testing.assert_allclose(kept_plainly[name], column, 2e-3, 1e-4, err_msg=name)


def test_arguments_of_other_types_are_refused_and_nothing_new_is_compiled() -> None:
    half = kernel.kernel("f8(f8[:])")(_first_half)
    assert half(np.array([3.0])) == 1.5
    for other in (np.array(["3"]), np.array([3])):
        with pytest.raises(TypeError):
            half(other)


def test_one_that_trusts_its_callers_looks_at_types_when_it_is_first_called() -> None:
    half = kernel.kernel("f8(f8[:])", trusts=True)(_first_half)
    with pytest.raises(TypeError):
        half(np.array([3]))
    assert [half(np.array([x])) for x in (3.0, 5.0, 7.0)] == [1.5, 2.5, 3.5]
    for other in (3.0, None, np.array([3.0], np.float32)):
        with pytest.raises(TypeError):
            half(other)


def test_nothing_is_compiled_where_numba_is_told_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.config.DISABLE_JIT", 1)
    half = kernel.kernel("f8(f8[:])")(_first_half)
    assert half(np.array([3.0])) == 1.5
    assert half(np.array([3])) == 1.5, "types are only those of what is compiled"
    assert Fetch("", fetch.plain).compiled is fetch.plain


def _first_half(values: np.ndarray) -> float:
    return values[0] * 0.5  # type: ignore[no-any-return]


def test_what_was_compiled_is_found_under_a_name_that_the_sources_give() -> None:
    found = kernel.directory()
    assert found.name == f"kernels-{kernel.version()}"
    assert kernels()[0].compiled.stats.cache_path.startswith(str(found))


def test_what_others_compiled_is_taken_along_where_this_user_may_only_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / f"kernels-{kernel.version()}" / "detectors" / "a.nbi"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"compiled")
    monkeypatch.setattr(kernel, "_places", lambda: [tmp_path])
    monkeypatch.setattr(kernel.os, "access", lambda *_: False)
    ours = kernel.directory.__wrapped__()
    assert ours.name == theirs.parents[1].name
    assert not ours.is_relative_to(tmp_path)
    assert (ours / "detectors" / "a.nbi").read_bytes() == b"compiled"


def test_a_user_without_a_home_compiles_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", _no_home)
    assert [place.name for place in kernel._places()] == ["__pycache__"]


def _no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_commands_that_judge_nothing_do_not_wait_for_the_compiler() -> None:
    imports = "import sys, config.loader, streams.cli; sys.exit('numba' in sys.modules)"
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", imports], cwd=root, check=False).returncode == 0
