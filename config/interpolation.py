"""`${NAME}` and `${NAME:-default}` in plain text, filled in from the environment.

For addresses and ports that differ between places. Not for secrets: those are `{env: NAME}` where
they are wanted, so that they never become part of a text that is shown.
"""

import re
from collections.abc import Mapping

from config.errors import Wrong

_PLACEHOLDER = re.compile(r"\$?\$\{([A-Z_][A-Z0-9_]*)(?::-([^{}]*))?\}", re.ASCII)


def interpolate(text: str, environ: Mapping[str, str]) -> str:
    """The text with placeholders filled in; an empty variable counts as absent.

    `$${NAME}` stays as `${NAME}`. Raises :class:`Wrong` for a variable that is not there and has no
    default.

    >>> interpolate("${HOST:-localhost}:9092", {})
    'localhost:9092'
    >>> interpolate("$${HOST}", {"HOST": "kafka"})
    '${HOST}'
    """

    def fill(match: re.Match[str]) -> str:
        """What stands in place of one placeholder. Raises `Wrong`."""
        if match[0].startswith("$$"):
            return match[0][1:]
        value = environ.get(match[1]) or match[2]
        if value is None:
            raise Wrong(
                f"the environment variable {match[1]} is not set: set it, or write a default as "
                f"${{{match[1]}:-value}}",
                offset=match.start(),
            )
        return value

    return _PLACEHOLDER.sub(fill, text)
