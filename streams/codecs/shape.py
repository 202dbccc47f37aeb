"""The shape of a JSON record: where its samples stand, as a mapping or a preset says."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from config.settings import RecordMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a mapping says, and a little that only presets say: several paths, the first wins.

    `is_strict`: what is declared must be there, a timestamp and some number; else a record without
    numbers is a log line among metrics, and one without a timestamp takes that of its Kafka record.
    `whole_names`: series found by a glob are named by their whole path.
    """

    each: str | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timestamps: tuple[str, ...] = ()
    is_strict: bool = False
    whole_names: bool = False
    name: str | None = None
    value: str | None = None
    fields: tuple[str, ...] = ()
    series: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    prefix: str = ""
    counters: tuple[str, ...] = ()
    deltas: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels_from: tuple[str, ...] = ()

    def refined(self, mapping: RecordMapping | None) -> "Shape":
        """The shape with what the mapping says: its fields instead of these, the rest beside."""
        if mapping is None:
            return self
        return replace(
            self,
            where={**self.where, **mapping.where},
            timestamps=(mapping.timestamp,) if mapping.timestamp else self.timestamps,
            fields=mapping.fields or self.fields,
            series={**self.series, **mapping.series},
            drop=self.drop + mapping.drop,
            prefix=mapping.prefix or self.prefix,
            counters=self.counters + mapping.counters,
            deltas=self.deltas + mapping.deltas,
            labels={
                **self.labels,
                **{label: (path,) for label, path in mapping.labels.items()},
            },
            labels_from=self.labels_from + mapping.labels_from,
        )


def shape_of(mapping: RecordMapping) -> Shape:
    """The shape that a mapping alone declares: what it names must be there."""
    declared = Shape(is_strict=True, each=mapping.each, name=mapping.name, value=mapping.value)
    return declared.refined(mapping)
