"""What Slack tells us of pressed buttons, by signed HTTP or over a socket.

https://docs.slack.dev/authentication/verifying-requests-from-slack has the signature.
"""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import get_args
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from routing.channels.answer import Answer, Person, Unheard, Word, key_of
from routing.digest import digest
from routing.secret import Secret

ACTION = "tocsin."  # what the ids of our buttons begin with
TOLERANCE_S = 300
_WORDS = frozenset(get_args(Word))


class _User(Struct, frozen=True):
    id: str = ""
    name: str = ""
    username: str = ""


class _Pressed(Struct, frozen=True):
    action_id: str = ""
    value: str = ""
    action_ts: str = ""


class _Payload(Struct, frozen=True):
    type: str
    user: _User = _User()
    actions: list[_Pressed] = []
    response_url: str = ""


_payload = msgspec.json.Decoder(_Payload)


def signature(body: bytes, stamp: str, key: bytes) -> str:
    """What Slack writes into `X-Slack-Signature`.

    >>> signature(b"payload=x", "1700000000", b"8f742231b10e8888abcd99yyyzzz85a5")[:12]
    'v0=7f215c95b'
    """
    said = b"v0:" + stamp.encode("utf-8", "replace") + b":" + body
    return "v0=" + hmac.new(key, said, sha256).hexdigest()


def heard(
    body: bytes, headers: Mapping[str, str], *, secret: Secret | None, now: float
) -> Sequence[Answer]:
    """The answers in a request. Raises `Unheard`."""
    key, stamp = key_of(secret), headers.get("x-slack-request-timestamp", "")
    given = headers.get("x-slack-signature", "").encode("utf-8", "replace")
    if not hmac.compare_digest(signature(body, stamp, key).encode(), given):
        raise Unheard("not_genuine")
    if not (stamp.isascii() and stamp.isdecimal()) or abs(now - int(stamp)) > TOLERANCE_S:
        raise Unheard("stale")
    try:
        fields = parse_qs(body.decode(), max_num_fields=8)
    except ValueError:
        raise Unheard("unreadable") from None
    return answers(fields.get("payload", [""])[0].encode())


def answers(payload: bytes) -> Sequence[Answer]:
    """The answers in a payload that is known to be Slack's. Raises `Unheard`."""
    try:
        said = _payload.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unheard("unreadable") from None
    if said.type != "block_actions":
        return ()
    handle = said.user.username or said.user.name
    who = Person(addresses=(said.user.id, f"@{handle}"), name=said.user.name or handle)
    return [
        _answer(pressed, word, who, said)
        for pressed in said.actions
        if (word := _word(pressed)) is not None
    ]


def _answer(pressed: _Pressed, word: Word, who: Person, said: _Payload) -> Answer:
    name = digest(said.user.id, pressed.action_id, pressed.value, pressed.action_ts, chars=20)
    return Answer(
        incident_id=pressed.value,
        word=word,
        by=who,
        id=f"slack:{name}",
        reply_to=said.response_url,
    )


def _word(pressed: _Pressed) -> Word | None:
    """What a button stands for; those that only lead somewhere stand for nothing."""
    word = pressed.action_id.removeprefix(ACTION)
    is_ours = pressed.action_id.startswith(ACTION) and bool(pressed.value)
    return word if is_ours and word in _WORDS else None  # type: ignore[return-value]
