"""A read document to a :class:`Config`: sections checked, references resolved."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec

from config.binding import Binder, Needed, Secrets
from config.channels import build_channels, build_paces, check_addresses
from config.documents import Document
from config.inputs import build_console, build_inputs
from config.kafka import build_kafka
from config.models.root import RootModel
from config.partial import check_what_is_sound
from config.policy import build_policy
from config.settings import Config
from config.spelling import warn_of_typos
from config.topics import Topics
from config.unused import warn_of_unused
from config.validation import validate
from config.watcher import watched_by
from config.watching import build_watching
from routing.policy import Policy


def build(
    document: Document,
    environ: Mapping[str, str],
    files: tuple[Path, ...],
    *,
    needed: Needed,
    now: datetime | None = None,
) -> Config | None:
    """The configuration, or None; what is wrong, and what is odd, goes into the document."""
    data = {name: value for name, value in document.data.items() if not name.startswith("x-")}
    secrets = Secrets(environ=environ, may_miss=needed != "all")
    binder = Binder(document=document, secrets=secrets)
    root = validate(RootModel, document, (), data)
    if root is None:
        check_what_is_sound(binder, data)
        return None
    console = build_console(root.console)
    watching = build_watching(binder, root)
    policy = build_policy(document, root, console.url, now)
    config = Config(
        digest=_digest(data, policy),
        kafka=build_kafka(document, root.kafka, replace(secrets, may_miss=needed == "none")),
        topics=Topics(root.kafka.topic_prefix),
        inputs=build_inputs(document, root),
        profiles=watching.profiles,
        alerts=watching.alerts,
        profiles_of=watched_by(watching.watchers, {one.name: one.kind for one in root.inputs}),
        watchers=watching.watchers,
        makers=build_channels(binder, root.channels),
        paces=build_paces(root.channels),
        policy=policy,
        console=console,
        files=files,
        calendars=tuple(document.calendars),
    )
    check_addresses(document, root)
    warn_of_typos(document, root)
    warn_of_unused(document, root)
    return config


def _digest(data: Mapping[str, object], policy: Policy) -> str:
    """Of the content as it was meant: order of keys and comments apart, secrets by name only."""
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode())
    for schedule in policy.schedules:
        for layer in schedule.layers:  # what calendars say stands in other files
            digest.update(msgspec.json.encode(layer.shifts) if layer.shifts else b"")
    return digest.hexdigest()
