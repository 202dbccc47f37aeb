"""A section bound to a constructor: checked against its signature, then ready to be called."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from config.documents import Document, Loc
from config.models.signature import model_of, parameters
from config.models.values import SecretSource
from config.validation import validate
from routing.secret import Secret

T = TypeVar("T")

_LARGEST_SECRET = 100_000


Needed = Literal["all", "kafka", "none"]  # which secrets must be there


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Where secrets come from. With `may_miss` an absent one is a stand-in and no problem."""

    environ: Mapping[str, str] = field(repr=False)
    may_miss: bool = False

    def resolve(self, document: Document, loc: Loc, source: SecretSource) -> Secret:
        """The secret; if there is none, the problem is noted and a stand-in given."""
        text = self._from_env(source.env) if source.env else self._from_file(document, loc, source)
        said = f"{{env: {source.env}}}" if source.env else f"{{file: {source.file}}}"
        if text:
            document.hide(text)
            return Secret(text, source=said)
        if not self.may_miss:
            loc = (*loc, "env" if source.env else "file")
            document.report(document.place_of(loc), loc, _absent(source))
        return Secret("missing", source=said, is_missing=True)

    def _from_env(self, name: str) -> str:
        return self.environ.get(name, "")

    def _from_file(self, document: Document, loc: Loc, source: SecretSource) -> str:
        base = document.place_of(loc).file.parent
        try:
            content = (base / Path(source.file or "").expanduser()).read_bytes()
            return content[:_LARGEST_SECRET].decode().strip("\r\n")
        except (OSError, ValueError, RuntimeError):
            return ""


def _absent(source: SecretSource) -> str:
    if source.env:
        return f"the environment variable {source.env} is not set"
    return "the file is not there, is empty, or cannot be read"


@cache
def _model(
    kind: str, constructor: Callable[..., object], without: frozenset[str]
) -> type[BaseModel]:
    return model_of(kind, constructor, without=without)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binder:
    """Makes keyword arguments of sections, and calls constructors with them."""

    document: Document
    secrets: Secrets

    def arguments(
        self,
        kind: str,
        constructor: Callable[..., object],
        data: Mapping[str, Any],
        loc: Loc,
        *,
        without: Collection[str] = (),
    ) -> dict[str, Any] | None:
        """Keyword arguments for the constructor, or None with the problems noted."""
        checked = validate(_model(kind, constructor, frozenset(without)), self.document, loc, data)
        if checked is None:
            return None
        return {
            parameter.name: self._plain(getattr(checked, parameter.key), (*loc, parameter.key))
            for parameter in parameters(constructor, without=without)
            if parameter.key in checked.model_fields_set
        }

    def _plain(self, value: Any, loc: Loc) -> Any:
        """The value with secrets resolved and lists made immutable."""
        if isinstance(value, SecretSource):
            return self.secrets.resolve(self.document, loc, value)
        if isinstance(value, dict):
            return {key: self._plain(part, (*loc, key)) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return tuple(self._plain(part, (*loc, i)) for i, part in enumerate(value))
        return value

    def make(
        self, constructor: Callable[..., T], loc: Loc, arguments: Mapping[str, Any]
    ) -> T | None:
        """What the constructor makes; its ValueError becomes a problem where the parameter is."""
        try:
            return constructor(**arguments)
        except (ValueError, TypeError) as error:
            self._blame(loc, str(error), {name: name.removesuffix("_s") for name in arguments})
            return None

    def _blame(self, loc: Loc, message: str, keys: Mapping[str, str]) -> None:
        message = message.splitlines()[0] if message else "will not do"
        for name, key in keys.items():
            if message.startswith((f"{name} ", f"{name}:")):
                loc, message = (*loc, key), message.removeprefix(name).lstrip(": ")
            message = re.sub(rf"\b{re.escape(name)}\b", key, message)
        loc, message = self._within(loc, message)
        self.document.report(self.document.place_of(loc), loc, message)

    def _within(self, loc: Loc, message: str) -> tuple[Loc, str]:
        """A message that begins with keys of nested maps, "p: must be", and where the last is."""
        key, colon, rest = message.partition(": ")
        if colon and (*loc, key) in self.document.places:
            return self._within((*loc, key), rest)
        return loc, message
