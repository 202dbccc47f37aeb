"""What can go wrong in the console.

ConsoleError
├── CannotStart      the surroundings: a port in use, a broker that does not answer
├── LogUnavailable   the broker: a command could not be written
└── Refused          the visitor: a form without a valid token, name or origin
"""


class ConsoleError(Exception):
    """Base of all; the text is one line that says what is wrong and what to do."""


class CannotStart(ConsoleError):
    """The console cannot begin its work."""


class LogUnavailable(ConsoleError):
    """The event log did not confirm a command."""


class Refused(ConsoleError):
    """A form was not accepted; nothing was changed."""
