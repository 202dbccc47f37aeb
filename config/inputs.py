"""Sections `inputs` and `console` as settings."""

from config.documents import Document
from config.mappings import build_mapping
from config.models.inputs import ConsoleModel, InputModel
from config.models.root import RootModel
from config.names import once
from config.settings import ConsoleSettings, Input, Limits, RecordMapping


def build_inputs(document: Document, root: RootModel) -> tuple[Input, ...]:
    """The topics to read; none twice, and none of our own."""
    for key in ("name", "topic"):
        values = [(("inputs", i, key), getattr(item, key)) for i, item in enumerate(root.inputs)]
        once(document, values, key)
    for i, item in enumerate(root.inputs):
        if item.topic.startswith(f"{root.kafka.topic_prefix}."):
            loc = ("inputs", i, "topic")
            message = f'"{item.topic}" is one of Tocsin\'s own topics: change kafka.topic_prefix'
            document.report(document.place_of(loc), loc, message)
    return tuple(
        _input(item, build_mapping(document, ("inputs", i), item))
        for i, item in enumerate(root.inputs)
    )


def _input(item: InputModel, mapping: RecordMapping | None) -> Input:
    durations = {
        f"{name}_s": value.total_seconds()
        for name in ("latest_ahead", "late_after", "expire_after", "behind_alarm", "shed_after")
        if (value := getattr(item, name)) is not None
    }
    return Input(
        name=item.name,
        topic=item.topic,
        format=item.format,
        mapping=mapping,
        kind=item.kind,
        partition_by=tuple(item.partition_by),
        keyed=item.keyed,
        labels=item.labels,
        quantiles=tuple(item.quantiles),
        limits=Limits(**item.limits.model_dump()),
        **durations,
    )


def build_console(console: ConsoleModel) -> ConsoleSettings:
    """Where the console listens, and how people reach it."""
    url = console.url.rstrip("/") or f"http://{_reachable(console.host)}:{console.port}"
    return ConsoleSettings(host=console.host, port=console.port, url=url)


def _reachable(host: str) -> str:
    if host in {"0.0.0.0", "::"}:
        return "localhost"
    return f"[{host}]" if ":" in host else host
