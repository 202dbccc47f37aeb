"""Every codec on mutated records: none raises, and each record ends in one of the ways it may."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.codecs.decoded import Bad, Decoded, Histogram
from streams.codecs.registry import FORMATS
from tests.streams.codecs.conformance import outcomes, violations
from tests.streams.codecs.corpus import CORPUS, NAMES, made
from tests.streams.codecs.mutation import mutated
from tests.streams.codecs.producers import SECOND

NOW = SECOND + 10.0
LATEST = NOW + 600.0
STAMP = SECOND * 1000
FIXED = [name for name in NAMES if name != "auto"]


def decode(name: str, values: list[bytes | None]) -> Decoded:
    return made(name).decode(values, [STAMP] * len(values), now=NOW)


def test_every_format_has_records_to_mutate() -> None:
    assert FORMATS.keys() <= CORPUS.keys()


@pytest.mark.parametrize("name", FIXED)
def test_valid_records_are_samples(name: str) -> None:
    found = decode(name, list(CORPUS[name]))
    assert not found.bad
    assert violations(found, len(CORPUS[name]), latest=LATEST) == []
    assert outcomes(found, len(CORPUS[name]))["samples"] == len(CORPUS[name])


@pytest.mark.parametrize("name", NAMES)
@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_mutated_records_end_in_a_way_they_may(name: str, seed: int) -> None:
    chance = random.Random(seed)
    values = [mutated(chance, CORPUS[name]) for _ in range(10)]
    assert violations(decode(name, values), len(values), latest=LATEST) == []


@pytest.mark.parametrize("name", FIXED)
@given(st.integers(0, 2**32))
@settings(max_examples=15)
def test_record_is_decoded_alike_whatever_stands_beside_it(name: str, seed: int) -> None:
    chance = random.Random(seed)
    values = [mutated(chance, CORPUS[name]) for _ in range(6)]
    whole = decode(name, values)
    for position, value in enumerate(values):
        alone = decode(name, [value])
        mine = [i for i, at in enumerate(whole.position) if at == position]
        assert alone.keys == [whole.keys[i] for i in mine]
        assert alone.value == [whole.value[i] for i in mine]
        assert alone.at == [whole.at[i] for i in mine]
        assert [bad.reason for bad in alone.bad] == [
            bad.reason for bad in whole.bad if bad.position == position
        ]


FOUND = [  # by bench/fuzz.py
    ("otlp", b"\n\xd8"),
]


@pytest.mark.parametrize(("name", "value"), FOUND)
def test_record_that_once_broke_a_codec_is_a_dead_letter(name: str, value: bytes) -> None:
    found = decode(name, [value])
    assert violations(found, 1, latest=LATEST) == []
    assert len(found.bad) == 1


def _histogram(**changes: object) -> Histogram:
    sound = {
        **{"position": 0, "key": "a", "at": NOW, "start": 0.0, "is_delta": False},
        **{"count": 3.0, "bounds": [1.0, 2.0], "counts": [1.0, 1.0, 1.0]},
    }
    return Histogram(**{**sound, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "found",
    [
        Decoded(keys=["a"], at=[NOW], value=[], position=[0]),
        Decoded(keys=["a"], at=[NOW], value=[1.0], position=[0], start=[0.0]),
        Decoded(keys=["a", "b"], at=[NOW, NOW], value=[1.0, 2.0], position=[1, 0]),
        Decoded(keys=["a"], at=[NOW], value=[1.0], position=[2]),
        Decoded(keys=["a"], at=[0.0], value=[1.0], position=[0]),
        Decoded(keys=["a"], at=[NOW], value=[float("nan")], position=[0]),
        Decoded(keys=["a"], at=[NOW], value=[True], position=[0]),
        Decoded(keys=["\ud800"], at=[NOW], value=[1.0], position=[0]),
        Decoded(keys=["a{x=1}"], at=[NOW], value=[1.0], position=[0]),
        Decoded(bad=[Bad(0, "shape", "x"), Bad(0, "shape", "y")]),
        Decoded(bad=[Bad(9, "shape", "x")]),
        Decoded(bad=[Bad(0, "shape", "")]),
        Decoded(histograms=[_histogram(position=5)]),
        Decoded(histograms=[_histogram(at=0.0)]),
        Decoded(histograms=[_histogram(counts=[1.0])]),
        Decoded(histograms=[_histogram(bounds=[2.0, 1.0])]),
        Decoded(histograms=[_histogram(counts=[1.0, -1.0, 1.0])]),
        Decoded(histograms=[_histogram(bounds=[1.0, float("inf")])]),
    ],
)
def test_the_checks_find_what_must_not_be(found: Decoded) -> None:
    assert violations(found, 2, latest=LATEST)
