"""Every format that the configuration knows has a codec."""

from typing import get_args

import pytest

from config.models.inputs import Format
from config.settings import Input, RecordMapping
from streams.codecs.errors import ErrorRecords
from streams.codecs.registry import FORMATS, codec_for


def test_every_format_of_the_configuration_has_a_codec() -> None:
    assert set(get_args(Format)) == FORMATS.keys()


@pytest.mark.parametrize("name", list(FORMATS))
def test_codec_keeps_to_the_settings_of_its_input(name: str) -> None:
    mapping = RecordMapping(fields=("a",)) if name == "mapping" else None
    codec = codec_for(Input(name="in", topic="in", format=name, mapping=mapping))
    assert codec.decode([], [], now=1.8e9).keys == []
    assert len(codec.decode([b"\x01"], [0], now=1.8e9).bad) == 1


def test_errors_are_read_as_errors_whatever_the_format() -> None:
    assert isinstance(codec_for(Input(name="in", topic="in", kind="errors")), ErrorRecords)
