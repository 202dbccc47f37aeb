"""A class of river's with its parameters: what detectors and models of it have in common."""

import inspect
from collections.abc import Iterator
from typing import Any, ClassVar

from river import anomaly, compose, feature_extraction
from river.__version__ import __version__ as river_version

from detectors.river_named import docstring_of, made, meant, signature_of
from detectors.river_saved import dump, load, settle

VERSION = ".".join(river_version.split(".")[:2])
"""Of river; state of another is not read."""

_FAILS = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)


class OfRiver:
    """Raises ValueError where parameters do not fit, or where what they make cannot be saved."""

    name: ClassVar[str]
    kind: ClassVar[type[Any]]

    def __init__(self, **given: Any) -> None:
        known = signature_of(self.kind).parameters
        for name in given:
            if name not in known:
                raise ValueError(f'{self.name} has no parameter "{name}"{meant(name, known)}')
        self.given = {n: given.get(n, p.default) for n, p in known.items()}
        self.chosen = given
        model = self._made()
        try:
            settle(model)
            self.probe(model)
            load(dump(model))
        except _FAILS as error:
            raise ValueError(
                f"{self.name} cannot be used with these parameters: {error}"
            ) from error

    def probe(self, model: Any) -> None:
        """Teach a model a little, so that what would fail later fails now."""
        raise NotImplementedError

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.given.items())
        return f"{self.name}(river={VERSION}, {given})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and repr(other) == repr(self)

    def __hash__(self) -> int:
        return hash(repr(self))

    def make(self) -> Any:
        """A model that has seen nothing."""
        model = self._made()
        settle(model)
        return model

    def _made(self) -> Any:
        model = made(self.kind, self.chosen)
        if self.kind is anomaly.OneClassSVM:  # a plane through scaled values tells little
            sampler = feature_extraction.RBFSampler(gamma=8.0, seed=1)
            return compose.Pipeline(sampler, model)
        return model


def named(base: type[Any], kind: type[Any]) -> type[Any]:
    """A class of ours for a class of river's, with its parameters as keywords."""

    def begin(self: Any, **given: Any) -> None:
        base.__init__(self, **given)

    signature = signature_of(kind)
    begin.__annotations__ = {n: p.annotation for n, p in signature.parameters.items()}
    said: dict[str, Any] = {
        "__init__": begin,
        "__signature__": signature,
        "__doc__": docstring_of(kind),
        "__module__": base.__module__,
        "kind": kind,
        "name": f"river.{kind.__name__}",
    }
    made_of: type[Any] = type(kind.__name__, (base,), said)
    return made_of


def anomaly_models() -> Iterator[type[Any]]:
    """The classes of `river.anomaly`, as river lists them."""
    for name in anomaly.__all__:
        kind = getattr(anomaly, name)
        if inspect.isclass(kind):
            yield kind
