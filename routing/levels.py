"""Levels: whom one asks at an instant, by its targets, their turns and all conditions."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from routing.condition import Occasion, why_not
from routing.directory import Addressee, Answer, Directory
from routing.policy import Level, Target
from routing.wording import channel


class Asked(Struct, frozen=True, kw_only=True):
    """Whom a level asks. `left_out` says who is not asked because a condition does not hold.

    `is_left_out`: a condition, and nothing else, leaves nobody. `turn` is whose turn it is next,
    where the targets take turns.
    """

    answer: Answer
    left_out: tuple[str, ...] = ()
    is_left_out: bool = False
    turn: int = 0


class _Asking(NamedTuple):
    answer: Answer
    left_out: tuple[str, ...]
    is_ruled_out: bool


def ask(directory: Directory, level: Level, about: Occasion, turn: int = 0) -> Asked:
    """Whom the level asks on this occasion.

    Where its targets take turns, the one whose turn it is, else the first after it who is there.
    """
    why = why_not(level.only_if, about, directory.interval)
    if why:
        return Asked(answer=Answer(), left_out=(f"{why}.",), is_left_out=True, turn=turn)
    if not level.rotates:
        found = [_ask_target(directory, target, about) for target in level.targets]
        return _together(found, turn)
    found, count = [], len(level.targets)
    for ahead in range(count):
        target = level.targets[(turn + ahead) % count]
        found.append(_ask_target(directory, target, about))
        if found[-1].answer.addressees:
            turn = (turn + ahead + 1) % count
            break
    return _together(found, turn)


def _ask_target(directory: Directory, target: Target, about: Occasion) -> _Asking:
    why = why_not(target.only_if, about, directory.interval)
    if why:
        return _Asking(Answer(), (f"{target.kind} {target.name} is left out: {why}.",), True)
    answer = directory.target(target, about.at)
    people: list[Addressee] = []
    left_out: list[str] = []
    for person in answer.addressees:
        why = "" if person.after else why_not(person.only_if, about, directory.interval)
        if why:
            via = channel(person.contact.channel)
            left_out.append(f"{person.user} is not told by {via}: {why}.")
        else:
            people.append(person)
    return _Asking(Answer(tuple(people), answer.problems), tuple(left_out), False)


def _together(found: Iterable[_Asking], turn: int) -> Asked:
    found = list(found)
    answer = Answer.merged(one.answer for one in found)
    return Asked(
        answer=answer,
        left_out=tuple(text for one in found for text in one.left_out),
        is_left_out=bool(found) and all(one.is_ruled_out for one in found),
        turn=turn,
    )
