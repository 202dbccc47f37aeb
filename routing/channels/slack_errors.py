"""What Slack says no with, in its own words and in ours."""

from slack_sdk.errors import SlackApiError

from routing.channels.attempt import Refusal, refused_with
from routing.channels.attempt import retry_after as asked_wait

FINAL = {
    "channel_not_found": "no such channel: check the address, and invite the bot",
    "not_in_channel": "the bot is not in the channel: invite it",
    "is_archived": "the channel is archived: choose another",
    "invalid_auth": "the token is not valid: check the channel's `token`",
    "not_authed": "the token is missing: check the channel's `token`",
    "token_revoked": "the token was revoked: make a new one",
    "token_expired": "the token has expired: make a new one",
    "account_inactive": "the bot was removed from the workspace: install it again",
    "missing_scope": "the bot lacks a permission: add {scope} and install it again",
    "no_permission": "the bot lacks a permission: add {scope} and install it again",
    "restricted_action": "the workspace does not let the bot post there",
    "user_not_found": "no such person: check the address",
    "users_not_found": "nobody has this mail address or name there: check the address",
    "cannot_dm_bot": "a bot cannot be told: choose a person or a channel",
    "invalid_blocks": "Slack refused the layout of the message",
    "invalid_arguments": "Slack refused the layout of the message",
    "msg_blocks_too_long": "Slack refused the message as too long",
    "msg_too_long": "Slack refused the message as too long",
    "no_text": "Slack refused the message as empty",
}
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
SCOPES = {
    "users.lookupByEmail": "users:read.email",
    "users.list": "users:read",
    "conversations.open": "im:write",
    "conversations.list": "channels:read",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}


class Gone(Refusal):
    """The message we would change is no more."""


class Lacking(Refusal):
    """The bot lacks a permission for the method."""


class Misshapen(Refusal):
    """Slack refused the blocks."""


_KINDS = dict.fromkeys(_GONE, Gone) | {
    "missing_scope": Lacking,
    "no_permission": Lacking,
    "invalid_blocks": Misshapen,
}


def refusal(error: SlackApiError, method: str) -> Refusal:
    """The refusal that an answer to this method stands for."""
    response = error.response
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 200))
    headers = getattr(response, "headers", {})
    if code in FINAL or code in _GONE:
        return _KINDS.get(code, Refusal)(explain(code, method), is_final=True)
    if status != 200 and code != "ratelimited":
        return refused_with(status, code, headers)
    wait, is_limited = asked_wait(headers), code == "ratelimited"
    return Refusal(explain(code), is_final=False, retry_after=wait, is_limited=is_limited)


def explain(code: str, method: str = "chat.postMessage") -> str:
    """The code, and what to do about it.

    >>> explain("missing_scope", "users.list")
    'missing_scope: the bot lacks a permission: add users:read and install it again'
    """
    advice = FINAL.get(code, "").format(scope=SCOPES.get(method, "chat:write"))
    return f"{code}: {advice}" if advice else code or "Slack gave no reason"
