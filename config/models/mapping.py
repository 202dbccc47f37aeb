"""Section `mapping` of an input: where samples stand in JSON of any shape."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from config.errors import Wrong
from config.models.values import Form, LabelName, Model


def _path(value: object) -> str:
    text = _parts(value, "a path")
    if "*" in text:
        message = "a path leads to one value and has no star: globs go under `fields`"
        raise Wrong(message, offset=text.index("*"))
    return text


def _glob(value: object) -> str:
    text = _parts(value, "a path or glob")
    if any("**" in part and part != "**" for part in text.split(".")):
        message = "** stands alone between dots, for any number of keys"
        raise Wrong(message, offset=text.index("**"))
    return text


def _parts(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise Wrong(f"must be {what}, such as data.temperature")
    if not value:
        raise Wrong(f"{what} must not be empty")
    offset = 0
    for part in value.split("."):
        if not part:
            raise Wrong(f"{what} has a key between its dots: data.temperature", offset=offset)
        offset += len(part) + 1
    if value == "$":
        raise Wrong("after $. comes a path in the record: $.host")
    return value


def _schema(key: str, *examples: str) -> WithJsonSchema:
    pattern = rf"^{key}(\.{key})*$"
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


def _values(value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise Wrong('must be text or a list of texts: write numbers in quotes, such as "200"')
    return tuple(texts)


PathText = Annotated[
    str, PlainValidator(_path), _schema("[^.*]+", "data.temperature", "@timestamp", "$.host")
]
GlobText = Annotated[str, PlainValidator(_glob), _schema("[^.]+", "load1", "metrics.*", "**")]
NameGlob = Annotated[str, Form(r"[^{}]{1,200}", "a name, or a glob of names such as *_total")]
SeriesName = Annotated[str, Form(r"[^{}\s][^{}]{0,199}", "the name of a series, without braces")]
Prefix = Annotated[str, Form(r"[^{}]{0,200}", "the beginning of a name, without braces")]
Values = Annotated[
    tuple[str, ...],
    PlainValidator(_values),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class MappingModel(Model):
    """Where samples stand in a record.

    A path is keys with dots between them; a key that has dots itself is found as well, and `$.`
    begins a path in the whole record where `each` has chosen a part of it.
    """

    each: PathText | None = Field(
        None,
        title="Each",
        description="Path of a list whose items are read as if each were a record.",
    )
    where: dict[PathText, Values] = Field(
        default_factory=dict,
        title="Where",
        description="Paths and the texts that may stand there; other records are left out, and "
        "are no dead letters.",
    )
    timestamp: PathText | None = Field(
        None,
        title="Timestamp",
        description="Path of the time: seconds, ms, us or ns since 1970, or RFC 3339. Unset: the "
        "time of the Kafka record.",
    )
    name: PathText | None = Field(
        None,
        title="Name",
        description="Path of the name of the series, where `value` has its value.",
    )
    value: PathText | None = Field(
        None, title="Value", description="Path of the value of the series that `name` names."
    )
    fields: list[GlobText] = Field(
        default_factory=list,
        title="Fields",
        description="Paths or globs of numbers. Each is a series, named after its last key, or "
        "after all from the first star on. `*` is one key or part of it, `**` any number of keys.",
    )
    series: dict[SeriesName, PathText] = Field(
        default_factory=dict,
        title="Series",
        description="Names of series, each with the path of its value.",
    )
    drop: list[NameGlob] = Field(
        default_factory=list,
        title="Drop",
        description="Globs of names that are no series: `*_id`. Here, and in the two globs below, "
        "a star is any text, and names are meant as they are before `prefix`.",
    )
    prefix: Prefix = Field(
        "", title="Prefix", description="Put before the name of every series: `app_`."
    )
    counters: list[NameGlob] = Field(
        default_factory=list,
        title="Counters",
        description="Globs of names whose values count up since a start; they become rates.",
    )
    deltas: list[NameGlob] = Field(
        default_factory=list,
        title="Deltas",
        description="Globs of names whose values count since the record before; they become rates.",
    )
    labels: dict[LabelName, PathText] = Field(
        default_factory=dict,
        title="Labels",
        description="Labels of every series, each with the path of its text.",
    )
    labels_from: list[PathText] = Field(
        default_factory=list,
        title="Labels from",
        description="Paths of maps of which every entry is a label.",
    )
