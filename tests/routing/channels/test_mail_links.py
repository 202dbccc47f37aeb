"""Links of mails: signed, in both parts, and worth nothing once changed."""

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.channels.answer import Unheard
from routing.channels.email import Email
from routing.channels.mail_links import LONGEST, Link, asked, opened, seal
from routing.incident import IncidentState
from routing.notification import Notification
from routing.policy import Contact
from routing.secret import Secret
from tests.console.scene import acknowledged, paged_incident, resolved

KEY = Secret("a key that is long enough")
LINK = Link("inc-1", "acknowledge", "ana@shop.example", 1_000)
OPEN = paged_incident()


def notification(incident: object = OPEN, **changes: object) -> Notification:
    given_ = {
        "id": "n1",
        "incident": incident,
        "contact": Contact("mail", "ana@shop.example"),
        "reason": OPEN.deliveries[0].reason,
        "url": "https://tocsin.example/incident/inc-7f3a9c",
    }
    return Notification(**{**given_, **changes})  # type: ignore[arg-type]


def mail(key: Secret | None = KEY) -> Email:
    return Email(name="mail", host="h", sender="t@shop.example", link_key=key)


def token() -> str:
    return seal(LINK, key=KEY, channel="mail")


def why(text: str, *, key: Secret | None = KEY, channel: str = "mail", now: float = 0.0) -> str:
    with pytest.raises(Unheard) as caught:
        opened(text, key=key, channel=channel, now=now)
    return caught.value.reason


def test_a_link_opens_to_what_was_signed_until_it_expires() -> None:
    assert opened(token(), key=KEY, channel="mail", now=999.9) == LINK
    assert why(token(), now=1_000) == "stale"


def test_a_link_of_another_key_or_channel_is_not_ours() -> None:
    assert why(token(), key=Secret("another that is long enough")) == "not_genuine"
    assert why(token(), channel="other") == "not_genuine"


def test_without_a_key_no_link_is_ours_even_one_signed_with_the_stand_in() -> None:
    stand_in = Secret("missing")
    forged = seal(LINK, key=stand_in, channel="mail")
    assert why(forged, key=Secret("missing", is_missing=True)) == "not_set_up"
    assert why(forged, key=None) == "not_set_up"
    assert why(forged, key=Secret("")) == "not_set_up"


def test_another_word_under_the_same_signature_is_not_ours() -> None:
    said, _, signature = token().partition(".")
    body = json.loads(base64.urlsafe_b64decode(said + "=="))
    for i, value in enumerate(("inc-2", "resolve", "bo@shop.example", 9_999_999)):
        changed = [*body[:i], value, *body[i + 1 :]]
        text = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
        assert why(f"{text}.{signature}") == "not_genuine"


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.hex()))
def test_whatever_else_stands_there_is_not_ours(text: str) -> None:
    assert why(text) == "not_genuine"


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_one_letter_changed_is_not_ours_or_the_same_link(at: int, letter: str) -> None:
    whole = token()
    at %= len(whole)
    changed = whole[:at] + letter + whole[at + 1 :]
    found = None
    with contextlib.suppress(Unheard):
        found = opened(changed, key=KEY, channel="mail", now=0.0)
    assert found in (None, LINK)


def test_an_endless_token_is_refused_before_it_is_read() -> None:
    assert why(token() + "A" * LONGEST) == "not_genuine"


@pytest.mark.parametrize(
    ("incident", "words"),
    [
        (OPEN, ["Acknowledge", "Resolve", "Silence 1 h"]),
        (acknowledged(OPEN), ["Resolve", "Silence 1 h"]),
        (resolved(OPEN), []),
    ],
)
def test_buttons_go_with_the_state(incident: object, words: list[str]) -> None:
    found = asked(notification(incident), key=KEY, expires_at=1)
    assert [name for name, _ in found] == words


def test_both_parts_of_a_mail_hold_the_same_links_and_each_opens() -> None:
    payload = mail().render(notification()).payload
    lines = payload["text"].splitlines()
    links = [line.partition(": ")[2] for line in lines if "/act/mail/" in line]
    assert len(links) == 3
    for link, word in zip(links, ("acknowledge", "resolve", "silence"), strict=True):
        assert link in payload["html"]
        assert link.startswith("https://tocsin.example/act/mail/")
        found = mail().opened(link.rpartition("/")[2], now=OPEN.opened_at.timestamp())
        assert (found.word, found.incident_id) == (word, "inc-7f3a9c")
        assert found.recipient == "ana@shop.example"


@pytest.mark.parametrize(
    ("key", "url"),
    [
        (None, "https://t/incident/x"),
        (KEY, ""),
        (Secret("m", is_missing=True), "https://t/incident/x"),
    ],
)
def test_a_mail_without_key_or_console_has_no_links(key: Secret | None, url: str) -> None:
    payload = mail(key).render(notification(url=url)).payload
    assert "/act/" not in payload["text"] + payload["html"]


def test_a_hostile_address_still_gives_links_that_open() -> None:
    contact = Contact("mail", "\ud800" + "ä@x," * 2000)
    payload = mail().render(notification(contact=contact)).payload
    (link, *_) = [line for line in payload["text"].splitlines() if "/act/mail/" in line]
    assert mail().opened(link.rpartition("/")[2], now=OPEN.opened_at.timestamp())


def test_a_key_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="link_key must have at least 16 characters"):
        mail(Secret("short"))


def test_the_same_notification_has_the_same_links() -> None:
    assert mail().render(notification()).payload == mail().render(notification()).payload


def test_state_table_covers_every_state() -> None:
    for state in IncidentState:
        assert asked(notification(paged_incident(state=state)), key=KEY, expires_at=1) is not None
