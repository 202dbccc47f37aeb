"""What things cost: measured figures, each with the command that measures it.

`costs.json` beside this file has them; `python -m bench.costs` writes it anew.
"""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

import msgspec
from msgspec import Struct


class Cost(Struct, frozen=True):
    """One figure, its unit, and how to measure it again."""

    value: float
    unit: str
    command: str


class Costs(Struct, frozen=True):
    """The figures by name, and the machine they are of."""

    machine: str
    figures: dict[str, Cost]

    def __getitem__(self, name: str) -> float:
        """The value of a figure. Raises `KeyError`, which a test keeps from happening."""
        return self.figures[name].value


FLUSHED_ROWS = 10_000  # that `flush.*` are of
PATHS: Mapping[tuple[str, bool], str] = MappingProxyType(
    {
        ("json", False): "small.lz4.rekeyed.cpu",
        ("json", True): "small.lz4.keyed.cpu",
        ("otlp", False): "batched.otlp.rekeyed.cpu",
        ("otlp", True): "batched.otlp.keyed.cpu",
        ("influx", False): "batched.influx.rekeyed.cpu",
        ("influx", True): "batched.influx.keyed.cpu",
    }
)
"""Format, and whether the input is keyed -> samples a second of a core, from record to verdict."""


def read_costs() -> Costs:
    """The costs that come with this version."""
    return msgspec.json.decode(files(__package__).joinpath("costs.json").read_bytes(), type=Costs)


def path_of(format_name: str, *, is_keyed: bool) -> str:
    """The figure for a format; one that was not measured is taken as small JSON, the dearest."""
    measured = format_name if (format_name, is_keyed) in PATHS else "json"
    return PATHS[measured, is_keyed]
