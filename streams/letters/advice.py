"""What to do about a dead letter, by its reason."""

from collections.abc import Mapping

_OURS = (
    "Something else than Tocsin wrote to its own topic, or another version did. Run one version "
    "only, and let nobody else write there."
)

ADVICE: Mapping[str, str] = {
    "empty": (
        "The record has no value. A producer that deletes keys of a compacted topic sends "
        "such records: nothing is lost. Else mend the producer."
    ),
    "too_large": "No record of telemetry is so large. Let the producer send smaller batches.",
    "not_json": (
        "The value is no JSON. Look at it below: if it is another format, set `format` of the "
        "input (`tocsin sniff` names it), then retry."
    ),
    "not_protobuf": (
        "The value is no OTLP protobuf. If it is another format, set `format` of the input "
        "(`tocsin sniff` names it), then retry."
    ),
    "not_influx": (
        "A line is no line protocol; the detail tells which. If the record is another format, set "
        "`format` of the input (`tocsin sniff` names it), then retry; else mend the producer."
    ),
    "not_avro": (
        "The value is no Avro of the schema io.prometheus.Metric. If it is another format, set "
        "`format` of the input (`tocsin sniff` names it), then retry."
    ),
    "shape": (
        "The value could be read, but is not built as the format asks for. Set another "
        "`format` for the input, or mend its mapping, then retry; or mend the producer."
    ),
    "missing": (
        "A field that is needed is not there. Mend the input's mapping, then retry; or mend "
        "the producer."
    ),
    "name": (
        "A metric or label has a name that cannot be used: rename it at the producer, or in "
        "the input's mapping, then retry."
    ),
    "labels": (
        "A series has more labels than the input's `limits.labels` allows. Raise that, then "
        "retry; or let the producer send fewer."
    ),
    "label_length": (
        "A name or label is longer than the input's `limits.label_length` allows. Raise that, "
        "then retry; or let the producer send shorter ones."
    ),
    "not_finite": "A value is NaN or infinite, which says nothing. Mend the producer.",
    "timestamp": (
        "The record's time is none, or lies in the future. Where the producer's clock is "
        "right, widen `latest_ahead` of the input, then retry; else mend the clock or the "
        "unit."
    ),
    "too_late": (
        "The record is older than `late_after` of the input allows. Widen that, then retry; a "
        "series that has newer samples by now does not learn from it all the same."
    ),
    "not_samples": _OURS,
    "not_an_event": _OURS,
    "nobody_left": (
        "Of this incident nobody could be told: no address works, or there is none. See in the "
        "console what the channels answered, tell people yourself, and give the policy an address "
        "that works."
    ),
    "never_told": (
        "The incident is over, and who was told of it could not be told that: the channel refused "
        "it, or did not take it for a day. See in the console what the channel answered."
    ),
    "not_a_notification": _OURS,
}

_ELSE = "Look at the value below, mend the input or the producer, then retry."


def advice(reason: str) -> str:
    """What to do about letters of a reason."""
    return ADVICE.get(reason, _ELSE)
