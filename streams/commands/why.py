"""`tocsin why`: why somebody was told of an incident, or was not."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer

from config.loader import load
from config.marks.mark import Span
from config.marks.words import subject
from config.settings import Config
from routing.effect import Explain
from routing.fingerprint import fingerprint
from routing.incident import Incident
from routing.matching import labels_of, matches
from routing.policy import Policy
from routing.why import Account, Answer, about, why
from routing.wording import second
from streams import clock
from streams.commands.options import wrong_usage
from streams.history.reading import as_written, decisions, incidents
from streams.history.replaying import log_of, replay
from streams.letters.reading import reader
from streams.marks.book import read_marks
from streams.marks.lists import minute


def explain_why(
    about_what: Annotated[
        list[str],
        typer.Argument(
            metavar="INCIDENT|FINGERPRINT|K=V ...", help="An incident, or an alert by its labels."
        ),
    ],
    config: Annotated[
        Path, typer.Option("--config", "-c", help="A YAML file, or a directory of them.")
    ] = Path("tocsin.yaml"),
    person: Annotated[
        str, typer.Option("--for", metavar="NAME", help="Of this user or receiver only.")
    ] = "",
    everybody: Annotated[
        bool, typer.Option("--all", help="Also of those whom the route does not lead to.")
    ] = False,
    verify: Annotated[
        bool, typer.Option(help="Decide again from the event log, and compare the answers.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say of an incident who was told and who was not, and for what reason.

    Exit code 1 where nothing is known of it, or where deciding again gives another answer.
    """
    loaded = load(config, environ=os.environ, needed="kafka")
    account, again = asyncio.run(_accounts(loaded, about_what, verify=verify))
    answers = _chosen(account, person, everybody=everybody)
    if as_json:
        shown = msgspec.structs.replace(account, answers=tuple(answers))
        typer.echo(msgspec.json.format(msgspec.json.encode(shown)).decode())
    else:
        typer.echo("\n".join(_lines(account, answers)))
    if verify:
        _compare(account, again)


async def _accounts(
    config: Config, words: list[str], *, verify: bool
) -> tuple[Account, Account | None]:
    """The account by what was recorded, and by what is decided again."""
    names = config.topics
    async with reader(config.kafka) as consumer:
        views = await incidents(consumer, names.incidents, _marks(words))
        incident, fp = _meant(words, views)
        naming = incident.id if incident is not None else fp
        said = await decisions(consumer, names.decisions, naming=naming)
        log = await log_of(consumer, names.events) if verify and incident is not None else []
        spans = (await read_marks(consumer, names)).spans
    quiet = [one for one in spans if _quietens(one, words, only_now=incident is not None)]
    for span in quiet:
        sys.stderr.write(
            f"tocsin: {span.kind} of {subject(span)} from {minute(span.starts_at)} until "
            f"{minute(span.ends_at)} ({span.by}): no anomaly opens there meanwhile\n"
        )
    if incident is None:
        _unknown(fp, said, _heartbeats(config.policy, words), words)
    account = why(config.policy, incident, about(said, incident, fp))
    if not verify:
        return account, None
    found = replay(log, config.policy)
    same = found.incidents.get(incident.id)
    if same is None:
        return account, None
    return account, why(config.policy, same, about(list(found.decisions), same, fp))


def _marks(words: list[str]) -> list[bytes]:
    """What stands in the record of an incident that is asked for."""
    if len(words) == 1 and "=" not in words[0]:
        return [as_written(words[0])]
    return [as_written(dict([_pair(word)])) for word in words]


def _meant(words: list[str], views: dict[str, Incident]) -> tuple[Incident | None, str]:
    """The incident that is asked for, the newest where several fit, and the alert if one is."""
    word = words[0]
    if word in views:
        return views[word], ""
    if len(words) == 1 and "=" not in word:
        fitting = [one for one in views.values() if word in one.alerts]
        wanted = word
    else:
        labels = dict(_pair(one) for one in words)
        fitting = [one for one in views.values() if _alert_in(one, labels)]
        wanted = _alert_in(fitting[-1], labels) if fitting else fingerprint(labels)
    if len(fitting) > 1:
        earlier = ", ".join(one.id for one in fitting[-6:-1])
        sys.stderr.write(f"tocsin: the newest of {len(fitting)} incidents; before: {earlier}\n")
    return (fitting[-1] if fitting else None), wanted


def _heartbeats(policy: Policy, words: list[str]) -> list[str]:
    """The heartbeats of the policy that an alert with these labels is."""
    labels = dict(map(_pair, words)) if "=" in words[0] else {}
    return [one.name for one in policy.heartbeats if labels and matches(one.matchers, labels)]


def _quietens(span: Span, words: list[str], *, only_now: bool) -> bool:
    """Whether a mark keeps, or kept, anomalies of the labels that are asked for from opening."""
    state = span.state(clock.now())
    if span.kind != "maintenance" or state == "to come" or (only_now and state == "over"):
        return False
    labels = dict(map(_pair, words)) if "=" in words[0] else {}
    seen = {**labels, "name": labels.get("metric", "")}
    return bool(labels) and matches(span.matchers, seen)


def _unknown(wanted: str, said: list[Explain], heartbeats: list[str], words: list[str]) -> NoReturn:
    """Tell what was decided about an alert that is in no incident, and exit with 1."""
    for name in heartbeats:
        typer.echo(f"it is the heartbeat {name}: it pages nobody, its absence does")
    for one in said:
        if wanted in {one.fingerprint, one.incident_id}:
            typer.echo(_decision(one))
    sys.stderr.write(
        f"tocsin: no incident holds {' '.join(words)}: see tocsin incident list --all\n"
    )
    raise typer.Exit(1)


def _alert_in(incident: Incident, labels: dict[str, str]) -> str:
    """The fingerprint of the incident's alert with these labels, empty where there is none."""
    alerts = incident.alerts.items()
    fps = (fp for fp, alert in alerts if labels.items() <= labels_of(alert).items())
    return next(fps, "")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        wrong_usage(f"a label is written k=v, such as service=checkout, not {text}")
    return name, value.strip('"')


def _chosen(account: Account, person: str, *, everybody: bool) -> list[Answer]:
    if person:
        found = [one for one in account.answers if one.name == person]
        if not found:
            known = ", ".join(sorted(one.name for one in account.answers))
            wrong_usage(f"--for {person}: no such user or receiver; there are: {known}")
        return found
    return [one for one in account.answers if everybody or one.is_meant]


def _lines(account: Account, answers: list[Answer]) -> Iterator[str]:
    yield f"{account.title}  (incident {account.incident_id}, {account.state})"
    for one in answers:
        told = "was told" if one.is_told else "was not told"
        yield f"\n{one.kind} {one.name} {told}: {one.text}"
        yield from (f"  {_decision(decision)}" for decision in one.decisions)
    yield "\nabout all of them:"
    yield from (f"  {_decision(decision)}" for decision in account.decisions)


def _decision(one: Explain) -> str:
    return f"{second(one.at)}  {one.reason:<14} {one.text}"


def _compare(account: Account, again: Account | None) -> None:
    if again == account:
        typer.echo("\nDecided again from the event log: the same answer.")
        return
    typer.echo("\nDecided again from the event log: another answer.")
    if again is not None:
        typer.echo("\n".join(_lines(again, list(again.answers))))
    raise typer.Exit(1)
