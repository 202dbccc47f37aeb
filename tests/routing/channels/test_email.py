"""Mails, parsed back with the standard library."""

import email
import email.policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.channels import chart
from routing.channels.email import Email, build
from routing.channels.mail_addresses import recipients
from routing.channels.samples import (
    HOSTILE,
    alert,
    evidence,
    follow_up,
    hostile,
    incident,
    notification,
)
from routing.incident import NotifyReason
from routing.receipt import DeliveryStatus
from routing.secret import Secret
from streams.demo.peers.serve import Peers
from streams.demo.peers.smtp import MailFault
from tests.routing.channels.benches import BENCHES, tell, with_peers

ADDRESS = "ana@shop.example"
CHANNEL = Email(name="mail", host="127.0.0.1", sender="Tocsin <tocsin@shop.example>")
NO_PICTURE = alert(evidence=evidence(points=()))


def parsed(given_: object) -> EmailMessage:
    data = build(CHANNEL.render(given_)).as_bytes()  # type: ignore[arg-type]
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body(preferencelist=(kind,))
    assert body is not None
    text: str = body.get_content()
    return text


class _Words(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_text_and_html_each_say_it_all() -> None:
    mail = parsed(notification(ADDRESS))
    html = " ".join(_Words(part(mail, "html")).text)
    for said in (
        "747 ms",
        "125 ms",
        "critical",
        "10:54 UTC",
        "1 in 2.5 million",
        "ana (PagerDuty)",
    ):
        assert said in part(mail, "plain").replace("Critical", "critical"), said
        assert said in html, said
    assert "https://tocsin.shop.example/incident/inc-7f3a" in part(mail, "plain")


@pytest.mark.skipif(not chart.can_draw_png(), reason="matplotlib, the extra `charts`, is missing")
def test_picture_is_inline_and_named_in_the_html() -> None:
    mail = parsed(notification(ADDRESS))
    (picture,) = [p for p in mail.walk() if p.get_content_type() == "image/png"]
    assert picture.get_content_disposition() == "inline"
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in part(mail, "html")
    assert picture.get_content().startswith(b"\x89PNG")
    assert mail.get_content_type() == "multipart/alternative"


def test_mail_without_points_has_no_picture_and_no_hole_for_one() -> None:
    mail = parsed(notification(ADDRESS, incident=incident(alerts={"f": NO_PICTURE})))
    assert [p.get_content_type() for p in mail.walk()][1:] == ["text/plain", "text/html"]
    assert "<img" not in part(mail, "html")


def test_same_notification_gives_the_same_mail() -> None:
    message = CHANNEL.render(notification(ADDRESS))
    assert build(message).as_bytes() == build(message).as_bytes()


def test_two_contacts_of_one_mailbox_get_two_mails() -> None:
    ids = {parsed(notification(address))["Message-ID"] for address in (ADDRESS, "ops@shop.example")}
    assert len(ids) == 2


def test_mail_says_that_a_machine_wrote_it() -> None:
    mail = parsed(notification(ADDRESS))
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Id"] == "Tocsin <shop.shop.example>"
    assert mail["Importance"] == "high"
    assert mail["Date"].datetime.isoformat() == "2026-11-23T10:55:00+00:00"


def test_later_mails_answer_the_first(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        channel = BENCHES["email"].make(peers)
        (first,) = await tell(channel, notification(ADDRESS))
        renamed = replace(
            follow_up(first, NotifyReason.ESCALATED), incident=incident(title="Another title")
        )
        (second,) = await tell(channel, renamed)
        await tell(channel, follow_up(second, NotifyReason.RESOLVED, 2))
        root, middle, last = peers.smtp.mails
        assert root["In-Reply-To"] is None
        assert last["In-Reply-To"] == middle["Message-ID"]
        assert last["References"].split() == [root["Message-ID"], middle["Message-ID"]]
        assert {middle["Subject"], last["Subject"]} == {f"Re: {root['Subject']}"}
        assert "Resolved after 12 min." in part(last, "plain")
        assert len(list((peers.journal.folder / "mail").glob("*.eml"))) == 3

    with_peers(tmp_path, story)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_cannot_add_headers_or_markup(name: str) -> None:
    text = HOSTILE[name]
    bad = alert(
        labels={text: text},
        annotations={"description": text, "runbook": f"javascript:{text}"},
        evidence=evidence(series=text, unit=text, points=()),
    )
    given_ = notification(
        f"{ADDRESS}\r\nBcc: thief@evil.example",
        incident=incident(title=text, route=text, receiver=text, alerts={"f": bad}),
    )
    mail = parsed(given_)
    assert mail["Bcc"] is None
    html = _Words(part(mail, "html"))
    assert not html.tags & {"script", "img", "iframe", "object"}
    values = [value or "" for name_, value in html.attributes if name_ == "href"]
    assert all(value.startswith("https://") for value in values)
    assert not any(name_.startswith("on") for name_, _ in html.attributes)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300), st.text(max_size=50))
