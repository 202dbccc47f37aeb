"""Section `mapping` of an input, checked and as settings."""

from typing import Any

from config.documents import Document, Loc
from config.models.inputs import InputModel
from config.models.mapping import MappingModel
from config.settings import RecordMapping

PRESETS = ("vector", "fluent_bit", "beats", "debezium")
"""The formats that a mapping may refine."""

_OF_ITS_OWN = ("each", "name", "value")  # what a preset knows better


def build_mapping(document: Document, loc: Loc, item: InputModel) -> RecordMapping | None:
    """The mapping of the input at `loc`; what is wrong with it goes into the document."""
    mapping = item.mapping
    if mapping is None:
        if item.format == "mapping":
            message = "needs a mapping that says where samples stand in a record"
            _report(document, (*loc, "format"), message)
        return None
    if item.format != "mapping" and item.format not in PRESETS:
        message = f"goes with the formats mapping, {', '.join(PRESETS)}, not with {item.format}"
        document.report(document.key_of((*loc, "mapping")), (*loc, "mapping"), message)
    _check(document, (*loc, "mapping"), item.format, mapping)
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name in MappingModel.model_fields
        if (value := getattr(mapping, name)) is not None
    }
    return RecordMapping(**given)


def _check(document: Document, loc: Loc, format: str, mapping: MappingModel) -> None:
    if format in PRESETS:
        for name in _OF_ITS_OWN:
            if getattr(mapping, name) is not None:
                message = f"is for the format mapping: {format} knows where this stands"
                document.report(document.key_of((*loc, name)), (*loc, name), message)
        return
    if (mapping.name is None) != (mapping.value is None):
        given, other = ("name", "value") if mapping.value is None else ("value", "name")
        more = "" if given == "name" else ", or write `series: {NAME: PATH}`"
        _report(document, (*loc, given), f'goes with "{other}", which is missing{more}')
    elif mapping.name is None and not mapping.fields and not mapping.series:
        message = "takes nothing: give it `fields`, `series`, or `name` and `value`"
        document.report(document.key_of(loc), loc, message)


def _report(document: Document, loc: Loc, message: str) -> None:
    document.report(document.place_of(loc), loc, message)
