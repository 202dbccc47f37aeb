"""The budget that feedback leaves to a series."""

from config.marks.marks import Marks
from config.marks.words import budget, factor
from config.settings import Config
from detectors.series import Series


def budgets_of(series: str, marks: Marks, config: Config) -> str:
    """The budget of a series by now, and that of its profile, or by how much it is changed."""
    usual = _usual(series, config)
    times = marks.factor(series)
    if not usual:
        return factor(marks.steps(series))
    return ", ".join(
        budget(rate) if times == 1 else f"{budget(rate * times)} instead of {budget(rate)}"
        for rate in usual
    )


def _usual(series: str, config: Config) -> list[float]:
    """The budgets of the profiles that watch a series, whatever input it comes by.

    A group of a model is called by its profile.
    """
    parsed = Series.parse(series)
    names = {n for source in config.inputs for n in config.profiles_of(source.name, parsed)}
    group = config.profiles.get(parsed.name)
    if group is not None and group.model is not None:
        names = {parsed.name}
    found = {config.profiles[name].false_alarms_per_s for name in names}
    return sorted(found)
