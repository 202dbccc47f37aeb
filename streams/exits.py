"""Exit codes of a worker that mean something to its parent."""

UNREADABLE = 65  # another version wrote the state: starting again will not help
