"""Pressing: the id of a command, by which a second press is known to be the same.

What was pressed is named by the incident as it was seen: pressed twice it is one command, and so
it is by two people at once where `words` do not say who; after anything has changed it is another.
"""

from routing.digest import digest
from routing.incident import Incident


def command_id(incident: Incident, *words: str) -> str:
    """The id of a command, said in `words`, to an incident as it stands."""
    return digest(incident.id, str(incident.version), *words, chars=16)
