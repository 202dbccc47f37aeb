"""`tocsin test-notify`: one message that says it is a test, by the way that pages take."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from config.loader import load
from config.settings import Config
from routing.alert import Alert, Severity
from routing.canary import ADVICE, TITLE
from routing.channels.channel import Channel
from routing.forecast import forecast
from routing.incident import Incident, IncidentState, NotifyReason
from routing.notification import Notification
from routing.policy import Contact, Policy
from routing.receipt import DeliveryStatus, Receipt
from streams import clock
from streams.commands.options import ConfigOption, wrong_usage
from streams.commands.remedy import with_remedy

_LONGEST_S = 60.0


def send_test(
    whom: Annotated[
        list[str],
        typer.Argument(metavar="NAME|K=V ...", help="A receiver, a user, or labels of an alert."),
    ],
    config: ConfigOption = Path("tocsin.yaml"),
    is_closed: Annotated[
        bool, typer.Option("--resolve", help="Tell the end as well: closes what the test opened.")
    ] = False,
) -> None:
    """Send one message that is marked as a test, by the real path; exit code 1 if one fails.

    With labels, to whom an alert with them would be told first. PagerDuty pages for a test as for
    anything else.
    """
    loaded = load(config, environ=os.environ, needed="all")
    contacts = contacts_of(loaded.policy, whom)
    raise typer.Exit(0 if asyncio.run(_try(loaded, contacts, is_closed=is_closed)) else 1)


def contacts_of(policy: Policy, whom: list[str]) -> tuple[Contact, ...]:
    """The contacts behind a name, or those that an alert with these labels reaches first."""
    if all("=" in word for word in whom):
        return _reached(policy, dict(word.split("=", 1) for word in whom))
    people = {user.name: user.contacts for user in policy.users}
    named = people | {receiver.name: receiver.contacts for receiver in policy.receivers}
    if len(whom) != 1 or whom[0] not in named:
        wrong_usage(f"there is no receiver or user {' '.join(whom)}: {', '.join(sorted(named))}")
    return named[whom[0]]


def _reached(policy: Policy, labels: dict[str, str]) -> tuple[Contact, ...]:
    now = clock.now()
    alert = Alert(labels=labels, severity=Severity.INFO, starts_at=now)
    told = [told for one in forecast(policy, alert, now) for told in one.told[:1]]
    found = dict.fromkeys(a.contact for each in told for a in each.addressees)
    if not found:
        wrong_usage("an alert with these labels reaches nobody: see tocsin route test")
    return tuple(found)


async def _try(config: Config, contacts: tuple[Contact, ...], *, is_closed: bool) -> bool:
    channels, is_sound = config.channels(), True
    url = config.console.url
    try:
        id_ = f"test-{int(clock.epoch_s())}"
        sending = [
            asyncio.create_task(
                _tell(channels, notification(contact, id=id_, url=url), is_closed=is_closed)
            )
            for contact in contacts
        ]
        for contact, one in zip(contacts, sending, strict=True):
            receipt = await one
            is_sound &= receipt.status is DeliveryStatus.SENT
            typer.echo(_said(receipt, channels[contact.channel].kind))
    finally:
        for channel in channels.values():
            await channel.close()
    return is_sound


async def _tell(
    channels: Mapping[str, Channel], given: Notification, *, is_closed: bool
) -> Receipt:
    receipt = await _send(channels, given)
    if is_closed and receipt.status is DeliveryStatus.SENT:
        return await _send(channels, _ended(given, receipt))
    return receipt


async def _send(channels: Mapping[str, Channel], given: Notification) -> Receipt:
    """As the outbox does it."""
    channel = channels[given.contact.channel]
    message = replace(channel.render(given), at=clock.now())
    return await asyncio.wait_for(channel.send(message), _LONGEST_S)


def _said(receipt: Receipt, kind: str) -> str:
    contact = f"{receipt.contact.channel} {receipt.contact.address}"
    sign = "ok  " if receipt.status is DeliveryStatus.SENT else "FAIL"
    return f"{sign}  {contact}: {receipt.status.value} {with_remedy(kind, receipt.detail)}".rstrip()


def notification(contact: Contact, *, id: str, url: str = "") -> Notification:
    """What is told: an incident of its own, which only this message knows."""
    now = clock.now()
    alert = Alert(
        labels={"tocsin": "test"},
        severity=Severity.INFO,
        starts_at=now,
        annotations={"summary": TITLE, "description": ADVICE},
    )
    incident = Incident(
        id=id,
        group_key="test",
        route="test",
        receiver="test",
        group_labels={"tocsin": "test"},
        severity=Severity.INFO,
        title=TITLE,
        opened_at=now,
        alerts={"test": alert},
    )
    reason = NotifyReason.FIRST
    return Notification(id=id, incident=incident, contact=contact, reason=reason, url=url)


def _ended(given: Notification, receipt: Receipt) -> Notification:
    now = clock.now()
    alerts = {key: replace(one, ends_at=now) for key, one in given.incident.alerts.items()}
    ended = replace(given.incident, state=IncidentState.RESOLVED, resolved_at=now, alerts=alerts)
    return replace(
        given,
        id=f"{given.id}-end",
        incident=ended,
        reason=NotifyReason.RESOLVED,
        sequence=1,
        handle=receipt.handle,
    )
