"""A pydantic model of a constructor: its keyword-only parameters as they are written in YAML.

Detectors and channels keep their parameters in their own files; here a signature becomes a section
of the YAML with the same checks, positions and schema as every other section. A parameter named
`half_life_s` is the key `half_life`, and takes a duration; a `Secret` takes `{env: NAME}` or
`{file: PATH}`.
"""

import inspect
import re
import types
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, Field, Strict, create_model

from config.models.values import Duration, Model, Seconds, SecretSource
from routing.secret import Secret


class Parameter(typing.NamedTuple):
    """One keyword parameter: its name in Python, its key in YAML, its type, whether it must be."""

    name: str
    key: str
    hint: Any
    is_required: bool
    default: object


def parameters(
    constructor: Callable[..., object], *, without: Collection[str] = ()
) -> list[Parameter]:
    """The parameters of a constructor that YAML may give."""
    hints = _hints(constructor)
    return [
        Parameter(
            name,
            name.removesuffix("_s"),
            hints.get(name, Any),
            parameter.default is inspect.Parameter.empty,
            parameter.default,
        )
        for name, parameter in inspect.signature(constructor).parameters.items()
        if parameter.kind
        in {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
        and name not in without
        and not name.startswith("_")
    ]


def _hints(constructor: Callable[..., object]) -> Mapping[str, Any]:
    own = typing.get_type_hints(constructor.__init__) if inspect.isclass(constructor) else {}
    return own or typing.get_type_hints(constructor)


def model_of(
    name: str,
    constructor: Callable[..., object],
    *,
    without: Collection[str] = (),
    replacing: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> type[BaseModel]:
    """The model whose fields are the constructor's parameters.

    `replacing` gives another type for a key; `more` adds fields. Unset keys stay out of the
    validated values, so that defaults live in the constructor alone.
    """
    fields: dict[str, Any] = dict(more or {})
    for parameter in parameters(constructor, without=without):
        hint = (replacing or {}).get(parameter.key) or yaml_type(
            parameter.hint, is_seconds=parameter.name.endswith("_s")
        )
        fields[parameter.key] = (hint, _field(constructor, parameter))
    summary = (inspect.getdoc(constructor) or name).splitlines()[0]
    return create_model(name, __base__=Model, __doc__=summary, **fields)


def _field(constructor: Callable[..., object], parameter: Parameter) -> Any:
    title = parameter.key.replace("_", " ").capitalize()
    kind = constructor.__name__ if inspect.isclass(constructor) else "it"
    description = described(constructor, parameter.name) or f"Parameter of {kind}."
    if parameter.is_required:
        return Field(title=title, description=description)
    description += _default_text(parameter)
    return Field(default=None, title=title, description=description)


def _default_text(parameter: Parameter) -> str:
    default = parameter.default
    if isinstance(default, bool):
        return f" Unset: {str(default).lower()}."
    if isinstance(default, int | float):
        return f" Unset: {default:g}{'s' if parameter.name.endswith('_s') else ''}."
    if isinstance(default, str) and default:
        return f" Unset: {default}."
    return ""


def described(constructor: Callable[..., object], name: str) -> str:
    """What a docstring says about a parameter, as "`name`: what it means;".

    >>> class Ewma:
    ...     '''A mean. `half_life_s`: after which time a sample counts half; `band`: its width.'''
    >>> described(Ewma, "half_life_s")
    'After which time a sample counts half.'
    """
    text = " ".join((inspect.getdoc(constructor) or "").split())
    found = re.search(rf"`{name}`(?:, `\w+`)*(?:,? to)?: ([^;]+?)(?:;|\.(?: |$)|$)", text)
    return f"{found[1][:1].upper()}{found[1][1:]}." if found else ""


def yaml_type(hint: Any, *, is_seconds: bool) -> Any:
    """The type that YAML is checked against, for a type in Python."""
    plain = {Secret: SecretSource, timedelta: Duration}
    if hint in plain:
        return plain[hint]
    if hint is float or hint is int:
        return Seconds if is_seconds else hint
    if inspect.isclass(hint) and issubclass(hint, StrEnum):
        return Annotated[hint, Strict(False)]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {Union, types.UnionType}:
        return Union[tuple(yaml_type(part, is_seconds=is_seconds) for part in arguments)]  # noqa: UP007
    if origin is Literal:
        return hint
    inner = [yaml_type(part, is_seconds=is_seconds) for part in arguments if part is not Ellipsis]
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return dict[tuple(inner)]  # type: ignore[misc]
    if inspect.isclass(origin) and issubclass(origin, Sequence | set | frozenset):
        is_pair = origin is tuple and Ellipsis not in arguments
        wanted = tuple[tuple(inner)] if is_pair else list[inner[0]]  # type: ignore[misc,valid-type]
        return Annotated[wanted, Strict(False)]
    return hint
