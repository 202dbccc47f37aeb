"""The alarms about Tocsin itself: what sets each off, and what it says."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple

from config.settings import Config, Input
from config.status import InputStatus
from routing.alert import Severity
from routing.channels.text import duration
from streams.vitals import Counts, Vitals

OFTEN_BAD, STILL_BAD = 0.10, 0.05  # of the records of five minutes
MOST_BAD = 100  # with fewer bad ones nothing begins
RECENT_S, LONG_S = 300.0, 600.0


class Name(NamedTuple):
    """What an alarm is about: the rule, and the input or channel."""

    rule: str
    subject: str


class Look(NamedTuple):
    """What can be seen of an input now."""

    source: Input
    status: InputStatus
    recent: Counts  # of five minutes
    long: Counts  # of ten


class Finding(NamedTuple):
    """Whether an alarm would fire, and whether it goes on if it does; and how bad it is."""

    fires: bool
    lasts: bool
    figure: str = ""


UNKNOWN = Finding(fires=False, lasts=True)
OVER = Finding(fires=False, lasts=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One alarm. It fires when its condition has held for `after_s`, and ends `over_s` after it.

    `label` names what it is about. In `summary`, `{subject}` is that and `{figure}` how bad it is.
    """

    label: str
    severity: Severity
    summary: str
    advice: str
    after_s: float = 0.0
    over_s: float = 30.0


def _behind(look: Look) -> Finding:
    waits, most = look.status.waiting_s, look.source.behind_alarm_s
    return Finding(waits > most, waits > most / 2, duration(timedelta(seconds=waits)))


def _overflow(look: Look) -> Finding:
    is_lost = look.long.overflow > 0
    return Finding(is_lost, is_lost, f"{look.source.limits.series:,}")


def _shedding(look: Look) -> Finding:
    is_lost = look.recent.shed > 0
    after = timedelta(seconds=look.source.shed_after_s or 0.0)
    return Finding(is_lost, is_lost, duration(after))


def _dead_letters(look: Look) -> Finding:
    bad, records = look.recent.bad, look.recent.records
    share = bad / records if records else 0.0
    is_often = share > OFTEN_BAD and bad >= MOST_BAD
    return Finding(is_often, share > STILL_BAD, f"{share:.0%}")


def _gone(look: Look) -> Finding:
    return Finding(look.status.is_gone, look.status.is_gone)


JUDGES: Mapping[str, Callable[[Look], Finding]] = MappingProxyType(
    {
        "TocsinBehind": _behind,
        "TocsinOverflow": _overflow,
        "TocsinShedding": _shedding,
        "TocsinDeadLetters": _dead_letters,
        "TocsinInputGone": _gone,
    }
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "TocsinBehind": Rule(
            label="input",
            severity=Severity.ERROR,
            summary="Records of input {subject} have waited {figure} to be judged",
            advice="What happens now is found so much later. See in the console which worker lags. "
            "Start more workers, up to the number of partitions; where late findings are of no "
            "use, `shed_after` of the input skips old records.",
            after_s=30.0,
        ),
        "TocsinOverflow": Rule(
            label="input",
            severity=Severity.WARNING,
            summary="Input {subject} has more than the {figure} series it may have",
            advice="Further ones are not judged, only counted in the series `overflow`. Look for a "
            "label whose values never end, as ids and addresses do, and drop it at the producer; "
            "or raise `limits.series` of the input.",
        ),
        "TocsinShedding": Rule(
            label="input",
            severity=Severity.ERROR,
            summary="Records of input {subject} are skipped: they have waited {figure}",
            advice="They are never judged, as `shed_after` of the input asks. Start more workers, "
            "or find out why so many records come.",
        ),
        "TocsinDeadLetters": Rule(
            label="input",
            severity=Severity.WARNING,
            summary="{figure} of the records of input {subject} cannot be used",
            advice="`tocsin deadletter list` says why, record by record; the console counts the "
            "reasons. Usually a producer has changed its format; once it is mended, or the input's "
            "format is, `tocsin deadletter retry` reads them again.",
        ),
        "TocsinInputGone": Rule(
            label="input",
            severity=Severity.ERROR,
            summary="The topic of input {subject} is not there any more",
            advice="Nothing of it is judged. Somebody deleted the topic: make it again, and it is "
            "read from its beginning; or remove the input from the configuration.",
        ),
        "TocsinUnheard": Rule(
            label="receiver",
            severity=Severity.CRITICAL,
            summary="Nobody could be told of {figure} of receiver {subject}",
            advice="No address of the receiver, of the escalation policy or of the root receiver "
            "took a message. `tocsin incident list` shows what is open; look at the addresses and "
            "at what the channels answered. It ends when somebody is told, or takes the incident.",
            over_s=60.0,
        ),
        "TocsinChannelDown": Rule(
            label="channel",
            severity=Severity.ERROR,
            summary="Channel {subject} does not answer",
            advice="What is to be sent there is put off and tried again. Look at the provider, "
            "the channel's address and the network between.",
            after_s=30.0,
            over_s=60.0,
        ),
        "TocsinNobodyOnCall": Rule(
            label="schedule",
            severity=Severity.ERROR,
            summary="Somebody was looked for in schedule {subject}, and nobody is on call {figure}",
            advice="The escalation went on without. `tocsin oncall override` puts somebody there; "
            "`tocsin oncall gaps` says when else nobody is.",
        ),
        "TocsinOnCallGap": Rule(
            label="schedule",
            severity=Severity.WARNING,
            summary="Nobody is on call in schedule {subject} {figure}",
            advice="`tocsin oncall override` puts somebody there for the time, and `tocsin oncall "
            "gaps` lists all such times. If they are meant, write `may_have_gaps: true`.",
        ),
    }
)


def unheard(receivers: Iterable[str]) -> Iterator[tuple[Name, Finding]]:
    """One finding for each receiver of incidents of which nobody could be told."""
    for receiver, count in Counter(receivers).items():
        figure = f"{count} incident{'s' if count > 1 else ''}"
        yield Name("TocsinUnheard", receiver), Finding(fires=True, lasts=True, figure=figure)


def findings(vitals: Vitals, config: Config, *, now: float) -> Iterator[tuple[Name, Finding]]:
    """How it stands with every input, and with the channels that do not answer."""
    heard = vitals.inputs(now=now)
    for source in config.inputs:
        status = heard.get(source.name)
        recent = vitals.within(source.name, RECENT_S, now=now)
        long = vitals.within(source.name, LONG_S, now=now)
        for rule, judge in JUDGES.items():
            found = UNKNOWN if status is None else judge(Look(source, status, recent, long))
            yield Name(rule, source.name), found
    for channel in vitals.channels_down(now=now):
        yield Name("TocsinChannelDown", channel), Finding(fires=True, lasts=True)
