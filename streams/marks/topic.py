"""The topic of marks, which workers make, and the commands that write marks as well."""

from config.topics import Topics
from streams.topics import Topic


def marks_topic(names: Topics) -> Topic:
    """The topic as it must be."""
    return Topic(names.marks, 1, {"cleanup.policy": "compact"})
