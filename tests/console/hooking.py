"""A console with hooks, and requests to them that are good."""

import asyncio
from typing import Any

from aiohttp import ClientResponse

from tests.console.answering import (
    ANA,
    BEN,
    NOW,
    Sent,
    channels,
    event,
    jira,
    moved,
    pagerduty,
    pressed,
    slack,
)
from tests.console.scene import (
    Scene,
    Story,
    paged_incident,
    scene,
)

ID = "inc-7f3a9c"


def tell(story: Story, **given_: Any) -> None:
    async def run() -> None:
        ours = {"channels": channels(), "now": lambda: NOW, "users": (ANA, BEN)} | given_
        async with scene(**ours) as stage:
            stage.show(paged_incident())
            await story(stage)

    asyncio.run(run())


async def post(stage: Scene, sent: Sent) -> ClientResponse:
    return await stage.client.post(sent.path, data=sent.body, headers=sent.headers)


def changed(sent: Sent, **headers: str | None) -> Sent:
    kept = {k: v for k, v in (sent.headers | headers).items() if v is not None}
    return sent._replace(headers=kept)  # type: ignore[arg-type]


GOOD = {
    "slack": slack(pressed("acknowledge")),
    "pagerduty": pagerduty(event("acknowledged")),
    "jira": jira(moved()),
}
