"""Jira again: an issue that was closed not long ago is opened again rather than made anew."""

from datetime import timedelta
from typing import Any, Literal

from jira import JIRA
from msgspec import Struct

_OPEN = ("indeterminate", "new")  # the categories of a status to go back to, the better first


class Again(Struct, frozen=True, kw_only=True):
    """Which closed issues are opened again: none where `within` is nothing.

    `transition` is the id or name of the one to take, else the first that leads out of a "done"
    status. An issue with the resolution `wont_fix` stays closed, and none is made in its place.
    """

    within: timedelta = timedelta(0)
    transition: str = ""
    wont_fix: str = ""


class Closed(Struct, frozen=True):
    """An issue that was closed within the time, and how people decided about it."""

    key: str
    decision: Literal["open it again", "leave it"]


def closed(client: JIRA, project: str, label: str, again: Again) -> Closed | None:
    """The issue with this label that was closed last, if not too long ago."""
    minutes = int(again.within.total_seconds() // 60)
    if minutes <= 0:
        return None
    query = (
        f'project = "{project}" AND labels = "{label}" AND statusCategory = Done '
        f'AND resolutiondate >= "-{minutes}m" ORDER BY resolutiondate DESC'
    )
    found = client.search_issues(query, maxResults=1, fields="resolution", json_result=True)
    issues = found.get("issues") if isinstance(found, dict) else None
    if not issues:
        return None
    resolution = ((issues[0].get("fields") or {}).get("resolution") or {}).get("name", "")
    is_refused = bool(again.wont_fix) and resolution.casefold() == again.wont_fix.casefold()
    return Closed(str(issues[0]["key"]), "leave it" if is_refused else "open it again")


def reopen(client: JIRA, key: str, label: str, again: Again) -> bool:
    """Open it again, under the label of its new incident; False where its workflow has no way."""
    way = way_back(client.transitions(key), again.transition)
    if not way:
        return False
    client.issue(key, fields="labels").add_field_value("labels", label)
    client.transition_issue(key, way)
    return True


def way_back(ways: list[dict[str, Any]], wanted: str) -> str:
    """The id of the transition that opens an issue again, or nothing.

    >>> way_back([{"id": "5", "to": {"statusCategory": {"key": "new"}}}], "")
    '5'
    """
    for way in ways:
        if wanted and wanted in (way.get("id"), way.get("name")):
            return str(way["id"])
    for category in _OPEN:
        for way in ways:
            if ((way.get("to") or {}).get("statusCategory") or {}).get("key") == category:
                return str(way["id"])
    return ""
