"""The grammars of matchers: the classic one, the UTF-8 one, and both with a fallback."""
