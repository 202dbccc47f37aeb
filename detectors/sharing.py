"""What is granted to the series of a bank: what people said of them, and what they share.

A budget (detectors/quota.py), or a share of false discoveries (detectors/discoveries.py).
"""

from collections.abc import Callable

import numpy as np

from detectors.detector import Floats
from detectors.discoveries import RECORD, Discoveries
from detectors.hypotheses import Levels
from detectors.leeway import Granted, Leeway, Said
from detectors.profile import Profile
from detectors.quota import Quota
from detectors.records import Saved
from detectors.state import Index
from detectors.store import Store

_QUOTA = b"q"  # key of the record that says how many series share a budget


class Sharing:
    """What the rows of one bank are granted; the series of a row is what `key` gives."""

    def __init__(self, profile: Profile, key: Callable[[int], str]) -> None:
        self._key = key
        self._among = 1
        self._leeway: Leeway | None = None
        self._quota: Quota | None = None
        self._discoveries: Discoveries | None = None
        self._is_recounted = False
        self._begin(profile)

    @property
    def is_any(self) -> bool:
        """Whether anything is granted to any row."""
        return any(of is not None for of in (self._leeway, self._quota, self._discoveries))

    def split(self, profile: Profile, among: int) -> None:
        """Say over how many banks the series of a group are spread that share a budget."""
        self._among = among
        self._begin_quota(profile)

    def grant(self, said: Said | None) -> None:
        """Go on under what was said of single series; None: nothing."""
        self._leeway = None if said is None else Leeway(said, self._key)

    def revise(self, before: Profile, profile: Profile) -> None:
        """Go on under another profile."""
        is_same = before.shared_by == profile.shared_by
        if is_same and self._discoveries is not None and profile.spending is not None:
            self._discoveries.revise(profile.spending)
        elif not is_same or before.spending != profile.spending:
            self._begin(profile)

    def granted(self, rows: Index, at: Floats) -> Granted | None:
        """What holds for samples of rows, if anything."""
        granted = None if self._leeway is None else self._leeway.of(rows, at)
        if self._quota is None:
            return granted
        nobody = np.zeros(len(rows), np.bool_)
        granted = granted or Granted(np.ones(len(rows)), nobody, nobody)
        return granted._replace(factor=granted.factor * self._quota.of(rows))

    def levels(self, rows: Index) -> Levels | None:
        """The levels of the tests of rows, where false discoveries are controlled."""
        return None if self._discoveries is None else self._discoveries.levels(rows)

    def is_held(self, row: int, at: float) -> bool:
        """Whether a row learns nothing at an instant."""
        if self._leeway is None:
            return False
        return bool(self._leeway.of(np.array([row]), np.array([at])).held[0])

    def take_stock(self, store: Store) -> bool:
        """Judge by what there is now; whether that is news, to be saved at once."""
        if self._quota is not None and self._quota.take_stock(store.is_used):
            self._is_recounted = True
        if self._discoveries is None:
            return self._is_recounted
        self._discoveries.take_stock(store)
        return self._discoveries.has_news

    def records(self) -> list[Saved]:
        """The news of :meth:`take_stock`, to be saved after the rows."""
        if self._discoveries is not None:
            return self._discoveries.records()
        if self._quota is None or not self._is_recounted:
            return []
        self._is_recounted = False
        return [(_QUOTA, self._quota.dump())]

    def restore(self, key: bytes, value: bytes | None) -> bool:
        """Take a record back; whether it is one of these."""
        if key == _QUOTA:
            if self._quota is not None and value is not None:
                self._quota.load(value)
            return True
        if key[:1] != RECORD:
            return False
        if self._discoveries is not None:
            self._discoveries.load(key, value)
        return True

    def forget(self, rows: Index) -> None:
        """Rows that others may have from now on."""
        for each in (self._leeway, self._quota, self._discoveries):
            if each is not None:
                each.forget(rows)

    def _begin(self, profile: Profile) -> None:
        spending, by = profile.spending, profile.shared_by
        self._discoveries = None
        if spending is not None and by is not None:
            self._discoveries = Discoveries(spending, by, self._key)
        self._begin_quota(profile)

    def _begin_quota(self, profile: Profile) -> None:
        by = None if profile.spending is not None else profile.shared_by
        self._quota = None if by is None else Quota(by, self._key, self._among)
