"""Every mail is one that strict readers take."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from msgspec.structs import replace

from routing.channels.email import build
from routing.channels.samples import hostile
from routing.notification import Notification
from tests.routing.channels.golden import MAIL
from tests.routing.channels.incidents import STORIES

STRICT = email.policy.default.clone(raise_on_defect=True)
LONGEST_LINE = 998  # RFC 5322, without its end
ALL = {**STORIES, "worse": hostile("a@shop.example")}


def sent(told: Notification) -> bytes:
    """The mail without its picture, which takes long to draw."""
    message = MAIL.render(told)
    return build(replace(message, payload=message.payload | {"chart": False})).as_bytes()


@pytest.mark.parametrize("name", ALL)
def test_a_mail_has_no_defect(name: str) -> None:
    raw = sent(ALL[name])
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= LONGEST_LINE
    assert b"\n" not in raw.replace(b"\r\n", b"")
    mail = email.message_from_bytes(raw, policy=STRICT)
    assert isinstance(mail, EmailMessage)
    assert [part for part in mail.walk() if part.defects] == []
    assert [name for name, value in mail.items() if value.defects] == []
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
