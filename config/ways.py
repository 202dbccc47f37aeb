"""What an edit changes of the ways to Kafka, to people and to the console.

Of a secret it says where it comes from, never what it is. The address of a webhook may be a secret
as a whole: of addresses in channels it says the host.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import asdict, replace

from config.channels import GIVEN
from config.editing import Fields, level
from config.models.signature import parameters
from config.redact import is_secret, redact
from config.settings import Config
from routing.channels.registry import CHANNELS
from routing.difference import Change, compare, said
from routing.pace import Rate
from routing.secret import Secret
from routing.wording import say

_LOGIN = re.compile(r"(?<=://)[^/?#\s]*@")
_PATH = re.compile(r"(?i)(https?://[^/?#\s]+)[/?#]\S+")


@dataclass(frozen=True, slots=True)
class _Told:
    """A value to compare, and what may be said of it."""

    value: object
    words: str

    def __str__(self) -> str:
        return self.words


def ways_changes(old: Config, new: Config) -> list[Change]:
    """What changes in the sections `kafka` and `console`, and which channels are others."""
    found = [
        *compare("section", *level(_sections(old), _sections(new))),
        *compare("channel", *level(_channels(old), _channels(new))),
    ]
    return [replace(one, details=tuple(map(_distinct, one.details))) for one in found]


def _distinct(detail: tuple[str, str, str]) -> tuple[str, str, str]:
    field, before, after = detail
    return field, before, "another" if after == before else after


def _sections(config: Config) -> Fields:
    kafka = {"topic_prefix": config.topics.prefix, **_fields_of(config.kafka)}
    given = {"kafka": kafka, "console": _fields_of(config.console)}
    folder = config.files[0].parent
    return {name: dict(_told(settings, folder)) for name, settings in given.items()}


def _channels(config: Config) -> Fields:
    return {
        name: {
            key: _Told(one.value, _PATH.sub(r"\1/***", one.words))
            for key, one in _told(_settings(config, name), config.files[0].parent)
        }
        for name in config.makers
    }


def _settings(config: Config, name: str) -> dict[str, Any]:
    """All that a channel is made with, defaults included."""
    maker = config.makers[name]
    kind = next(kind for kind, constructor in CHANNELS.items() if constructor is maker.func)
    defaults = {one.name: one.default for one in parameters(maker.func, without=GIVEN)}
    given = {key: value for key, value in maker.keywords.items() if key not in GIVEN}
    pace = {key: rate for key, rate in asdict(config.paces[name]).items() if key != "is_shared"}
    return {"kind": kind, **defaults, **given, "pace": pace}


def _told(
    settings: Mapping[str, Any], folder: Path, prefix: str = ""
) -> Iterator[tuple[str, _Told]]:
    """The settings that have a value, those within others by `outer.inner`."""
    for name, value in settings.items():
        if is_dataclass(value):
            value = _fields_of(value)
        if isinstance(value, Mapping):
            yield from _told(value, folder, f"{prefix}{name}.")
        elif name.endswith("_s") and isinstance(value, int | float):
            yield prefix + name.removesuffix("_s"), _Told(value, say(timedelta(seconds=value)))
        elif value not in ("", None, ()):
            yield prefix + name, _in_words(prefix + name, value, folder)


def _in_words(key: str, value: object, folder: Path) -> _Told:
    if isinstance(value, Secret):
        return _Told(value.source, redact(value.source))
    if isinstance(value, tuple):
        parts = [_in_words(key, part, folder) for part in value]
        return _Told(tuple(part.value for part in parts), f"[{', '.join(map(str, parts))}]")
    if isinstance(value, Rate):
        return _Told(value, f"{value.count}/{say(value.per)}")
    if isinstance(value, Path):  # as it is written: beside the configuration
        value = value.relative_to(folder) if value.is_relative_to(folder) else value
    if isinstance(value, str):
        words = _LOGIN.sub("***@", redact(" ".join(value.split())))
        return _Told(value, "***" if is_secret(key) else words)
    return _Told(value, said(value))


def _fields_of(settings: Any) -> dict[str, Any]:
    return {one.name: getattr(settings, one.name) for one in fields(settings)}
