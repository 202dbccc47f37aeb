"""A kernel: a loop over columns that is compiled to machine code.

It is an ordinary function of arrays and numbers, for the types that its signature names. numba
compiles it when it is first called, once for all time: what was compiled is kept beside the
sources, under a name that changes with them (numba itself does not see that a function changed
which another one calls). `python -m detectors.kernels` compiles all that are not. Where there is no
numba (it leaves Macs with Intel processors out) kernels run as they are, a hundred times slower.
"""

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from types import FunctionType
from typing import Any, Generic, TypeVar

import numpy as np

R = TypeVar("R")

_HERE = Path(__file__).parent
# A kernel that is called and not inlined counts who holds its arrays, at 10 ns each.
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "forceinline": True}


class Kernel(Generic[R]):
    """A function that is compiled when it is first called; `plain` is the function itself."""

    def __init__(self, signature: str, plain: Callable[..., R], *, trusts: bool = False) -> None:
        """`trusts`: see :func:`kernel`."""
        self.signature = signature
        self.plain = plain
        self.trusts = trusts

    def __call__(self, *args: Any) -> R:
        """Raises TypeError for arguments that do not have the types of the signature."""
        told: R = self.called(*args)
        return told

    def names(self) -> dict[str, Any]:
        """What it names of its module."""
        assert isinstance(self.plain, FunctionType)
        named = self.plain.__code__.co_names
        return {n: told for n, told in self.plain.__globals__.items() if n in named}

    @cached_property
    def called(self) -> Any:
        """What a call runs."""
        return self._looking if self.trusts else self.compiled

    def _looking(self, *args: Any) -> R:
        told: R = self.compiled(*args)
        self.called = _entry(self.compiled)
        return told

    @cached_property
    def compiled(self) -> Any:
        """What numba makes of it, and of the kernels that it calls; itself where none are."""
        numba, plain = _numba(), self.plain
        if not are_compiled():
            return np.errstate(all="ignore")(plain)
        assert isinstance(plain, FunctionType)
        function = FunctionType(plain.__code__, _Names(self.names()), plain.__name__)
        function.__module__, function.__qualname__ = plain.__module__, plain.__qualname__
        return numba.njit(self.signature, **_OPTIONS)(function)


def _entry(compiled: Any) -> Any:
    """What numba calls for the one signature there is; itself where nothing is compiled."""
    versions = list(getattr(compiled, "overloads", {}).values())
    return versions[0].entry_point if versions else compiled


class _Names(dict[str, Any]):
    """What a kernel names. Other kernels are only asked for where it is compiled, not found."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._kernels = {n: told for n, told in names.items() if isinstance(told, Kernel)}
        super().__init__({n: told for n, told in names.items() if n not in self._kernels})

    def __missing__(self, name: str) -> Any:
        return self._kernels[name].compiled


def kernel(signature: str, *, trusts: bool = False) -> Callable[[Callable[..., R]], Kernel[R]]:
    """Make a function of arrays a kernel, by numba's signature of it: `"void(f8[:], f8)"`.

    One that trusts its callers looks at the types of arguments when it is first called, and never
    again, in half the time: for what only those call who made all the arrays that they pass.

    >>> @kernel("f8(f8, f8)")
    ... def hypotenuse(a: float, b: float) -> float:
    ...     return (a * a + b * b) ** 0.5
    >>> hypotenuse.plain(3.0, 4.0)
    5.0
    """

    def made(plain: Callable[..., R]) -> Kernel[R]:
        return Kernel(signature, plain, trusts=trusts)

    return made


def are_compiled() -> bool:
    """Whether kernels are quick: what has another way may do without them otherwise."""
    numba = _numba()
    return numba is not None and not numba.config.DISABLE_JIT


@cache
def _numba() -> Any:
    try:
        import numba  # half a second that whoever judges nothing need not wait
    except ImportError:
        return None
    numba.config.CACHE_DIR = str(directory())  # type: ignore[attr-defined]
    return numba


@cache
def directory() -> Path:
    """Where compiled kernels are kept: beside their sources, or where this user may write."""
    places = [place / f"kernels-{version()}" for place in _places()]
    for place in places:
        with suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            if os.access(place, os.W_OK):
                return place
    return _of_this_process(places)


def _of_this_process(places: Sequence[Path]) -> Path:
    """A place until the process ends, with what others compiled where this user may only read."""
    here = Path(tempfile.mkdtemp(prefix="tocsin-"))
    atexit.register(shutil.rmtree, here, ignore_errors=True)
    for place in places:
        for compiled in place.glob("*/*"):
            mine = here / compiled.relative_to(place.parent)
            with suppress(OSError):
                mine.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(compiled, mine)
    return here / f"kernels-{version()}"


def _places() -> Iterator[Path]:
    yield _HERE / "__pycache__"
    with suppress(RuntimeError):  # a user without a home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tocsin"


@cache
def version() -> str:
    """A hash of all sources of kernels, here and in other packages, and of the interpreter."""
    told = hashlib.sha256(sys.version.encode())
    for source in sorted(_HERE.parents[1].glob("*/kernels/*.py")):
        told.update(source.read_bytes())
    return told.hexdigest()[:12]
