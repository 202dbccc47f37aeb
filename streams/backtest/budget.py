"""Whether a budget of false alarms was kept, as far as so short a time can tell."""

from dataclasses import dataclass
from typing import Literal

from scipy.stats import chi2

Verdict = Literal["kept", "exceeded", "too short to tell"]

_CONFIDENCE = 0.95
_FACTOR = 2.0  # a rate within this factor of the budget keeps it


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Alarms that the budget allows in the time that was watched, and those that were found.

    `low` and `high` bound, each with 95 % confidence, how many so long a time has in the long run
    (the Poisson interval of the count). The budget is exceeded where `low` is above what it
    allows, kept where `high` is at most twice that; otherwise there was too little time.
    """

    allowed: float
    found: int

    @property
    def low(self) -> float:
        """The fewest alarms in the long run that make so many likely."""
        return float(chi2.ppf(1 - _CONFIDENCE, 2 * self.found) / 2) if self.found else 0.0

    @property
    def high(self) -> float:
        """The most."""
        return float(chi2.ppf(_CONFIDENCE, 2 * (self.found + 1)) / 2)

    @property
    def verdict(self) -> Verdict:
        """What can be said.

        >>> Budget(allowed=0.3, found=0).verdict, Budget(allowed=3.0, found=1).verdict
        ('too short to tell', 'kept')
        >>> Budget(allowed=0.3, found=4).verdict
        'exceeded'
        """
        if self.low > self.allowed:
            return "exceeded"
        return "kept" if self.high <= _FACTOR * self.allowed else "too short to tell"


def together(budgets: list[Budget]) -> Budget:
    """The budgets of several series as one."""
    return Budget(
        allowed=sum(budget.allowed for budget in budgets),
        found=sum(budget.found for budget in budgets),
    )
