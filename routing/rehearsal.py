"""Rehearsals: the engine on a clock of its own, before providers that answer as they are told.

Nothing waits and nothing is sent. What is due is carried out at the instant it is due, and every
notification is answered at the instant at which it is wished, so that a year takes as long as its
decisions do.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from routing.effect import Effect, Explain, Notify, Publish
from routing.engine import Engine
from routing.event import Event, ReceiptSeen
from routing.incident import Incident
from routing.notification import Notification
from routing.receipt import DeliveryStatus, Receipt

Answer = Callable[[Notification], Receipt | None]
"""What a provider says to a notification; None while it says nothing."""


class Happened(Struct, frozen=True):
    """An effect, and when it came about."""

    at: datetime
    effect: Effect


def accept(notification: Notification) -> Receipt:
    """The receipt of a provider that takes everything."""
    return notification.receipt(DeliveryStatus.SENT)


class Rehearsal:
    """An engine that is given events at instants. Assumes that those never go back."""

    def __init__(self, engine: Engine, answer: Answer | None = accept) -> None:
        self.engine = engine
        self.happened: list[Happened] = []
        self._answer = answer

    def give(self, event: Event, at: datetime) -> None:
        """An event, after everything that is due before it."""
        self.run(at)
        self._note(self.engine.handle(event, at), at)

    def run(self, until: datetime) -> None:
        """Everything that is due by then."""
        while (due := self.engine.next_wake()) is not None and due <= until:
            self._note(self.engine.wake(due), due)

    def _note(self, effects: list[Effect], at: datetime) -> None:
        self.happened += [Happened(at, effect) for effect in effects]
        for effect in effects if self._answer is not None else ():
            if isinstance(effect, Notify) and (receipt := self._receipt(effect)) is not None:
                self._note(self.engine.handle(ReceiptSeen(receipt), at), at)

    def _receipt(self, effect: Notify) -> Receipt | None:
        return self._answer(effect.notification) if self._answer is not None else None

    def told(self) -> list[tuple[datetime, Notification]]:
        """The notifications, in order."""
        return [
            (one.at, one.effect.notification)
            for one in self.happened
            if isinstance(one.effect, Notify)
        ]

    def explained(self) -> list[Explain]:
        """The explanations, in order."""
        return [one.effect for one in self.happened if isinstance(one.effect, Explain)]

    def incidents(self) -> dict[str, Incident]:
        """The newest view of every incident there was, by id, oldest first."""
        views = (one.effect.incident for one in self.happened if isinstance(one.effect, Publish))
        return {incident.id: incident for incident in views}
