"""Signatures of webhooks, as https://www.standardwebhooks.com has them.

The sender signs `id.timestamp.body` with HMAC-SHA256; the headers `webhook-id`,
`webhook-timestamp` and `webhook-signature` carry what the receiver needs. There are libraries that
check it in most languages; in a shell:

    printf %s "$id.$timestamp.$body" | openssl dgst -sha256 -hmac "$SECRET" -binary | base64
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from hashlib import sha256

from routing.secret import Secret

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE_S = 300
_LONGEST_STAMP = 20
_ENCODED = "whsec_"


def signed(body: bytes, *, id: str, at: float, secret: Secret) -> dict[str, str]:
    """The headers of a signed request.

    >>> signed(b"{}", id="n1", at=1_700_000_000.0, secret=Secret("s"))["webhook-signature"]
    'v1,aozSbaio8VSjMwW+iih669HaehB69pUIPsPY89XzSLk='
    """
    stamp = str(int(at))
    return {ID: id, TIMESTAMP: stamp, SIGNATURE: f"v1,{_digest(body, id, stamp, secret)}"}


def is_genuine(body: bytes, headers: Mapping[str, str], *, now: float, secret: Secret) -> bool:
    """Whether the body is as it was signed, within five minutes of now.

    >>> headers = signed(b"{}", id="n1", at=100.0, secret=Secret("s"))
    >>> [is_genuine(body, headers, now=at, secret=Secret("s"))
    ...  for body, at in ((b"{}", 399.0), (b"{}", 401.0), (b"[]", 100.0))]
    [True, False, False]
    """
    stamp, given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    is_instant = stamp.isascii() and stamp.isdecimal() and len(stamp) <= _LONGEST_STAMP
    if not is_instant or abs(now - int(stamp)) > TOLERANCE_S:
        return False
    wanted = f"v1,{_digest(body, headers.get(ID, ''), stamp, secret)}".encode()
    offered = given.encode("utf-8", "replace").split()
    return any(hmac.compare_digest(wanted, one) for one in offered)


def _digest(body: bytes, id: str, stamp: str, secret: Secret) -> str:
    said = f"{id}.{stamp}.".encode("utf-8", "replace") + body
    return base64.b64encode(hmac.new(_key(secret), said, sha256).digest()).decode()


def _key(secret: Secret) -> bytes:
    """The bytes behind a secret: its text, or what `whsec_` and base64 stand for."""
    text = secret.reveal()
    if text.startswith(_ENCODED):
        try:
            return base64.b64decode(text.removeprefix(_ENCODED), validate=True)
        except binascii.Error:
            pass
    return text.encode()
