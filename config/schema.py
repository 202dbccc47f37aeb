"""The JSON Schema of the YAML, for editors: completion, and a red line under a typo.

`python -m config.schema > config/tocsin.schema.json` writes the committed one.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from config.channels import GIVEN
from config.models.root import RootModel
from config.models.signature import model_of
from config.stories.models import StoriesModel
from detectors.registry import DETECTORS, MODELS
from routing.channels.registry import CHANNELS

Schema = dict[str, Any]

SCHEMA_FILE = Path(__file__).with_name("tocsin.schema.json")
_PLACEHOLDER = r"\$\{[A-Z_]"
_REF = "#/$defs/{model}"


def json_schema() -> Schema:
    """The schema of a whole configuration; a file of a directory may hold some of its sections."""
    schema = RootModel.model_json_schema(ref_template=_REF, by_alias=True)
    definitions: Schema = schema["$defs"]
    profile = definitions["ProfileModel"]["properties"]
    profile["detectors"] |= _by_name(definitions, DETECTORS)
    profile["model"] |= _by_name(definitions, MODELS) | {"maxProperties": 1}
    definitions["ChannelModel"] = _channels(definitions, definitions["ChannelModel"])
    schema.pop("required", None)  # one file of several holds some of the sections only
    schema["patternProperties"] = {"^x-": {"description": "Yours: a place for YAML anchors."}}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_plain(schema)}


def stories_schema() -> Schema:
    """The schema of a file of stories."""
    schema = StoriesModel.model_json_schema(ref_template=_REF, by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_plain(schema)}


def _by_name(definitions: Schema, constructors: Mapping[str, Callable[..., object]]) -> Schema:
    """A map whose keys are registered names, and whose values are their parameters."""
    properties = {
        name: {"anyOf": [_definition(definitions, name, made), {"type": "null"}]}
        for name, made in constructors.items()
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _channels(definitions: Schema, channel: Schema) -> Schema:
    """A channel is of one of the registered kinds, each with its own parameters."""
    kinds = []
    for kind, made in CHANNELS.items():
        model = model_of(kind, made, without=GIVEN).model_json_schema(ref_template=_REF)
        definitions |= model.pop("$defs", {})
        named = {**channel["properties"]["kind"], "const": kind}
        common = {"kind": named, "pace": channel["properties"]["pace"]}
        model["properties"] = common | model.get("properties", {})
        model["required"] = ["kind", *model.get("required", [])]
        kinds.append(model)
    return {
        "title": "Channel",
        "description": channel["description"],
        "type": "object",
        "required": ["kind"],
        "oneOf": kinds,
    }


def _definition(definitions: Schema, name: str, constructor: Callable[..., object]) -> Schema:
    model = model_of(name, constructor).model_json_schema(ref_template=_REF)
    definitions |= model.pop("$defs", {})
    return model


def _plain(value: Any) -> Any:
    """Without nulls where the loader wants a key left out, and without default: null."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if not isinstance(value, dict):
        return value
    plain = {key: _plain(part) for key, part in value.items() if (key, part) != ("default", None)}
    _allow_placeholder(plain)
    options = plain.get("anyOf")
    if not isinstance(options, list) or options[1:] != [{"type": "null"}]:
        return plain
    if "properties" in options[0]:
        return plain
    del plain["anyOf"]
    return options[0] | plain


def _allow_placeholder(field: Schema) -> None:
    """Let `${NAME}` stand for numbers, truths, and texts of a form: it is filled in on loading."""
    if field.get("type") in {"integer", "number", "boolean"}:
        field |= {"type": [field["type"], "string"], "pattern": _PLACEHOLDER}
    elif isinstance(pattern := field.get("pattern"), str):
        field["pattern"] = f"{pattern}|{_PLACEHOLDER}"


def text() -> str:
    """The schema as the committed file holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
