"""A configuration of Alertmanager as one of ours, as YAML with comments.

It has no `kafka` and no `inputs`: it is a file for a folder that has them, or to be added to one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from config.alertmanager.notes import Names, Notes
from config.alertmanager.receivers import Receivers
from config.alertmanager.routes import NEVER, Misplaced, matchers_of, route_of
from config.documents import Document
from config.errors import ConfigError, Place, Problem
from config.intervals import build_intervals
from config.matchers import show
from config.models.intervals import IntervalModel
from routing.intervals import TimeInterval
from routing.matching import matches

Node = Mapping[str, Any]
Where = tuple[str | int, ...]

_INTERVAL = ("times", "weekdays", "days_of_month", "months", "years")
_IGNORED = {
    "templates": "templates are not taken over: messages are ours",
    "tracing": "there is no tracing",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """Sections of ours, and what there is to say of them."""

    sections: dict[str, Any]
    notes: Notes


def imported(file: Path, *, is_compat: bool = False) -> Imported:
    """What a file comes to. Raises :class:`ConfigError` where it is no such configuration.

    `is_compat`: with Alertmanager's timing, and without ends where it tells of none.
    """
    data = _read(file)
    try:
        return _sections(data, is_compat=is_compat)
    except Misplaced as wrong:
        raise ConfigError([_problem(file, data, wrong)]) from None


def written(found: Imported) -> str:
    """The sections as YAML, with the notes as comments before them."""
    lines = [f"# {line}".rstrip() for line in _remarks(found.notes)]
    body = StringIO()
    yaml = YAML()
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    for key, section in found.sections.items():
        body.write("\n")
        yaml.dump({key: _plain(section)}, body)
    return "\n".join(lines) + "\n" + body.getvalue()


def _plain(value: Any) -> Any:
    """A copy without what the reader remembers of the text, its comments above all."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def _sections(data: Node, *, is_compat: bool) -> Imported:
    notes, names, intervals = Notes(), Names(), Names()
    defaults = data.get("global") or {}
    receivers = Receivers(defaults, names, notes, is_compat=is_compat)
    told = receivers.read(data.get("receivers") or [])
    times = _intervals(data, intervals, notes)
    tree = route_of(data["route"], _either(names, intervals, told), receivers.null)
    if receivers.null:
        times[NEVER] = [{"years": ["1970"]}]
        said = ", ".join(sorted(receivers.null))
        notes.say("receivers", f"{said}: tells nobody; its routes are quiet by the interval never")
    for key, text in _IGNORED.items():
        if data.get(key):
            notes.say(key, text)
    if "resolve_timeout" in defaults:
        notes.say("global.resolve_timeout", "alerts end when their source says so, or by absence")
    rules = list(_inhibitions(data, notes))
    made = {
        "compat": "alertmanager" if is_compat else None,
        "channels": receivers.channels,
        "receivers": told,
        "route": tree,
        "time_intervals": times,
        "inhibitions": rules,
    }
    return Imported({key: section for key, section in made.items() if section}, notes)


def intervals_of(data: Node) -> tuple[TimeInterval, ...]:
    """The time intervals of a file, by their own names."""
    document = Document()
    given = {
        name: [IntervalModel.model_validate(part) for part in parts]
        for name, parts in _intervals(data, Names(), Notes()).items()
    }
    return build_intervals(document, given)


def _either(names: Names, intervals: Names, told: Mapping[str, Any]) -> Any:
    """Receivers and intervals have names of their own; a route names both."""

    def rename(name: str) -> str:
        ours = names(name)
        return ours if ours in told else intervals(name)

    return rename


def _intervals(data: Node, names: Names, notes: Notes) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key in ("time_intervals", "mute_time_intervals"):
        for i, one in enumerate(data.get(key) or []):
            parts = one.get("time_intervals") or []
            made[names(one["name"])] = [
                _part(part or {}, f"{key}[{i}].time_intervals[{j}]", notes)
                for j, part in enumerate(parts)
            ]
    return made


def _part(part: Node, path: str, notes: Notes) -> dict[str, Any]:
    made = {key: part[key] for key in _INTERVAL if part.get(key)}
    zone = part.get("location")
    if zone == "Local":
        notes.say(path, "Local is the zone of a machine: say which; UTC is taken")
    elif zone and zone != "UTC":
        made["time_zone"] = zone
    return made


def _inhibitions(data: Node, notes: Notes) -> Iterator[dict[str, Any]]:
    for i, rule in enumerate(data.get("inhibit_rules") or []):
        path: Where = ("inhibit_rules", i)
        if not rule:
            notes.say(f"inhibit_rules[{i}]", "is empty: left out")
            continue
        source, target = (matchers_of(rule, f"{side}_", path) for side in ("source", "target"))
        if any(all(matches([one], {}) for one in side) for side in (source, target)):
            notes.say(f"inhibit_rules[{i}]", "has a side that accepts any alert: left out")
        elif source == target:
            notes.say(f"inhibit_rules[{i}]", "has two equal sides and mutes nothing: left out")
        else:
            yield {
                "name": f"rule-{i + 1}",
                "source": [show(one) for one in source],
                "target": [show(one) for one in target],
                **({"equal": list(rule["equal"])} if rule.get("equal") else {}),
            }


def _remarks(notes: Notes) -> Iterator[str]:
    yield "Imported from a configuration of Alertmanager. It goes into a folder beside a file with"
    yield "`kafka` and `inputs`; `tocsin check FOLDER` says what is left to do."
    if notes.secrets:
        yield ""
        yield "Secrets are not copied. Put them into these variables:"
    for variable, paths in notes.secrets.items():
        yield f"  {variable}: now in {', '.join(dict.fromkeys(paths))}"
    if notes.notes:
        yield ""
        yield "What is not as it was:"
    for note in notes.notes:
        yield f"  {note.path}: {note.text}"


def _read(file: Path) -> Any:
    try:
        data = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
        problem = Problem(place=place, path="", message=error.problem or "not YAML")
        raise ConfigError([problem]) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        problem = Problem(place=Place(file, 1, 1), path="", message=f"cannot be read: {reason}")
        raise ConfigError([problem]) from None
    if not isinstance(data, dict) or not isinstance(data.get("route"), dict):
        message = "has no `route`: this is no configuration of Alertmanager"
        raise ConfigError([Problem(place=Place(file, 1, 1), path="", message=message)])
    return data


def _problem(file: Path, data: Any, wrong: Misplaced) -> Problem:
    """The problem at its line and column, as ruamel.yaml noted them."""
    line, column, node = 0, 0, data
    for step in wrong.path:
        if isinstance(node, str):
            break
        places: Any = node.lc
        line, column = places.item(step) if isinstance(step, int) else places.value(step)
        node = node[step]
    text = file.read_text(encoding="utf-8").splitlines()[line]
    is_quoted = text[column : column + 1] in ("'", '"')
    place = Place(file, line + 1, column + 1 + is_quoted + wrong.offset)
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in wrong.path)
    return Problem(place=place, path=path.lstrip("."), message=str(wrong), source=text)
