"""`tocsin silence list`, `add` and `expire` on a real broker."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from routing.event import ExpireSilence, SetSilence
from routing.labels import Matcher
from routing.policy import Silence
from streams import clock
from tests.console.scene import paged_incident
from tests.streams.incidents.desk import Desk


@pytest.fixture
def desk(bootstrap: str, prefix: str, tmp_path: Path) -> Desk:
    made = Desk(bootstrap, prefix, tmp_path)
    made.show()
    return made


def test_a_silence_is_made_listed_and_ended(desk: Desk) -> None:
    said = desk.run("silence", "add", "--match", "service=api", "--for", "2h", "--note", "a move")
    (made,) = desk.events()
    assert isinstance(made, SetSilence)
    silence = made.silence
    assert f"tocsin silence expire {silence.id}" in said
    assert silence.matchers == (Matcher(name="service", op="=", value="api"),)
    assert (silence.created_by, silence.comment) == ("ana", "a move")
    assert silence.ends_at - silence.starts_at == timedelta(hours=2)
    head, first, second = desk.run("silence", "list").splitlines()
    assert head.split()[:3] == ["ID", "STATE", "FROM"]
    assert 'service="api"' in first
    assert second.startswith("move ")
    desk.run("silence", "expire", silence.id)
    assert desk.events()[1] == ExpireSilence(silence.id)
    listed = json.loads(desk.run("silence", "list", "--json"))
    assert [one["id"] for one in listed] == ["move"]
    assert silence.id in desk.run("silence", "list", "--all")
    assert "was over at" in desk.run("silence", "expire", silence.id, code=1)


def test_a_silence_is_changed_under_its_id(desk: Desk) -> None:
    desk.run("silence", "add", "--match", "service=shipping", "--id", "move", "--for", "5m")
    (made,) = desk.events()
    assert isinstance(made, SetSilence)
    assert made.silence.id == "move"
    (line,) = desk.run("silence", "list").splitlines()[1:]
    assert "2046" not in line


def test_a_silence_may_begin_later(desk: Desk) -> None:
    later = (clock.now() + timedelta(days=1)).isoformat()
    desk.run("silence", "add", "--match", "a=b", "--from", later)
    assert "pending" in desk.run("silence", "list")


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("add",), 2, "needs --match, such as --match service=checkout"),
        (("add", "--match", "a=~.*"), 2, "this silences everything"),
        (("add", "--match", "a==b"), 2, "no operator =="),
        (("add", "--match", "a=b", "--for", "0s"), 2, "above zero and at most a year"),
        (("add", "--match", "a=b", "--from", "2020-01-01T00:00:00Z"), 2, "this is over already"),
        (("add", "--match", "a=b", "--id", "gone"), 1, "no silence gone"),
        (("add", "--match", "a=b", "--during", "nigth"), 2, 'no time interval "nigth"'),
        (("add", "--match", "a=b", "--or", "c==d"), 2, "no operator =="),
        (("expire", "gone"), 1, "no silence gone: see tocsin silence list"),
    ],
)
def test_what_cannot_be_silenced_is_said_and_not_written(
    desk: Desk, arguments: tuple[str, ...], code: int, problem: str
) -> None:
    assert problem in desk.run("silence", *arguments, code=code)
    assert desk.events() == []


def test_a_silence_is_made_longer_and_recurs_without_saying_all_of_it_again(desk: Desk) -> None:
    add = ("silence", "add")
    desk.run(*add, "--match", "a=b", "--or", "c=d, e!=f", "--during", "night", "--note", "Backups.")
    (made,) = desk.events()
    assert isinstance(made, SetSilence)
    assert [len(one) for one in made.silence.alternatives] == [2]
    listed = desk.run("silence", "list")
    assert "without end" in listed
    assert 'a="b" or c="d", e!="f" during night' in listed
    desk.run(*add, "--id", made.silence.id, "--for", "5h")
    changed = desk.events()[1]
    assert isinstance(changed, SetSilence)
    assert changed.silence == replace(made.silence, ends_at=changed.silence.ends_at)
    assert timedelta(hours=5) <= changed.silence.ends_at - made.silence.starts_at


def test_it_says_first_what_it_would_mute_and_can_leave_it_at_that(desk: Desk) -> None:
    desk.show(paged_incident())
    said = desk.run("silence", "add", "--match", "service=checkout", "--dry-run")
    assert said.splitlines() == [
        "of what is open it mutes:",
        f"  {paged_incident().id}  1 of 1 alert  {paged_incident().title}",
    ]
    assert desk.events() == []
    nothing = desk.run("silence", "add", "--match", "service=web")
    assert nothing.startswith("of what is open it mutes nothing\nsilence ")


def test_silences_that_the_event_log_has_no_more_are_known_from_their_topic(desk: Desk) -> None:
    now = clock.now()
    old = Silence(
        id="old",
        matchers=(Matcher(name="a\x1b[31m", op="=", value="b\x07"),),
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        created_by="ana\x1b[0m",
    )
    desk.keeps(old)
    (line, _) = desk.run("silence", "list").splitlines()[1:]
    assert line.startswith("old")
    assert line.isprintable()
    desk.run("silence", "expire", "old")
    assert desk.events() == [ExpireSilence("old")]


def test_forgotten_silences_are_not_there_before_their_topic_is_compacted(desk: Desk) -> None:
    now = clock.now()
    lasting = Silence(
        id="lasting",
        matchers=(Matcher(name="a", op="=", value="b"),),
        starts_at=now,
        ends_at=now + timedelta(hours=1),
    )
    over = replace(lasting, id="long-over", ends_at=now - timedelta(days=6))
    desk.keeps(lasting, over, replace(lasting, id="forgotten"), forgets="forgotten")
    listed = desk.run("silence", "list", "--all")
    assert "lasting" in listed
    assert "long-over" not in listed
    assert "forgotten" not in listed
