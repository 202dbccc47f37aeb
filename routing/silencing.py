"""Silencing: silences that people make and end while the engine runs."""

from datetime import datetime

from routing import silences
from routing.desk import Desk, Handlers
from routing.event import ExpireSilence, SetSilence
from routing.policy import Silence
from routing.silences import SilenceState


def _set_silence(desk: Desk, event: SetSilence, now: datetime) -> None:
    silence = event.silence
    old = desk.silences.get(silence.id)
    is_edit = old is not None and silences.state(old, now) is not SilenceState.EXPIRED
    put_silences(desk, {**desk.state.silences, silence.id: silence}, now)
    text = f"Silence {silence.id} is {'changed' if is_edit else 'set'}"
    if silences.state(silence, now) is SilenceState.PENDING:
        text += f"; it begins at {silence.starts_at.isoformat()}"
    desk.explain(now, "silence_set", f"{text}.")


def _expire(desk: Desk, event: ExpireSilence, now: datetime) -> None:
    id_ = event.id
    silence = desk.silences.get(id_)
    if silence is None:
        desk.explain(now, "unknown_silence", f"There is no silence {id_}.")
        return
    if silences.state(silence, now) is SilenceState.EXPIRED:
        desk.explain(now, "silence_expired", f"Silence {id_} had ended already.")
        return
    put_silences(desk, {**desk.state.silences, id_: silences.cut(silence, now)}, now)
    desk.explain(now, "silence_expired", f"Silence {id_} has ended.")


def put_silences(desk: Desk, made: dict[str, Silence], now: datetime) -> None:
    """Other silences are in force: look again at every group that one of them mutes."""
    desk.state.silences = silences.kept(desk.state.policy.silences, made, now)
    desk.read_silences()
    for group in desk.groups.muted() if desk.compat is None else ():
        group.flush_by(now)
        desk.groups.put(group)


HANDLERS: Handlers = {SetSilence: _set_silence, ExpireSilence: _expire}
