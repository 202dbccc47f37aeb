"""What an import has to say: what has no counterpart, and which secrets have to be put where."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know, and where it stands in Alertmanager's file."""

    path: str
    text: str


@dataclass(slots=True)
class Notes:
    """Collects what an import has to say. `secrets`: the variables, and where each is now."""

    notes: list[Note] = field(default_factory=list)
    secrets: dict[str, list[str]] = field(default_factory=dict)

    def say(self, path: str, text: str) -> None:
        """Note something."""
        self.notes.append(Note(path, text))

    def secret(self, variable: str, path: str) -> dict[str, str]:
        """The source of a secret that stands at `path`; its text is neither read nor shown."""
        self.secrets.setdefault(variable, []).append(path)
        return {"env": variable}


class Names:
    """Names of theirs as names of ours: one word without slashes and braces, each its own."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """Our name for theirs, the same each time.

        >>> names = Names()
        >>> names("team X/mails"), names("team X mails"), names("team X/mails")
        ('team-X-mails', 'team-X-mails-2', 'team-X-mails')
        """
        if name not in self._ours:
            base = re.sub(r"[\s/{}]+", "-", name).strip("-")[:190] or "unnamed"
            own, count = base, 1
            while own in self._ours.values():
                count += 1
                own = f"{base}-{count}"
            self._ours[name] = own
        return self._ours[name]


def variable(*words: str) -> str:
    """The name of an environment variable.

    >>> variable("pagerduty", "team-X key")
    'PAGERDUTY_TEAM_X_KEY'
    """
    return re.sub(r"[^A-Z0-9]+", "_", "_".join(words).upper()).strip("_")
