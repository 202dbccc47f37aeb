"""Forms that only our own pages can send.

A visitor's browser holds a random cookie that other sites cannot make it send (SameSite=Strict),
and a form holds a signature of that cookie: both have to come together (a signed double submit).
The `Origin` of the request has to be ours as well.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from aiohttp import web

from console.errors import Refused

COOKIE = "tocsin_form"
FIELD = "token"
_STALE = "this page was out of date: it is fresh now, press the button again"


class FormGuard:
    """Signs forms and checks them when they come back; the key lives as long as the process."""

    def __init__(self, console_url: str = "") -> None:
        self._key = secrets.token_bytes(32)
        self._origin = _origin(console_url)

    def visitor(self, request: web.Request) -> str:
        """The visitor's random cookie, a new one where there is none."""
        return request.cookies.get(COOKIE) or secrets.token_hex(16)

    def token(self, visitor: str) -> str:
        """The signature that a form of this visitor carries."""
        return hmac.new(self._key, visitor.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def remember(self, request: web.Request, response: web.StreamResponse, visitor: str) -> None:
        """Hand the cookie to the browser, over TLS only where that is how we are reached."""
        is_secure = request.secure or self._origin == ("https", request.host.lower())
        response.set_cookie(
            COOKIE, visitor, httponly=True, samesite="Strict", path="/", secure=is_secure
        )

    def check(self, request: web.Request, token: str) -> None:
        """Raise `Refused` unless the request comes from a form of ours."""
        self._check_origin(request)
        visitor = request.cookies.get(COOKIE, "")
        expected, given = self.token(visitor).encode(), token.encode("utf-8", "replace")
        if not visitor or not hmac.compare_digest(expected, given):
            raise Refused(_STALE)

    def _check_origin(self, request: web.Request) -> None:
        sent = request.headers.get("Origin") or request.headers.get("Referer") or ""
        scheme, host = _origin(sent)
        if scheme in ("http", "https") and host == request.host.lower():
            return
        if host and (scheme, host) == self._origin:
            return
        raise Refused(
            "the form came from another address than this console's: open the incident here, "
            "or set console.url to the address people use"
        )


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc.lower()
