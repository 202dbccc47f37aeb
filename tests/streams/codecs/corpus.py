"""Valid records of every format, to begin with when they are mutated."""

from collections.abc import Mapping, Sequence

from config.settings import Input, Limits, RecordMapping
from streams.codecs.decoded import Codec
from streams.codecs.registry import codec_for
from tests.streams.codecs.binary import BINARY
from tests.streams.codecs.producers import BY_FORMAT, written

MAPPING = RecordMapping(
    each="items",
    where={"$.type": ("metric", "5")},
    timestamp="$.at",
    fields=("load.*", "**.p99", "up"),
    series={"cpu": "cpu.busy"},
    drop=("load.5",),
    counters=("*_total",),
    labels={"host": "$.host.name", "unit": "unit"},
    labels_from=("tags",),
)
_MAPPED = {
    "type": "metric",
    "at": 1_799_999_990,
    "host": {"name": "web1"},
    "items": [
        {"load": {"1": 0.5, "5": 0.4}, "up": True, "hits_total": 5, "unit": "ms"},
        {"cpu.busy": "0.25", "lat": {"a": {"p99": 1.5}}, "tags": {"zone": "a"}},
    ],
}
_ERROR = {"timestamp": "2027-01-15T07:59:50Z", "service": "cart", "type": "Timeout"}

VALID: Mapping[str, Sequence[bytes]] = {**BY_FORMAT, **BINARY}
"""Records of each format that `auto` can recognise."""

CORPUS: Mapping[str, Sequence[bytes]] = {
    **VALID,
    "mapping": [written(_MAPPED)],
    "errors": [written(_ERROR)],
    "auto": [value for values in VALID.values() for value in values],
}
"""Name -> records. `errors` stands for the inputs of that kind."""

NAMES = list(CORPUS)


def made(name: str) -> Codec:
    """A fresh codec for records of that name, with limits that a mutation can reach."""
    limits = Limits(labels=20, label_length=500)
    if name == "errors":
        return codec_for(Input(name="in", topic="in", kind="errors", limits=limits))
    mapping = MAPPING if name == "mapping" else None
    return codec_for(Input(name="in", topic="in", format=name, mapping=mapping, limits=limits))
