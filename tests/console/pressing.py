"""Forms sent as a browser sends them."""

import re
from typing import Any

from aiohttp import ClientResponse

from tests.console.scene import Scene


async def token(stage: Scene, page: str) -> str:
    """The token that the forms of a page carry."""
    found = re.search(r'name="token" value="(\w+)"', await stage.text(page))
    assert found
    return found[1]


async def send(stage: Scene, page: str, path: str, **changes: Any) -> ClientResponse:
    """Send a form of a page, with some things changed."""
    origin = changes.pop("origin", stage.origin)
    fields = {"token": changes.pop("token", None) or await token(stage, page), "by": "Ana Reis"}
    headers = {} if origin is None else {"Origin": origin}
    return await stage.client.post(
        path, data={**fields, **changes}, headers=headers, allow_redirects=False
    )


FOREIGN: tuple[dict[str, Any], ...] = (
    {"token": "0" * 64},
    {"origin": "https://evil.example"},
    {"origin": None},
    {"by": " \u202e\x00 "},
)
"""What makes a form one that is not ours, or that nobody signs."""
