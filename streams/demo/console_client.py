"""Talks to the console as a browser does: reads its JSON, and presses its buttons."""

import re
from types import TracebackType
from typing import Self
from urllib.parse import quote

import aiohttp
import msgspec

from config.status import WorkerStatus
from routing.incident import Incident

_TOKEN = re.compile(r'name="token"\s+value="([^"]+)"')
_TIMEOUT = aiohttp.ClientTimeout(total=5)


SILENT_AFTER_S = 5.0


class _Word(WorkerStatus, frozen=True, kw_only=True):
    age_s: float = 0.0


class _Status(msgspec.Struct):
    workers: list[_Word] = []


_status = msgspec.json.Decoder(_Status)
_incidents = msgspec.json.Decoder(list[Incident])


class ConsoleAway(Exception):
    """The console did not answer as it should. One line."""


class ConsoleClient:
    """One visitor of the console at `url`, with the cookies it was given."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = aiohttp.ClientSession(
            timeout=_TIMEOUT, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.close()

    async def is_healthy(self) -> bool:
        """True when it answers and shows what the topics say."""
        try:
            async with self._http.get(f"{self._url}/healthz") as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def workers(self) -> tuple[WorkerStatus, ...]:
        """The latest word of every worker that still speaks. Raises ConsoleAway."""
        words = _status.decode(await self._get("/api/status")).workers
        return tuple(word for word in words if word.age_s < SILENT_AFTER_S)

    async def incidents(self) -> tuple[Incident, ...]:
        """All incidents, the newest first. Raises ConsoleAway."""
        return tuple(_incidents.decode(await self._get("/api/incidents")))

    async def acknowledge(self, incident_id: str, by: str) -> None:
        """Open the incident's page and press Acknowledge. Raises ConsoleAway when refused."""
        path = f"/incident/{quote(incident_id, safe='')}"
        found = _TOKEN.search((await self._get(path)).decode())
        if found is None:
            raise ConsoleAway(f"no form on {path}")
        form = {"token": found[1], "by": by}
        await self._post(f"{path}/acknowledge", form)

    async def _get(self, path: str) -> bytes:
        return await self._ask("GET", path, None)

    async def _post(self, path: str, form: dict[str, str]) -> bytes:
        return await self._ask("POST", path, form)

    async def _ask(self, method: str, path: str, form: dict[str, str] | None) -> bytes:
        headers = {"Origin": self._url} if form else {}
        try:
            async with self._http.request(
                method, self._url + path, data=form, headers=headers
            ) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ConsoleAway(f"{path}: {error or type(error).__name__}") from error
        if response.status != 200:
            raise ConsoleAway(f"{method} {path} answered {response.status}")
        return body
