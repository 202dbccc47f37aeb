"""What a bot is allowed, and what it does without."""

from collections.abc import Set

from routing.channels.attempt import Refusal
from routing.channels.slack_api import SlackApi
from routing.channels.slack_errors import explain

NEEDED = "chat:write"
WANTED: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"channels:history", "channels:read"}), "it may tell twice"),
    (frozenset({"files:write"}), "its messages have no picture"),
    (frozenset({"users:read", "users:read.email"}), "people are known by their ids only"),
    (frozenset({"im:write"}), "what it told people is not found again"),
)


async def whoami(api: SlackApi) -> str:
    """Whose token it is, and what it cannot do. Raises `Refusal` where it cannot post."""
    answer, headers = await api.answer("auth.test", json={})
    given = {each.strip() for each in headers.get("x-oauth-scopes", "").split(",")} - {""}
    if given and NEEDED not in given:
        raise Refusal(explain("missing_scope"), is_final=True)
    return "; ".join([f"the bot {answer.get('user')} of {answer.get('team')}", *missed(given)])


def missed(given: Set[str]) -> list[str]:
    """What follows from the scopes that were not given; nothing where none are known.

    >>> missed({"chat:write", "channels:history", "channels:read", "im:write", "users:read"})
    ['without files:write its messages have no picture', \
'without users:read.email people are known by their ids only']
    """
    if not given:
        return []
    return [
        f"without {', '.join(sorted(wanted - given))} {then}"
        for wanted, then in WANTED
        if not wanted <= given
    ]
