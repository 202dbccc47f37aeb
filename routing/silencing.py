"""Silencing: silences that people make and end while the engine runs."""

from datetime import datetime

from routing import silences
from routing.board import Board, Handlers
from routing.effect import PublishSilence
from routing.event import ExpireSilence, SetSilence
from routing.policy import Silence
from routing.silences import SilenceState


def _set_silence(board: Board, event: SetSilence, now: datetime) -> None:
    silence = event.silence
    old = board.silences.get(silence.id)
    is_edit = old is not None and silences.state(old, now) is not SilenceState.EXPIRED
    put_silences(board, {**board.state.silences, silence.id: silence}, now)
    text = f"Silence {silence.id} is {'changed' if is_edit else 'set'}"
    if silences.state(silence, now) is SilenceState.PENDING:
        text += f"; it begins at {silence.starts_at.isoformat()}"
    board.explain(now, "silence_set", f"{text}.")


def _expire(board: Board, event: ExpireSilence, now: datetime) -> None:
    id_ = event.id
    silence = board.silences.get(id_)
    if silence is None:
        board.explain(now, "unknown_silence", f"There is no silence {id_}.")
        return
    if silences.state(silence, now) is SilenceState.EXPIRED:
        board.explain(now, "silence_expired", f"Silence {id_} had ended already.")
        return
    put_silences(board, {**board.state.silences, id_: silences.cut(silence, now)}, now)
    board.explain(now, "silence_expired", f"Silence {id_} has ended.")


def put_silences(board: Board, made: dict[str, Silence], now: datetime) -> None:
    """Other silences are in force: look again at every group that one of them mutes."""
    before = board.state.silences
    after = board.state.silences = silences.kept(board.state.policy.silences, made, now)
    board.effects += [PublishSilence(id_) for id_ in before if id_ not in after]
    changed = [s for id_, s in after.items() if before.get(id_) is not s]
    board.effects += [PublishSilence(silence.id, silence) for silence in changed]
    board.read_silences()
    for group in board.groups.muted() if board.compat is None else ():
        group.flush_by(now)
        board.groups.put(group)


def publish_untold(board: Board) -> None:
    """Tell the silences of a state that is older than the telling of silences."""
    if not board.state.silences_published:
        board.effects += [PublishSilence(id_, s) for id_, s in board.state.silences.items()]
        board.state.silences_published = True


HANDLERS: Handlers = {SetSilence: _set_silence, ExpireSilence: _expire}
