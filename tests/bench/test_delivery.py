"""The books of the delivery bench, and the misfortune that it makes."""

from collections import Counter

import pytest

from bench.delivery.books import Books, verdict
from bench.delivery.misfortune import WAYS, Luck
from bench.delivery.storm import storm
from streams.demo.peers.received import Received
from tests.streams.virtual import run

GOOD = [
    ("slack", "post", "first", "cause-0."),
    ("pagerduty", "open", "", "cause-0."),
    ("slack", "update", "resolved", "cause-0."),
    ("slack", "reply", "resolved", "over"),
    ("pagerduty", "resolve", "resolved", ""),
]
MAIL = [("email", "mail", "first", "cause-1."), ("email", "answer", "resolved", "Re: cause-1.")]


def received(rows: list[tuple[str, str, str, str]], incident: str = "i") -> list[Received]:
    return [
        Received(
            number=number,
            at=0.0,
            channel=channel,
            what=what,
            incident=incident,
            contact="",
            reason=reason,
            text=text,
            ref=reason,
        )
        for number, (channel, what, reason, text) in enumerate(rows)
    ]


CASES = [
    ("all is well", GOOD, {"ok": True, "lost": 0, "without_an_end": 0}),
    ("a page is lost", GOOD[1:], {"ok": False, "lost": 1}),
    ("an end is lost", GOOD[:-1], {"ok": False, "without_an_end": 1}),
    ("an end is told twice where a key is known", [*GOOD, GOOD[4]], {"ok": False}),
    ("a page is told twice where none is", [GOOD[0], *GOOD], {"ok": True}),
    (
        "an end is told as a second message",
        [*GOOD[:2], ("slack", "post", "resolved", "cause-0."), GOOD[4]],
        {"ok": True, "without_an_end": 0, "told": 3},
    ),
]


@pytest.mark.parametrize(("case", "rows", "wanted"), CASES, ids=[case for case, *_ in CASES])
def test_verdict(
    case: str, rows: list[tuple[str, str, str, str]], wanted: dict[str, object]
) -> None:
    books = Books()
    books.read(received(rows))
    found = verdict(books, 1)
    assert wanted.items() <= found.items()
    posts = sum(what == "post" for _, what, *_ in rows)
    assert found["twice"]["slack"] == max(0, posts - 1)


def test_mail_that_comes_twice_with_the_same_message_id_is_one() -> None:
    books = Books()
    rows = received([MAIL[0], *MAIL, MAIL[1]])
    books.read(rows[:2])
    books.read(rows)
    assert books.pages == books.ends == Counter({(1, "email"): 1})


def test_misfortune_is_the_same_for_a_seed_and_of_every_kind() -> None:
    luck, again = Luck("slack", seed=1, share=0.3), Luck("slack", seed=1, share=0.3)
    assert [luck.draw() for _ in range(1000)] == [again.draw() for _ in range(1000)]
    assert set(luck.met) == {"none", *WAYS}
    assert 0.25 < 1 - luck.met["none"] / 1000 < 0.35


def test_storm_keeps_within_the_limits_and_pages_each_critical_cause_in_time() -> None:
    found = run(storm(alerts=200, causes=30, critical=5))
    assert found["ok"]
    assert found["told"] == 30
    assert found["channels"]["slack"]["most_a_minute"] <= 60
