"""`tocsin doctor`: whether Kafka and the channels would do what is asked of them."""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import typer
from msgspec.structs import replace

from config.loader import load
from config.probe import find_fault
from config.settings import Config
from routing.channels.channel import Channel
from routing.channels.diagnosis import Examined, Finding
from routing.policy import Policy
from streams.canaries import canary_findings
from streams.commands.options import ConfigOption
from streams.commands.remedy import with_remedy

_SIGNS = {"good": "ok  ", "bad": "FAIL", "unsure": "?   "}


class Line(NamedTuple):
    """What was found of one thing."""

    what: str
    finding: Finding


def doctor(config: ConfigOption = Path("tocsin.yaml")) -> None:
    """Check Kafka and every channel, credentials and addresses, and tell nobody anything.

    Exit code 1 if something is wrong, with what to do.
    """
    loaded = load(config, environ=os.environ, needed="all")
    raise typer.Exit(0 if asyncio.run(_examine(loaded)) else 1)


async def _examine(config: Config) -> bool:
    is_sound = True
    async for line in lines(config):
        is_sound &= line.finding.health != "bad"
        typer.echo(f"{_SIGNS[line.finding.health]}  {line.what}: {line.finding.text}")
    return is_sound


async def lines(config: Config) -> AsyncIterator[Line]:
    """What is found, in the order of the configuration; all is asked at once."""
    channels, known = config.channels(), addresses(config.policy)
    asking = {
        name: asyncio.create_task(_findings(channel, known.get(name, ())))
        for name, channel in channels.items()
    }
    fault = await find_fault(config.kafka)
    good = f"{config.kafka.bootstrap} answers"
    found = Finding("", "bad", fault.text) if fault else Finding("", "good", good)
    yield Line("kafka", found)
    for name, channel in channels.items():
        for finding in await asking[name]:
            text = with_remedy(channel.kind, finding.text)
            yield Line(f"{name} {finding.about}".rstrip(), replace(finding, text=text))
        await channel.close()
    if fault is None:
        async for finding in canary_findings(config):
            yield Line(f"canary {finding.about}".rstrip(), finding)


def addresses(policy: Policy) -> Mapping[str, Collection[str]]:
    """The addresses that the policy knows, by channel, in their order."""
    found: dict[str, dict[str, None]] = {}
    told = [receiver.contacts for receiver in policy.receivers]
    told += [user.contacts for user in policy.users]
    for contact in (contact for contacts in told for contact in contacts):
        found.setdefault(contact.channel, {})[contact.address] = None
    return {channel: tuple(some) for channel, some in found.items()}


async def _findings(channel: Channel, known: Collection[str]) -> list[Finding]:
    if not isinstance(channel, Examined):
        return [Finding("", "unsure", "cannot be looked into; tocsin test-notify tries it")]
    return await channel.diagnose(known)
