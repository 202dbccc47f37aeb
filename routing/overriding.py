"""Overriding: people who stand in for others, and swap, while the engine runs.

Who was told already stays told; the next level or repeat that asks a schedule sees the override.
"""

from datetime import datetime, timedelta

from routing.board import Board, Handlers
from routing.effect import PublishOverride
from routing.event import RemoveOverride, SetOverride
from routing.oncall.schedule import Override
from routing.policy import Policy

KEPT = timedelta(days=1)  # after its end, so that people see what was


def _set(board: Board, event: SetOverride, now: datetime) -> None:
    override = event.override
    problem = _problem(board.state.policy, override)
    if problem:
        board.explain(now, "override_refused", problem)
        return
    for id_, old in list(board.state.overrides.items()):
        if old.ends_at < now - KEPT:
            del board.state.overrides[id_]
            board.effects.append(PublishOverride(id_))
    board.state.overrides.pop(override.id, None)
    board.state.overrides[override.id] = override
    board.read_overrides()
    board.effects.append(PublishOverride(override.id, override))
    board.explain(now, "override_set", f"Override {override.id}: {said(override)}.")


def _remove(board: Board, event: RemoveOverride, now: datetime) -> None:
    if board.state.overrides.pop(event.id, None) is None:
        board.explain(now, "unknown_override", f"There is no override {event.id}.")
        return
    board.read_overrides()
    board.effects.append(PublishOverride(event.id))
    by = f" by {event.by}" if event.by else ""
    board.explain(now, "override_removed", f"Override {event.id} was taken back{by}.")


def said(override: Override) -> str:
    """What an override does, in words.

    >>> from datetime import UTC
    >>> day = datetime(2026, 11, 27, tzinfo=UTC)
    >>> said(Override(user="bo", starts_at=day, ends_at=day + KEPT, schedule="web"))
    'bo stands in on web from 2026-11-27T00:00:00+00:00 until 2026-11-28T00:00:00+00:00'
    """
    when = f"from {override.starts_at.isoformat()} until {override.ends_at.isoformat()}"
    if override.is_swap:
        return f"{override.user} and {override.replaces} swap on {override.schedule} {when}"
    whom = f" for {override.replaces}" if override.replaces else ""
    return f"{override.user} stands in{whom} on {override.schedule} {when}"


def _problem(policy: Policy, override: Override) -> str:
    """Why an override cannot be kept, or nothing."""
    users = {user.name for user in policy.users}
    unknown = [name for name in (override.user, override.replaces) if name and name not in users]
    if not override.id or not override.user:
        return "An override needs an id and a user."
    if override.schedule not in {schedule.name for schedule in policy.schedules}:
        return f"There is no schedule {override.schedule!r}: override {override.id} is ignored."
    if unknown:
        return f"There is no user {unknown[0]!r}: override {override.id} is ignored."
    if override.ends_at <= override.starts_at:
        return f"Override {override.id} ends before it begins: it is ignored."
    return ""


HANDLERS: Handlers = {SetOverride: _set, RemoveOverride: _remove}
