"""Did the demonstration show what it must: a pure judgement of incidents, pages and windows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from routing.incident import Incident, IncidentState
from routing.policy import Contact
from routing.receipt import DeliveryStatus
from streams.demo.scenario import Expected

SHOWN_EVERYWHERE_WITHIN_S = 5.0


class Window(Struct, frozen=True, kw_only=True):
    """When a scenario ran, by the wall clock. `ended_at` is None while it still runs."""

    name: str
    expected: Expected
    began_at: datetime
    ended_at: datetime | None = None


class Page(Struct, frozen=True, kw_only=True):
    """A message that a peer received about an incident.

    `opens` is True for one that tells its contact of the incident for the first time: a new Slack
    message outside any thread, a PagerDuty trigger, a mail that starts a thread, a new issue.
    `text` is a short rendering of it, for people.
    """

    contact: Contact
    incident_id: str
    opens: bool
    at: datetime | None = None
    text: str = ""


class Finding(Struct, frozen=True, kw_only=True):
    """What became of one scenario. `faults` is empty when it went as expected."""

    scenario: str
    service: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    severity: str
    delivered: dict[str, int]
    resolved: bool
    first_page_s: float | None
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """True when nothing is to be said against it."""
        return not self.faults


class Answered(Struct, frozen=True, kw_only=True):
    """An acknowledgement in one place (`way`), and when each of the `others` showed it.

    `problem` says why it could not be given there.
    """

    way: str
    others: tuple[str, ...]
    shown_s: dict[str, float]
    problem: str = ""
    echoes: tuple[str, ...] = ()

    @property
    def took_s(self) -> float | None:
        """Seconds until the last of the others showed it; None where one never did."""
        if not self.others or not set(self.others) <= set(self.shown_s):
            return None
        return max(self.shown_s[other] for other in self.others)

    @property
    def is_in_time(self) -> bool:
        """True when all others showed it within the bound."""
        return self.took_s is not None and self.took_s <= SHOWN_EVERYWHERE_WITHIN_S


class Summary(Struct, frozen=True, kw_only=True):
    """The verdict on a whole demonstration.

    `quiet` lists what is wrong with the quiet control: incidents that nothing explains. `others`
    counts incidents that are not the shop's, such as those of this machine, which may be true.
    `answers` are those that were given, one in each place where people can answer.
    """

    passed: bool
    scenarios: tuple[Finding, ...]
    quiet: tuple[str, ...]
    checks: dict[str, bool]
    others: int = 0
    answers: tuple[Answered, ...] = ()


def judge(
    windows: Sequence[Window],
    incidents: Sequence[Incident],
    pages: Sequence[Page],
    *,
    checks: Mapping[str, bool] | None = None,
    answers: Sequence[Answered] = (),
) -> Summary:
    """The verdict. Assumes that each service has its windows in order of their begin.

    An incident belongs to the last window of its service that had begun when it opened.
    """
    shop = [incident for incident in incidents if service_of(incident)]
    owner = {incident.id: _owner(incident, windows) for incident in shop}
    findings = tuple(
        _finding(window, [i for i in shop if owner[i.id] == n], pages)
        for n, window in enumerate(windows)
    )
    quiet = tuple(_unexplained(i) for i in shop if owner[i.id] is None)
    done = dict(checks or {})
    passed = bool(findings) and not quiet and all(f.passed for f in findings) and all(done.values())
    return Summary(
        passed=passed,
        scenarios=findings,
        quiet=quiet,
        checks=done,
        others=len(incidents) - len(shop),
        answers=tuple(answers),
    )


def service_of(incident: Incident) -> str:
    """The service an incident is about, or nothing."""
    return incident.group_labels.get("service", "")


def _owner(incident: Incident, windows: Sequence[Window]) -> int | None:
    mine = [
        n
        for n, window in enumerate(windows)
        if window.expected.service == service_of(incident) and window.began_at <= incident.opened_at
    ]
    return mine[-1] if mine else None


def _finding(window: Window, incidents: Sequence[Incident], pages: Sequence[Page]) -> Finding:
    ids = {incident.id for incident in incidents}
    opening = [page for page in pages if page.opens and page.incident_id in ids]
    delivered = Counter(str_of(page.contact) for page in opening)
    severity = max((i.severity for i in incidents), key=lambda s: s.rank, default=None)
    return Finding(
        scenario=window.name,
        service=window.expected.service,
        expected=tuple(str_of(contact) for contact in window.expected.contacts),
        found=tuple(sorted(ids)),
        severity=str(severity or ""),
        delivered=dict(sorted(delivered.items())),
        resolved=bool(incidents) and all(_is_resolved(i) for i in incidents),
        first_page_s=_first_page_s(window, incidents, opening),
        faults=tuple(_faults(window, incidents, delivered)),
    )


def _faults(
    window: Window, incidents: Sequence[Incident], delivered: Mapping[str, int]
) -> list[str]:
    service, faults = window.expected.service, list[str]()
    if not incidents:
        return [f"missed: no incident for {service}"]
    if len(incidents) > 1:
        faults.append(f"{len(incidents)} incidents for {service}, not one")
    for contact in map(str_of, window.expected.contacts):
        if not delivered.get(contact):
            faults.append(f"{contact} was not told")
    faults += [f"{contact} was told {n} times" for contact, n in delivered.items() if n > 1]
    for incident in incidents:
        faults += _faults_of(incident, window)
    return faults


def _faults_of(incident: Incident, window: Window) -> list[str]:
    faults = []
    if incident.severity.rank < window.expected.severity.rank:
        faults.append(f"severity {incident.severity}, expected {window.expected.severity}")
    if not _is_resolved(incident):
        faults.append(f"{incident.id} is {incident.state}, not resolved")
    faults += [
        f"{str_of(delivery.contact)}: {delivery.status} {delivery.detail}".rstrip()
        for delivery in incident.deliveries
        if delivery.status in (DeliveryStatus.FAILED_PERMANENT, DeliveryStatus.FAILED_TEMPORARY)
    ]
    return faults


def _first_page_s(
    window: Window, incidents: Sequence[Incident], opening: Sequence[Page]
) -> float | None:
    instants = [page.at for page in opening if page.at is not None]
    instants = instants or [d.sent_at for i in incidents for d in i.deliveries if d.sent_at]
    if not instants:
        return None
    return round((min(instants) - window.began_at).total_seconds(), 1)


def _unexplained(incident: Incident) -> str:
    opened = incident.opened_at.isoformat(timespec="seconds")
    return f"{incident.id} for {service_of(incident)} at {opened}: {incident.title}"


def _is_resolved(incident: Incident) -> bool:
    return incident.state is IncidentState.RESOLVED


def str_of(contact: Contact) -> str:
    """A contact in words: `slack #ops`."""
    return f"{contact.channel} {contact.address}"
