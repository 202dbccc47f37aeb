"""The marks that a partition is judged under, from one snapshot to the next."""

from collections.abc import Iterator, Mapping

from config.marks.marks import Marks
from config.marks.words import budget, changed, opinions
from detectors.anomaly import Anomaly
from detectors.leeway import Said
from detectors.profile import Profile
from streams import clock

_RECENT_S = 3600.0  # what was done so long before an anomaly may be its cause


class InForce:
    """One set of marks, and whether what is saved knows of it.

    What was saved with a snapshot is in force for all samples after it, in this life and in a
    replay after a crash: so both judge alike. `said` is for the banks, `is_saved` whether the
    changelog has it.
    """

    def __init__(self) -> None:
        self._marks = Marks()
        self.is_saved = True
        self.said: Said | None = None

    def __len__(self) -> int:
        return len(self._marks)

    def differs(self, marks: Marks) -> bool:
        """Whether these are others than those in force."""
        if marks is self._marks:
            return False
        if marks == self._marks:
            self._marks = marks  # the same object is the same at a glance, next time
            return False
        return True

    def take(self, marks: Marks) -> bool:
        """Whether these are others than those in force; they are from now on."""
        if not self.differs(marks):
            return False
        self._marks, self.said = marks, marks.said()
        self.is_saved = False
        return True

    def unsaved(self) -> Iterator[bytes | None]:
        """What must be written so that a replay knows it, None for no marks at all."""
        if not self.is_saved:
            self.is_saved = True
            yield self._marks.dump() if self._marks else None

    def notes(self, anomaly: Anomaly, profiles: Mapping[str, Profile]) -> tuple[str, ...]:
        """What there is to say where an anomaly is told."""
        return (*self._changes(anomaly), *self._opinions(anomaly, profiles))

    def _changes(self, anomaly: Anomaly) -> Iterator[str]:
        opened_at = clock.instant(anomaly.opened_at)
        for span in self._marks.before(anomaly.series, anomaly.opened_at, _RECENT_S)[:1]:
            yield f"What changed: {changed(span, opened_at)}."

    def _opinions(self, anomaly: Anomaly, profiles: Mapping[str, Profile]) -> Iterator[str]:
        feedback = self._marks.about(anomaly.series)
        profile = profiles.get(anomaly.profile)
        if feedback and profile is not None:
            usual = profile.false_alarms_per_s
            now = budget(usual * self._marks.factor(anomaly.series))
            yield f"False alarms: {now} instead of {budget(usual)}, by feedback: " + (
                f"{opinions(feedback)}."
            )
