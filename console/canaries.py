"""What the first page says of canaries: which channels a test went through last, and when."""

from collections.abc import Iterable

from msgspec import Struct

from config.status import CanaryStatus
from console.projection import WorkerView
from console.words import age
from routing.wording import channel


class CanaryRow(Struct, frozen=True, kw_only=True):
    """One address in words."""

    where: str
    said: str
    is_late: bool


def canary_rows(workers: Iterable[WorkerView], now: float) -> list[CanaryRow]:
    """Every address that is tried, by channel; `now` is in epoch seconds."""
    told = [one for w in workers if not w.is_silent for one in w.status.canaries]
    return [_row(one, now) for one in sorted(told, key=lambda one: (one.channel, one.address))]


def _row(one: CanaryStatus, now: float) -> CanaryRow:
    return CanaryRow(
        where=f"{one.address} ({channel(one.channel)})",
        said=_said(one, now),
        is_late=one.is_late,
    )


def _said(one: CanaryStatus, now: float) -> str:
    why = f": {one.detail}" if one.detail else ""
    if one.sent_at is not None:
        return f"sent {age(max(0.0, now - one.sent_at))} ago"
    if one.is_late:
        return f"not sent for {age(max(0.0, now - one.begun_at))}{why}"
    return f"on its way{why}"
