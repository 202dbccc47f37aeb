"""`tocsin feedback` and `tocsin mark` on a real broker."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import Result

from config.loader import load
from config.marks.mark import Feedback, Span, decode, encode
from config.marks.marks import MOST_SPANS
from config.topics import Topics
from routing.incident import Incident
from streams import clock
from streams.commands.marking import looking
from streams.marks.book import mark_book
from streams.producer import new_producer, send_all
from streams.topics import Topic, ensure_topics
from tests.console.scene import paged_incident
from tests.streams.letters.post import tocsin
from tests.streams.marks.making import matching, span

CONFIG = """
kafka: {{bootstrap: "{bootstrap}", topic_prefix: {prefix}}}
inputs: [{{name: app, topic: app-{prefix}}}]
profiles: [{{name: all, detectors: {{threshold: {{upper: 9}}}}, false_alarms: 1/30d}}]
receivers: {{ops: []}}
route: {{receiver: ops}}
"""
SERIES = 'latency_ms{endpoint="/pay",service="checkout"}'


class Desk:
    """The commands, and the topics behind them."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path) -> None:
        self.bootstrap, self.topics = bootstrap, Topics(prefix)
        self.config = folder / "tocsin.yaml"
        self.config.write_text(CONFIG.format(bootstrap=bootstrap, prefix=prefix))

    def run(self, *arguments: str, code: int = 0) -> str:
        """What a command says; it ends with `code`."""
        group, verb, *rest = arguments
        result: Result = tocsin(group, verb, "--config", str(self.config), *rest, USER="ana")
        assert result.exit_code == code, result.output
        return result.output

    def write(self, topic: str, *records: tuple[str, bytes]) -> None:
        asyncio.run(self._write(topic, records))

    async def _write(self, topic: str, records: Any) -> None:
        await ensure_topics(self.bootstrap, [Topic(topic)])
        producer = new_producer(self.bootstrap, "test")
        await producer.start()
        await send_all(producer, [(topic, key.encode(), value, 0) for key, value in records])
        await producer.stop()

    def show(self, *incidents: Incident) -> None:
        """Incidents as a worker writes them."""
        written = [(one.id, msgspec.json.encode(one)) for one in incidents]
        self.write(self.topics.incidents, *written)

    def know(self, *series: str) -> None:
        """Series as the state of workers has them."""
        keys = [f"app\0all\0r{key}" for key in series]
        self.write(f"{self.topics.prefix}-detectors-changelog", *((key, b"row") for key in keys))

    def marks(self) -> list[Any]:
        """The marks there are."""
        return asyncio.run(self._marks())

    async def _marks(self) -> list[Any]:
        async with mark_book(load(self.config, environ={})) as book:
            return [*book.marks]


@pytest.fixture
def desk(bootstrap: str, prefix: str, tmp_path: Path) -> Desk:
    return Desk(bootstrap, prefix, tmp_path)


def test_not_useful_halves_the_budget_and_undo_gives_it_back(desk: Desk) -> None:
    desk.show(paged_incident())
    said = desk.run("feedback", "not-useful", "inc-7f3a9c", "--note", "a backup")
    assert f"{SERIES}: 1/60d instead of 1/30d" in said
    (mark,) = desk.marks()
    assert (mark.by, mark.series, mark.incident_id) == ("ana", (SERIES,), "inc-7f3a9c")
    assert mark.note == "a backup"
    head, line = desk.run("feedback", "list").splitlines()
    assert head.split() == ["ID", "FEEDBACK", "BY", "WHEN", "SERIES", "BUDGET", "NOW"]
    assert line.startswith(f"{mark.id}  not useful  ana")
    assert line.endswith(f"{SERIES}  1/60d instead of 1/30d")
    assert f"{SERIES}: 1/30d\n" in desk.run("feedback", "undo", mark.id)
    assert desk.marks() == []
    assert desk.run("feedback", "list").startswith("no feedback")


def test_of_one_incident_it_is_said_once_however_often_it_is_pressed(desk: Desk) -> None:
    desk.show(paged_incident(), paged_incident(id="inc-2"))
    for incident in ("inc-7f3a9c", "inc-7f3a9c", "inc-2"):
        said = desk.run("feedback", "not-useful", incident)
    assert f"{SERIES}: 1/120d instead of 1/30d" in said
    assert len(desk.marks()) == 2


