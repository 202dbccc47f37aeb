import json
from datetime import UTC, datetime
from pathlib import Path

from routing.policy import Contact
from streams.demo.peers.received import Journal
from streams.demo.received import Inbox

MAIL = b"""Subject: [0] checkout is slow
Content-Type: text/plain; charset="utf-8"

Critical: checkout is slow

latency is 1083 ms; 181 ms was expected.
"""


def test_pages_of_all_channels_come_in_the_order_in_which_they_were_received(
    tmp_path: Path,
) -> None:
    inbox, journal = Inbox(tmp_path), Journal(tmp_path)
    assert inbox.pages() == ()
    journal.keep(30.0, "slack", "post", incident="i1", contact="#shop", text="Critical: slow")
    journal.keep(10.0, "pagerduty", "open", incident="i1", contact="oncall", text="slow")
    journal.keep(20.0, "jira", "comment", incident="i1", contact="SHOP", text="still")
    pages = inbox.pages()
    assert [page.contact.channel for page in pages] == ["pagerduty", "jira", "slack"]
    assert [page.opens for page in pages] == [True, False, True]
    assert pages[0].at == datetime.fromtimestamp(10.0, UTC)
    assert pages[2].contact == Contact("slack", "#shop")
    assert pages[2].text == "Critical: slow"
    assert inbox.pages() == pages


def test_a_mail_is_shown_with_its_text(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(MAIL)
    journal = Journal(tmp_path)
    body = {"file": "one.eml"}
    journal.keep(1.0, "email", "mail", incident="i", contact="a@b.c", text="[0] slow", body=body)
    (page,) = Inbox(tmp_path).pages()
    assert page.text.splitlines() == [
        "[0] slow",
        "Critical: checkout is slow",
        "latency is 1083 ms; 181 ms was expected.",
    ]


def test_what_is_written_while_reading_is_read_next_time(tmp_path: Path) -> None:
    inbox, journal = Inbox(tmp_path), Journal(tmp_path)
    journal.keep(1.0, "slack", "post", incident="i1", contact="#shop")
    assert len(inbox.pages()) == 1
    file = tmp_path / "slack.jsonl"
    line = json.dumps({**json.loads(file.read_text()), "number": 1, "what": "reply"})
    with file.open("a") as out:
        out.write(line[:20])
    assert len(inbox.pages()) == 1
    with file.open("a") as out:
        out.write(line[20:] + "\n")
    assert [page.opens for page in inbox.pages()] == [True, False]
