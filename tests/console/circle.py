"""An engine, the console's ears, and providers that people use, that echo, delay and repeat."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec

from config.marks.mark import Mark
from console.hooks import take
from routing.channels.answer import Answer, Person, Word
from routing.channels.channel import Channel
from routing.event import Event
from routing.incident import IncidentState
from routing.notification import Notification
from routing.policy import Contact, Policy, Receiver, Route
from tests.console.answering import ANA, BEN, channels, event, jira, moved, pagerduty
from tests.console.scene import TOPICS, Scene
from tests.scenarios.story import Story, seconds

CONTACTS = {
    "chat": Contact("chat", "#shop"),
    "pager": Contact("pager", "shop"),
    "mail": Contact("mail", "ana@shop.example"),
    "tasks": Contact("tasks", "SHOP"),
}
EVERYWHERE = Policy(
    digest="one",
    route=Route(path="root", receiver="all", group_by=("service",)),
    receivers=(Receiver(name="all", contacts=tuple(CONTACTS.values())),),
    users=(ANA, BEN),
    console_url="https://tocsin.example",
)


class Circle(Story):
    """The engine's log is what the console writes; what the engine wishes waits to be sent.

    Of what waits for a contact only the newest is sent, as the outbox does it. `shown` is what
    each channel shows, `told_by` the requests of providers on their way to us.
    """

    def __init__(self, stage: Scene) -> None:
        super().__init__(EVERYWHERE)
        self.stage = stage
        self.made: dict[str, Channel] = channels()
        self.wishes: dict[str, Notification] = {}
        self.sent = 0
        self.changes = 0
        self.shown: dict[str, str] = {}
        self.pager = "none"
        self.ticket = "open"
        self.told_by: list[tuple[str, Any]] = []
        self._events = 0

    async def write(self, command: Event) -> None:
        """The log that the console writes to."""
        self.take(command)

    async def mark(self, mark_id: str, mark: Mark | None) -> None:
        """No marks are kept."""

    def take(self, event: Event) -> None:
        before = self._state()
        super().take(event)
        self.changes += self._state() is not before
        for incident in self.incidents.values():
            value = msgspec.json.encode(incident)
            self.stage.desk.projection.apply(TOPICS.incidents, incident.id.encode(), value)

    def _state(self) -> IncidentState | None:
        return self.incident.state if self.incidents else None

    def _deliver(self, told: Notification) -> None:
        super()._deliver(told)
        self.wishes[told.contact.channel] = told

    def send(self, channel: str) -> None:
        """The outbox sends what waits for a channel, rendered as it is for the provider."""
        told = self.wishes.pop(channel, None)
        if told is None:
            return
        self.sent += 1
        payload = self.made[channel].render(told).payload
        self.shown[channel] = told.incident.state.value
        if channel == "pager":
            self._page(payload["action"])
        if channel == "tasks" and told.incident.state is IncidentState.RESOLVED:
            self._move(own=True)
        self.now += seconds(0.01)

    def _page(self, action: str) -> None:
        """PagerDuty's rules: a trigger opens what is resolved, and leaves what is acknowledged."""
        if action == "trigger" and self.pager in ("none", "resolved"):
            self.pager = "open"
        elif action == "acknowledge" and self.pager == "open":
            self.pager = "acknowledged"
            self._tell("acknowledged", agent=None)
        elif action == "resolve" and self.pager in ("open", "acknowledged"):
            self.pager = "resolved"
            self._tell("resolved", agent=None)

    def in_pagerduty(self, kind: str) -> None:
        """A person uses PagerDuty, where its page lets them."""
        becomes = {
            ("open", "acknowledged"): "acknowledged",
            ("acknowledged", "unacknowledged"): "open",
            ("open", "resolved"): "resolved",
            ("acknowledged", "resolved"): "resolved",
            ("open", "reassigned"): "open",
            ("acknowledged", "reassigned"): "open",
        }
        after = becomes.get((self.pager, kind))
        if after is not None:
            self.pager = after
            self._tell(kind)

    def in_jira(self) -> None:
        """A person closes the issue, where there is one."""
        if "tasks" in self.shown:
            self._move(own=False)

    async def press(self, channel: str, word: Word, by: str) -> None:
        """A person presses a button of a message, or of the page of a link."""
        if self.shown.get(channel) in ("open", "acknowledged"):
            self._events += 1
            who = Person(name=by)
            answer = Answer(incident_id=self.incident.id, word=word, by=who, id=f"{self._events}")
            await take(self.stage.desk, self.made[channel], [answer])  # type: ignore[arg-type]

    async def hear(self, which: int, *, again: bool) -> None:
        """One of the requests on their way arrives; providers may send it again."""
        if not self.told_by:
            return
        which %= len(self.told_by)
        channel, sent = self.told_by[which] if again else self.told_by.pop(which)
        hearing: Any = self.made[channel]
        headers = {name.lower(): value for name, value in sent.headers.items()}
        answers = hearing.hear(sent.body, headers, now=self.now.timestamp())
        await take(self.stage.desk, hearing, answers)
        self.now += seconds(0.01)

    async def settle(self) -> None:
        """Everything on its way arrives, until nothing is."""
        for _ in range(1000):
            if not self.told_by and not self.wishes:
                return
            for channel in list(self.wishes):
                self.send(channel)
            while self.told_by:
                await self.hear(0, again=False)
            self.wait(timedelta(seconds=2))
        raise AssertionError("they tell each other for ever")

    def _move(self, *, own: bool) -> None:
        if self.ticket == "done":
            return
        self.ticket = "done"
        user = {"emailAddress": "tocsin@shop.example"} if own else {"displayName": "Ana Reis"}
        at = int(1000 * self.now.timestamp())
        self.told_by.append(
            ("tasks", jira(moved("done", self.incident.id, user=user, timestamp=at)))
        )

    def _tell(self, kind: str, **changes: Any) -> None:
        self._events += 1
        self.now += seconds(0.01)
        given = {"id": f"E{self._events}", "occurred_at": self.now.isoformat()} | changes
        sent = pagerduty(event(kind, self.incident.id, **given))
        self.told_by.append(("pager", sent))


def run(story: Any) -> None:
    """Play a story in a loop of its own."""
    asyncio.run(story())
