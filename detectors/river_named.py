"""River's classes by their names, made with parameters as a configuration gives them.

A parameter that takes another object of river's is given its name and its parameters, several in a
list for a pipeline:

    predictive_model: {SNARIMAX: {p: 2, d: 0, q: 1}}
    anomaly_detector: [{RBFSampler: {gamma: 8}}, {OneClassSVM: {nu: 0.1}}]

Parameters have river's names and defaults, but a `seed` is 1 where none is given: the same samples
give the same scores always.
"""

import difflib
import functools
import inspect
import operator
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from river import (
    anomaly,
    compose,
    drift,
    feature_extraction,
    forest,
    linear_model,
    neighbors,
    optim,
    preprocessing,
    stats,
    time_series,
    tree,
)

from detectors.river_ranges import Range, range_of

Spec = Mapping[str, Any]

_MODULES = (
    optim.losses, optim.initializers, optim.schedulers, optim, stats, neighbors, preprocessing,
    feature_extraction, linear_model, tree, forest, time_series, drift, anomaly,
)  # fmt: skip
_LEFT_OUT = ("limits", "window")  # values come scaled; nothing is known beforehand
_PLAIN = {"int": int, "float": float, "bool": bool, "str": str}
_SAID = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
_TEXTS = ("by",)
"""Parameters of several types of which text is one; elsewhere text stands for no object."""
_SEED = 1

USUAL: Mapping[str, Spec] = {
    "PredictiveAnomalyDetection": {"predictive_model": {"SNARIMAX": {"p": 3, "d": 0, "q": 1}}},
    "QuantileFilter": {"anomaly_detector": {"GaussianScorer": {}}, "q": 0.999},
    "ThresholdFilter": {"anomaly_detector": {"GaussianScorer": {}}, "threshold": 0.9999},
}
"""Our defaults of parameters that have none in river, or one that is of no use here."""


def _named(modules: Iterable[Any]) -> Iterator[tuple[str, type[Any]]]:
    for module in modules:
        for name in module.__all__:
            found = getattr(module, name, None)
            if inspect.isclass(found) and not inspect.isabstract(found):
                yield name, found


NAMED: Mapping[str, type[Any]] = dict(_named(_MODULES))
"""The classes that a configuration may name; of two of one name the last."""


def signature_of(kind: type[Any]) -> inspect.Signature:
    """The parameters of a class as keywords, with types that can be checked."""
    usual = USUAL.get(kind.__name__, {})
    parameters = [
        parameter.replace(
            kind=inspect.Parameter.KEYWORD_ONLY,
            annotation=_type_of(parameter),
            default=usual.get(name, _SEED if name == "seed" else parameter.default),
        )
        for name, parameter in inspect.signature(kind).parameters.items()
        if name not in _LEFT_OUT
    ]
    required = sorted(parameters, key=lambda p: p.default is not inspect.Parameter.empty)
    return inspect.Signature(required)


def _type_of(parameter: inspect.Parameter) -> Any:
    """What is known of it: of river's types those of plain values; objects may be anything."""
    given = parameter.annotation
    if given is inspect.Parameter.empty:
        kind = type(parameter.default)
        is_count = parameter.name == "window_size"
        return kind if kind in _PLAIN.values() else int | None if is_count else Any
    words = {word.strip() for word in given.split("|")} if isinstance(given, str) else {""}
    if not words <= {*_PLAIN, "None"}:
        return Any
    return functools.reduce(operator.or_, (_PLAIN.get(word) for word in sorted(words)))


def made(kind: type[Any], given: Spec) -> Any:
    """An object of a class. Raises ValueError in one sentence, begun by where: "name: name: "."""
    known = signature_of(kind).parameters
    for name in given:
        if name not in known:
            raise ValueError(f'{kind.__name__} has no parameter "{name}"{meant(name, known)}')
    missing = [name for name, p in known.items() if p.default is p.empty and name not in given]
    if missing:
        raise ValueError(f"{kind.__name__} needs {' and '.join(missing)}")
    seed = {"seed": _SEED} if "seed" in known else {}
    given = {**seed, **USUAL.get(kind.__name__, {}), **given}
    arguments = {
        name: _argument(known[name], value, range_of(kind, name)) for name, value in given.items()
    }
    try:
        return kind(**arguments)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"{kind.__name__} cannot be made of these parameters: {error}") from error


def _argument(parameter: inspect.Parameter, value: Any, numbers: Range | None) -> Any:
    name, hint = parameter.name, parameter.annotation
    if hint in _SAID and not _is_of(value, hint):
        raise ValueError(f"{name}: must be {_SAID[hint]}, not {value!r}")
    if isinstance(parameter.default, Mapping) and not isinstance(value, Mapping | list | tuple):
        raise ValueError(f"{name}: must name a class, like {parameter.default}, not {value!r}")
    if hint is Any and isinstance(value, str) and name not in _TEXTS:
        raise ValueError(f"{name}: must name a class, like {_like(value)}, not {value!r}")
    if numbers is not None and isinstance(value, int | float) and value not in numbers:
        raise ValueError(f"{name}: must be {numbers}, not {value}")
    try:
        return _value(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _like(value: str) -> str:
    """How a class is written that a text may have meant."""
    close = [value] if value in NAMED else difflib.get_close_matches(value, NAMED, n=1)
    return f"{{{close[0] if close else 'NAME'}: {{}}}}"


def _is_of(value: Any, hint: type[Any]) -> bool:
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    return isinstance(value, (int, float) if hint is float else hint)


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
        return compose.Pipeline(*map(_object, value))
    return value


def _object(spec: Spec) -> Any:
    if len(spec) != 1:
        raise ValueError(f"takes one name with its parameters, not {', '.join(spec) or 'nothing'}")
    ((name, given),) = spec.items()
    if name not in NAMED:
        raise ValueError(f'river has no "{name}"{meant(name, NAMED)}')
    try:
        return made(NAMED[name], given or {})
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def meant(name: str, known: Iterable[str]) -> str:
    """What a misspelt name may have been, in brackets; nothing where it is like none."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    close = close or [one for one in known if one.lower() == name.lower()]
    return f' (did you mean "{close[0]}"?)' if close else ""


def docstring_of(kind: type[Any]) -> str:
    """A class's docstring in our form: what it is, and "`parameter`: what it means;" for each."""
    text = inspect.getdoc(kind) or kind.__name__
    first = re.sub(r"\[\^\d+\]|\.$", "", text.splitlines()[0])
    found = dict(_described(text))
    names = signature_of(kind).parameters
    listed = "; ".join(f"`{name}`: {found.get(name, 'as in river')}" for name in names)
    return f"{first}, river's.\n\n{listed}."


def _described(text: str) -> Iterator[tuple[str, str]]:
    """The first sentence about each parameter, of a docstring in numpy's form."""
    after = re.split(r"\n *Parameters\n *-{3,}\n", text)[-1]
    section = re.split(r"\n *\w[^\n]*\n *-{3,}\n", after)[0]
    for _, name, said in re.findall(r"^( *)(\w+)\n((?:\1    .*\n?|\n)+)", section, re.MULTILINE):
        sentence = re.split(r"\.(?: |$)|;", " ".join(said.split()))[0]
        is_name = sentence[1:2].isupper()
        yield name, sentence if is_name else sentence[:1].lower() + sentence[1:]
