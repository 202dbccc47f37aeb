"""What to do about an answer of a provider that says what is wrong, and not what that means."""

import re
from collections.abc import Mapping

_TOKEN = "check the channel's `user` and `token`"
_SECRET = "check the channel's `secret` or `token`, as the program there has it"
_KEY = "check `routing_keys`: each is an integration key of the Events API v2 of a service"
_LOGIN = "check the channel's `username` and `password`"
_REMEDIES: Mapping[tuple[str, str], str] = {
    ("pagerduty", "HTTP 400"): _KEY,
    ("pagerduty", "HTTP 401"): _KEY,
    ("pagerduty", "HTTP 403"): _KEY,
    ("pagerduty", "HTTP 404"): "check `base_url`",
    ("jira", "HTTP 401"): _TOKEN,
    ("jira", "HTTP 403"): "let the token's owner see the project, and make issues in it",
    ("jira", "HTTP 404"): "check `base_url`, and that this is the key of a project",
    ("jira", "HTTP 400"): "check `issue_type` and `priorities` against the project's",
    ("webhook", "HTTP 401"): _SECRET,
    ("webhook", "HTTP 403"): _SECRET,
    ("webhook", "HTTP 404"): "check the address in `urls`",
    ("email", "SMTP 530"): "the relay wants a login: set `username` and `password`",
    ("email", "SMTP 534"): _LOGIN,
    ("email", "SMTP 535"): _LOGIN,
    ("email", "SMTP 550"): "check the address, and that the relay takes mail from `sender`",
    ("email", "SMTP 554"): "check that the relay takes mail from `sender`",
}
_CODE = re.compile(r"(?:HTTP|SMTP) \d{3}")


def with_remedy(kind: str, text: str) -> str:
    """The words of what went wrong, with what to do where they do not say so themselves.

    >>> with_remedy("email", "SMTP 535: 5.7.8 Authentication credentials invalid")[-45:]
    "check the channel's `username` and `password`"
    >>> with_remedy("slack", "no answer in time: check the address and the network")
    'no answer in time: check the address and the network'
    """
    code = _CODE.match(text)
    remedy = _REMEDIES.get((kind, code[0])) if code else None
    return f"{text.rstrip(' .')}: {remedy}" if remedy else text
