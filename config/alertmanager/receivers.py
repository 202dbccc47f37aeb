"""Receivers of Alertmanager as receivers and channels of ours.

Only what is known to hold no secret is copied. A secret becomes `{env: NAME}`, or `{file: PATH}`
where theirs is in a file.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from config.alertmanager.notes import Names, Notes, variable

Node = Mapping[str, Any]
Contact = dict[str, Any]

_NO_COUNTERPART = "has no counterpart here: whom it reached is told by nothing of this"
_SILENT_ENDS = frozenset({"slack_configs", "email_configs"})  # unless they say otherwise
_UNREAD = frozenset({"send_resolved", "headers", "html", "text", "title", "details", "fields"})


class Receivers:
    """Reads receivers; `channels` are what they need, `null` those that are to tell nobody."""

    def __init__(
        self, defaults: Node, names: Names, notes: Notes, *, is_compat: bool = False
    ) -> None:
        self._is_compat = is_compat
        self._defaults = defaults
        self._names = names
        self._notes = notes
        self.channels: dict[str, dict[str, Any]] = {}
        self.null: set[str] = set()

    def read(self, receivers: Iterable[Node]) -> dict[str, list[Contact]]:
        """The receivers by name, with their contacts."""
        return {
            self._names(one["name"]): self._receiver(one, f"receivers[{i}]")
            for i, one in enumerate(receivers)
        }

    def _receiver(self, receiver: Node, path: str) -> list[Contact]:
        contacts: list[Contact] = []
        kinds = [key for key, value in receiver.items() if key.endswith("_configs") and value]
        if not kinds:
            self.null.add(receiver["name"])
        for kind in kinds:
            for i, one in enumerate(receiver[kind]):
                contacts += self._one(kind, receiver["name"], one or {}, f"{path}.{kind}[{i}]")
        if kinds and not contacts:
            self._notes.say(path, "nobody is left in it: the root's receiver is told instead")
        return [dict(pair) for pair in dict.fromkeys(tuple(one.items()) for one in contacts)]

    def _one(self, kind: str, name: str, one: Node, path: str) -> list[Contact]:
        read = _KINDS.get(kind)
        if read is None:
            self._notes.say(path, _NO_COUNTERPART)
            return []
        unread = sorted(_UNREAD & one.keys() - {"send_resolved"})
        if unread:
            self._notes.say(path, f"templates are not kept: {', '.join(unread)}")
        tells_ends = one.get("send_resolved", kind not in _SILENT_ENDS)
        if not tells_ends and not self._is_compat:
            self._notes.say(path, "`send_resolved: false` is not kept: who was paged hears the end")
        more = {} if tells_ends or not self._is_compat else {"send_resolved": False}
        return [{**contact, **more} for contact in read(self, name, one, path)]

    def _slack(self, _: str, one: Node, path: str) -> list[Contact]:
        secret = self._notes.secret("SLACK_TOKEN", f"{path} (a webhook there, a bot token here)")
        self.channels.setdefault("slack", {"kind": "slack", "token": secret})
        if not one.get("channel"):
            self._notes.say(path, "names no channel: say which instead of #change-me")
        return [{"channel": "slack", "address": one.get("channel") or "#change-me"}]

    def _pagerduty(self, name: str, one: Node, path: str) -> list[Contact]:
        keys = self.channels.setdefault("pagerduty", {"kind": "pagerduty", "routing_keys": {}})
        address = self._names(name)
        while address in keys["routing_keys"]:
            address += "-more"
        file = one.get("routing_key_file") or one.get("service_key_file")
        wanted = variable("pagerduty", address)
        secret = {"file": file} if file else self._notes.secret(wanted, path)
        keys["routing_keys"][address] = secret
        if one.get("service_key") or one.get("service_key_file"):
            text = "has a key of the Events API v1: an integration key of v2 is needed"
            self._notes.say(path, text)
        return [{"channel": "pagerduty", "address": address}]

    def _email(self, name: str, one: Node, path: str) -> list[Contact]:
        host, _, port = str(self._given(one, "smarthost", "localhost:25")).rpartition(":")
        made: dict[str, Any] = {"kind": "email", "host": host or "localhost"}
        if port.isdigit():
            made["port"] = int(port)
        made["sender"] = self._given(one, "from", "") or "tocsin@example.org"
        if user := self._given(one, "auth_username", ""):
            made |= {"username": user, "password": self._password(one, path)}
        channel = self._channel("email", self._names(name), made)
        addresses = [text.strip() for text in str(one.get("to", "")).split(",") if text.strip()]
        return [{"channel": channel, "address": address} for address in addresses]

    def _jira(self, _: str, one: Node, path: str) -> list[Contact]:
        url = urlsplit(str(one.get("api_url") or self._defaults.get("jira_api_url") or ""))
        basic = (one.get("http_config") or {}).get("basic_auth") or {}
        made = {
            "kind": "jira",
            "base_url": f"{url.scheme or 'https'}://{url.hostname or 'jira.example.org'}",
            "token": self._notes.secret("JIRA_TOKEN", path),
            "issue_type": str(one.get("issue_type") or "Task"),
        }
        if basic.get("username"):
            made["user"] = basic["username"]
        channel = self._channel("jira", str(one.get("project", "")).lower() or "more", made)
        return [{"channel": channel, "address": str(one.get("project", "CHANGE-ME"))}]

    def _webhook(self, name: str, one: Node, path: str) -> list[Contact]:
        urls = self.channels.setdefault("webhook", {"kind": "webhook", "urls": {}})["urls"]
        address = self._names(name)
        while address in urls:
            address += "-more"
        file = one.get("url_file")
        secret = self._notes.secret(variable("webhook", address), f"{path}.url")
        urls[address] = {"file": file} if file else secret
        if one.get("http_config"):
            self._notes.say(path, "`http_config` is not kept: see `token` and `ca` of the channel")
        return [{"channel": "webhook", "address": address}]

    def _given(self, one: Node, key: str, otherwise: str) -> Any:
        return one.get(key) or self._defaults.get(f"smtp_{key}") or otherwise

    def _password(self, one: Node, path: str) -> dict[str, str]:
        file = one.get("auth_password_file") or self._defaults.get("smtp_auth_password_file")
        if file and not one.get("auth_password"):
            return {"file": file}
        own = one.get("auth_password")
        return self._notes.secret("SMTP_PASSWORD", path if own else "global.smtp_auth_password")

    def _channel(self, kind: str, word: str, made: dict[str, Any]) -> str:
        """A channel with these settings: the one there is, else a new one."""
        for name, known in self.channels.items():
            if known == made:
                return name
        name = kind if kind not in self.channels else f"{kind}-{word}"
        self.channels[name] = made
        return name


Read = Callable[[Receivers, str, Node, str], list[Contact]]

_KINDS: Mapping[str, Read] = {
    "slack_configs": Receivers._slack,
    "pagerduty_configs": Receivers._pagerduty,
    "email_configs": Receivers._email,
    "jira_configs": Receivers._jira,
    "webhook_configs": Receivers._webhook,
}