def test_missed_doubles_the_budget_of_all_that_passes_the_tests(desk: Desk) -> None:
    more = ("--series", "metric=latency_ms", "--series", "service=checkout", "--at", "2h")
    said = desk.run("feedback", "missed", *more, "--by", "Bruno")
    assert 'metric="latency_ms" service="checkout": 2 times its budget for each series' in said
    (mark,) = desk.marks()
    assert mark.matchers == matching(metric="latency_ms", service="checkout")
    assert timedelta(hours=1, minutes=59) < clock.now() - mark.at < timedelta(hours=2, minutes=1)
    desk.run("feedback", "not-useful", "--series", SERIES)
    assert f"{SERIES}  1/30d" in desk.run("feedback", "list")  # the one undoes the other


def test_feedback_on_a_series_that_workers_do_not_know_names_those_near(desk: Desk) -> None:
    desk.know(SERIES, 'latency_ms{endpoint="/pay",service="cart"}', "load")
    wrong = 'latency_ms{endpoint="/pay",service="chekout"}'
    said = desk.run("feedback", "missed", "--series", wrong, code=1)
    assert said.startswith(f"tocsin: there is no series {wrong}; near it: {SERIES}, latency_ms")
    said = desk.run("feedback", "not-useful", "--series", "service=chekout", code=1)
    assert said == 'tocsin: no series has service="chekout"; near it: service="checkout"\n'
    assert not desk.marks()
    desk.run("feedback", "missed", "--series", SERIES)
    assert len(desk.marks()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("feedback", "not-useful"), 2, "takes the id of an incident, or --series"),
        (("feedback", "not-useful", "x", "--series", "a=b"), 2, "takes the id of an incident, or"),
        (("feedback", "not-useful", "inc-none"), 1, "no incident inc-none: its id is in every"),
        (("feedback", "missed"), 2, "needs --series: which series should have alarmed?"),
        (("feedback", "missed", "--series", 'load{host="a"'), 2, "copy it from the console"),
        (("feedback", "missed", "--series", "=a"), 2, "a matcher starts with a label name"),
        (("feedback", "missed", "--series", "a=b", "--at", "noon"), 2, "--at takes a duration"),
        (("feedback", "undo", "none"), 1, "no feedback none: see tocsin feedback list"),
        (("mark", "deploy"), 2, "needs --match, such as --match service=checkout"),
        (("mark", "deploy", "--match", "a=b", "--for", "soon"), 2, '--for: "soon" is not a'),
        (("mark", "maintenance", "--match", "a=b", "--for", "31d"), 2, "at most 30d"),
        (("mark", "maintenance", "--match", "a=b", "--for", "0s"), 2, "above zero"),
        (("mark", "deploy", "--match", "a=b", "--from", "8d"), 2, "longer than 7d after its end"),
        (("mark", "deploy", "--match", "a=b", "--from", "9999-12-31T23:59Z"), 2, "a year ahead"),
        (("mark", "deploy", "--match", "a=b", "--from", "9999999d"), 2, "--from"),
        (("mark", "end", "none"), 1, "no mark none: see tocsin mark list"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_use_is_told_in_one_line(
    desk: Desk, arguments: tuple[str, ...], code: int, problem: str
) -> None:
    said = desk.run(*arguments, code=code)
    assert problem in said
    assert said.startswith("tocsin: ")
    assert len(said.splitlines()) == 1


def test_an_incident_from_outside_has_no_budget(desk: Desk) -> None:
    alert = msgspec.structs.replace(paged_incident().alerts["a1b2c3"], evidence=None)
    desk.show(paged_incident(id="inc-out", alerts={"a": alert}))
    said = desk.run("feedback", "not-useful", "inc-out", code=1)
    assert "came from outside: there is no budget to change" in said


def test_a_digest_is_told_from_the_incidents_it_is_about(desk: Desk) -> None:
    desk.show(paged_incident(id="inc-digest", digest_for="ana"))
    said = desk.run("feedback", "not-useful", "inc-digest", code=1)
    assert "is a digest of others: give the id of one of those" in said
    assert not desk.marks()


def test_a_mark_on_series_that_workers_do_not_know_is_made_and_doubted(desk: Desk) -> None:
    desk.know(SERIES)
    said = desk.run("mark", "maintenance", "--match", "service=chekout")
    assert len(desk.marks()) == 1
    assert said.splitlines()[1:] == [
        'but no series has service="chekout"; near it: service="checkout"'
    ]
    assert "but" not in desk.run("mark", "maintenance", "--match", "service=checkout")


def test_a_mark_is_made_listed_and_ended(desk: Desk) -> None:
    note = ("--note", "checkout v12", "--for", "2h", "--from", "10m")
    said = desk.run("mark", "deploy", "--match", "service=checkout", *note)
    (mark,) = desk.marks()
    assert said.endswith(f"to end it earlier: tocsin mark end {mark.id}\n")
    assert mark.ends_at - mark.starts_at == timedelta(hours=2)
    head, line = desk.run("mark", "list").splitlines()
    assert head.startswith("ID")
    for word in (mark.id, "deploy", "in force", 'service="checkout"', "ana", "checkout v12"):
        assert word in line
    desk.run("mark", "end", mark.id)
    assert "over" in desk.run("mark", "list").splitlines()[1]
    assert "was over at" in desk.run("mark", "end", mark.id, code=1)


def test_a_mark_that_is_made_when_it_is_over_says_what_it_is_good_for(desk: Desk) -> None:
    made = desk.run("mark", "deploy", "--match", "service=checkout", "--from", "2h")
    assert made.endswith("; it is over, and counts for samples that are judged from now on\n")


def test_marks_are_listed_for_programs(desk: Desk) -> None:
    desk.run("mark", "deploy", "--match", "service=checkout", "--from", "2h", "--note", "v12")
    desk.run("mark", "maintenance", "--match", 'host=~"db-.*"', "--for", "4h")
    now, before = msgspec.json.decode(desk.run("mark", "list", "--json"))
    assert (now["kind"], now["state"], before["kind"]) == ("maintenance", "in force", "deploy")
    assert (before["state"], before["by"], before["note"]) == ("over", "ana", "v12")
    assert now["matchers"] == [{"name": "host", "op": "=~", "value": "db-.*"}]
    assert now["starts_at"] < now["ends_at"]


def test_a_mark_that_is_still_to_come_is_taken_back(desk: Desk) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    desk.run("mark", "maintenance", "--match", "service=checkout", "--from", tomorrow)
    (mark,) = desk.marks()
    assert "to come" in desk.run("mark", "list")
    assert desk.run("mark", "end", mark.id) == f"maintenance {mark.id} is taken back\n"
    assert desk.marks() == []


def test_there_are_only_so_many_marks_and_those_long_over_make_room(desk: Desk) -> None:
    at = clock.epoch_s()
    many = [span(f"s{n:03}", begins_at=at) for n in range(MOST_SPANS)]
    desk.write(desk.topics.marks, *((one.id, encode(one)) for one in many))
    more = ("mark", "deploy", "--match", "service=checkout")
    assert f"there are {MOST_SPANS} deploy and maintenance marks" in desk.run(*more, code=1)
    old = span("s000", begins_at=at - 30 * 86_400)
    desk.write(desk.topics.marks, (old.id, encode(old)))
    desk.run(*more)
    marks = desk.marks()
    assert len(marks) == MOST_SPANS
    assert "s000" not in {mark.id for mark in marks}


def test_records_of_others_in_the_topic_do_no_harm(desk: Desk) -> None:
    desk.write(desk.topics.marks, ("x", b"{}"), ("y", b"\xff"), ("s1", encode(span())))
    assert [mark.id for mark in desk.marks()] == ["s1"]


def test_what_is_written_is_read_by_name() -> None:
    at = datetime(2026, 3, 14, tzinfo=UTC)
    feedback = Feedback(id="f", kind="missed", by="ana", made_at=at, series=(SERIES,), at=at)
    work = Span(
        id="s", kind="deploy", by="ana", made_at=at, matchers=matching(a="b"),
        starts_at=at, ends_at=at,
    )  # fmt: skip
    assert [decode(encode(mark), written_ms=0) for mark in (feedback, work)] == [feedback, work]


@pytest.mark.parametrize("is_long", [True, False])
def test_what_is_waited_for_is_said_only_when_it_lasts(
    capsys: pytest.CaptureFixture[str], is_long: bool
) -> None:
    async def wait() -> None:
        ended = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01 if is_long else 0.0, ended.set)
        with looking(patience_s=0.0 if is_long else 60.0):
            await ended.wait()

    asyncio.run(wait())
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("looking through the series") == is_long
