"""Takes what may be a secret out of a source line before it is shown.

A secret belongs into the environment or a file, and the loader refuses it in YAML; but the line
that is refused must be shown to be mended, and by then somebody may be sharing the screen.
"""

import re

_WORDS = "tok|pass|pwd|secr|cred|auth|webhook|api[_-]?key|routing[_-]?key"
_SECRET_KEY = re.compile(rf"(?i){_WORDS}|key")
_NAMED = re.compile(
    rf"""(?ix)
    (?P<key> ["']? [\w.-]* (?: {_WORDS} ) [\w.-]* ["']? \s* : (?: \s+ | (?=["'])) )
    (?! [|>\[{{] | \$\{{ )  (?P<value> "[^"]*"? | '[^']*'? | [^\s,{{}}\#]+ [^,{{}}\#]* )
    """
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # a terminal would obey them
_SHAPES = re.compile(
    r"""(?x)
    xox[a-z]-[\w-]+                                            # Slack
    | (?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{24,}  # keys, hashes
    | (?<=://)[^/@\s:]*:[^/@\s]+(?=@)                          # user:password@ in an address
    | (?<![\w+.-])(?!https?:)[a-zA-Z][\w+.-]+://[^\s"',}]+      # Apprise's: all of it
    """
)


def redact(line: str) -> str:
    """The line with likely secrets replaced by `***`.

    >>> redact('    token: xoxb-1-abc  # shop bot')
    '    token: ***  # shop bot'
    >>> redact('    token: {env: SLACK_TOKEN}')
    '    token: {env: SLACK_TOKEN}'
    >>> redact('url: https://ana:hunter2@example.org/')
    'url: https://***@example.org/'
    >>> redact('urls: {ana: discord://417/JHMH}')
    'urls: {ana: ***}'
    """
    return _SHAPES.sub("***", _NAMED.sub(_masked, _CONTROL.sub("\ufffd", line)))


def _masked(match: re.Match[str]) -> str:
    value = match["value"]
    return f"{match['key']}***{value[len(value.rstrip()) :]}"


def is_secret(key: str) -> bool:
    """Whether what a setting holds may be a secret, by its name.

    >>> is_secret("access_key"), is_secret("sender")
    (True, False)
    """
    return _SECRET_KEY.search(key) is not None
