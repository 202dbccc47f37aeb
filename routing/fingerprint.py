"""The fingerprint of an alert: which labels make it the same alert.

`fp1` (2026-11): blake2b, 64 bits, over the sorted names and values of all labels that are not
empty. An algorithm never changes in place; a new one gets a new id, because fingerprints are kept
in snapshots and in what contacts were told.
"""

import hashlib

from routing.digest import joined
from routing.labels import Labels

ALGORITHM = "fp1"


def fingerprint(labels: Labels) -> str:
    """The id of the alert with these labels.

    >>> fingerprint({"host": "a", "service": "shop"})
    'fp1:5e5b0ead6bd4f38d'
    >>> fingerprint({"service": "shop", "host": "a", "zone": ""})
    'fp1:5e5b0ead6bd4f38d'
    """
    parts = [text for name in sorted(labels) if labels[name] for text in (name, labels[name])]
    return f"{ALGORITHM}:{hashlib.blake2b(joined(parts), digest_size=8).hexdigest()}"


def explain(labels: Labels) -> str:
    """How the fingerprint came about, for people.

    >>> explain({"service": "shop", "host": "a"})
    'fp1:5e5b0ead6bd4f38d = blake2b-64 of host="a", service="shop"'
    """
    return f"{fingerprint(labels)} = blake2b-64 of {written(labels) or 'no labels'}"


def written(labels: Labels) -> str:
    """Labels as people write them, sorted, without the empty ones."""
    return ", ".join([f'{name}="{labels[name]}"' for name in sorted(labels) if labels[name]])
