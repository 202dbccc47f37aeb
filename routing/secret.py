"""Secrets: values that print as `***`."""


class Secret:
    """A token or password. `reveal()` is the only way to its text.

    `source` is where it is from, as YAML has it: `{env: SLACK_TOKEN}`. `is_missing` where it
    stands in for one that is not there: then nothing may rest on it.

    >>> s = Secret("xoxb-1")
    >>> s, str(s), f"{s}", s.reveal()
    (***, '***', '***', 'xoxb-1')
    """

    __slots__ = ("_text", "is_missing", "source")

    def __init__(self, text: str, *, source: str = "", is_missing: bool = False) -> None:
        self._text = text
        self.source = source
        self.is_missing = is_missing

    def reveal(self) -> str:
        """The text itself, for handing to a provider's SDK."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")