def test_any_title_and_route_make_a_mail(title: str, route: str) -> None:
    shape = incident(
        title=title, route=route, receiver=route, id=title[:9], alerts={"f": NO_PICTURE}
    )
    mail = parsed(notification(ADDRESS, incident=shape))
    assert mail["To"] == ADDRESS
    assert not mail.defects


def test_everything_hostile_at_once_is_parsed_without_defects() -> None:
    mail = parsed(hostile(ADDRESS))
    assert not mail.defects
    assert part(mail, "plain")


@pytest.mark.parametrize(
    "address", ["ana@b.c, bo@b.c", "ana@b.c;Bo <bo@b.c>;", "<ana@b.c> <bo@b.c>"]
)
def test_nobody_of_an_address_is_left_out(address: str) -> None:
    assert recipients(address) == ["ana@b.c", "bo@b.c"]


@pytest.mark.parametrize("address", ["", "nobody", "a@b, c d@e", "a@b@c", "a@b c@d", "#ops"])
def test_what_is_no_address_is_final(address: str, tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        (receipt,) = await tell(BENCHES["email"].make(peers), notification(address))
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert "not a mail address" in receipt.detail
        assert not peers.smtp.mails

    with_peers(tmp_path, story)


def test_one_refused_recipient_of_two_is_named(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        both = f"{ADDRESS}, gone@nowhere.invalid"
        (receipt,) = await tell(BENCHES["email"].make(peers), notification(both))
        assert receipt.status is DeliveryStatus.SENT
        assert receipt.detail == "refused for gone@nowhere.invalid (550)"

    with_peers(tmp_path, story)


def test_one_greylisted_and_one_unknown_recipient_is_temporary(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        peers.smtp.inject(MailFault(reply="550 5.1.1 No such user"), MailFault())
        both = f"{ADDRESS}, ben@shop.example"
        (receipt,) = await tell(BENCHES["email"].make(peers), notification(both))
        assert receipt.status is DeliveryStatus.FAILED_TEMPORARY

    with_peers(tmp_path, story)


def test_a_password_never_goes_to_another_machine_in_the_clear() -> None:
    far = Email(
        name="m", host="mail.shop.example", sender=ADDRESS, username="u", password=Secret("p")
    )
    assert far._start_tls() is True


def test_a_relay_without_encryption_is_refused_where_it_is_required(tmp_path: Path) -> None:
    async def story(peers: Peers) -> None:
        port = peers.ports["smtp"]
        strict = Email(name="m", host="127.0.0.1", port=port, sender=ADDRESS, security="starttls")
        (receipt,) = await tell(strict, notification(ADDRESS))
        assert receipt.status is DeliveryStatus.FAILED_PERMANENT
        assert not peers.smtp.mails

    with_peers(tmp_path, story)


REPLIES = {
    "421 4.3.2 Shutting down": DeliveryStatus.FAILED_TEMPORARY,
    "451 4.7.1 Greylisted": DeliveryStatus.FAILED_TEMPORARY,
    "452 4.2.2 Mailbox full": DeliveryStatus.FAILED_TEMPORARY,
    "550 5.1.1 No such user": DeliveryStatus.FAILED_PERMANENT,
    "554 5.7.1 Refused": DeliveryStatus.FAILED_PERMANENT,
}


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("reply", REPLIES)
def test_a_reply_at_any_stage_says_whether_another_attempt_is_worth_it(
    reply: str, stage: str, tmp_path: Path
) -> None:
    async def story(peers: Peers) -> None:
        peers.smtp.inject(MailFault(stage=stage, reply=reply))
        channel = BENCHES["email"].make(peers)
        (receipt,) = await tell(channel, notification(ADDRESS))
        await channel.close()
        assert receipt.status is REPLIES[reply]
        assert reply.split()[0] in receipt.detail

    with_peers(tmp_path, story)


def test_later_mail_is_no_copy_of_a_first_one_of_which_we_never_heard() -> None:
    first = notification(ADDRESS)
    lost = parsed(first)
    later = parsed(replace(first, sequence=1, attempt=2, reason=NotifyReason.RESOLVED))
    assert later["Message-ID"] != lost["Message-ID"]
    assert later["In-Reply-To"] == lost["Message-ID"]


def test_a_picture_that_cannot_be_drawn_costs_no_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> bytes:
        raise ImportError("a matplotlib for another numpy")

    monkeypatch.setattr(chart, "png", fails)

    async def story(peers: Peers) -> None:
        (receipt,) = await tell(BENCHES["email"].make(peers), notification(ADDRESS))
        assert receipt.status is DeliveryStatus.SENT
        assert receipt.detail == "its picture could not be drawn (ImportError)"

    with_peers(tmp_path, story)
    assert "<img" not in part(parsed(notification(ADDRESS)), "html")
