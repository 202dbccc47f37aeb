"""From detectors' residuals to one calibrated surprise.

Each residual's surprise is measured on its own past; the mean over the detectors that have an
opinion (their sum, but comparable when one joins) is measured on its own past again. One detector
is believed alone when it is 4 nats more surprised than that. How often runs of such samples come is
for :mod:`detectors.peaks`; a detector that is absolute needs neither.

Reference: R. A. Fisher, 1925, Statistical Methods for Research Workers (the sum of -log p).
"""

from collections.abc import Sequence

import numpy as np

from detectors import tail
from detectors.detector import Detector, Floats, Judgement
from detectors.evidence import Look
from detectors.flags import Flags
from detectors.kernels import judge as kernels
from detectors.profile import Direction, Profile
from detectors.state import State

_DIRECTIONS = {"down": kernels.DOWN, "both": kernels.BOTH, "up": kernels.UP}


class Jury:
    """The detectors of a bank, as far as their opinions are weighed."""

    def __init__(self, detectors: Sequence[Detector], direction: Direction) -> None:
        self.absolute = np.array([detector.is_absolute for detector in detectors], np.bool_)
        self.direction = _DIRECTIONS[direction]


class Verdict:
    """The surprise of n samples, and what is needed to learn from them afterwards.

    `nats` is their surprise in the direction that matters (NaN where no detector that is calibrated
    has an opinion), `doubt` in either, `parts` by detector (detectors, n).
    """

    def __init__(self, jury: Jury, judgements: Sequence[Judgement], tails: State) -> None:
        self._jury = jury
        self._tails = tails
        residuals = _table([judgement.residual for judgement in judgements])
        self.nats, self._told, self.parts = self._weighed(residuals, jury.direction)
        sizes = self.nats
        if jury.direction != kernels.BOTH:
            sizes, *_ = self._weighed(residuals, kernels.BOTH)
        self.doubt = self.raised(sizes)

    def raised(self, nats: Floats) -> Floats:
        """Surprise, and where a detector that is absolute says more, that; never NaN."""
        raised = np.empty_like(nats)
        kernels.raise_to(self._jury.absolute, self.parts, nats, raised)
        return raised

    def learn(self, weight: Floats, dt: Floats, memory_s: float) -> None:
        """Take the samples into the tails, in place."""
        taken, keep = np.empty((2, len(dt)), np.float32)
        kernels.fade(weight, dt, memory_s, taken, keep)
        tail.learn(self._tails, self._told, taken, keep)

    def _weighed(
        self, residuals: Floats, direction: int
    ) -> tuple[Floats, tail.Floats32, tail.Floats32]:
        count, n = residuals.shape
        nats, told = np.empty(n), np.empty((2 * count + 1, n), np.float32)
        told, parts = told[: count + 1], told[count + 1 :]
        absolute = self._jury.absolute
        kernels.weigh(residuals, absolute, direction, *self._tails.values(), told, parts, nats)
        return nats, told, parts


def first_opinion(judgements: Sequence[Judgement]) -> tuple[Floats, Floats, Floats]:
    """Expected value, lower and upper end of the band: of the first detector that has them."""
    opinion = np.full((3, len(judgements[0].residual)), np.nan)
    for _, *told, _ in judgements:
        if not kernels.fill(opinion, _table(told)):
            break
    expected, lower, upper = opinion
    return expected, lower, upper


def alarms(look: Look, limit: Floats, profile: Profile) -> Flags:
    """Samples that are surprising enough, and so far from what was expected that it matters."""
    alarm = np.empty(len(limit), np.bool_)
    least = (profile.min_change, profile.min_change_ratio)
    kernels.alarm(look.nats, limit, look.value, look.expected, *least, alarm)
    return alarm


def start_again(
    detectors: Sequence[Detector], states: Sequence[State], x: Floats, at: Floats
) -> None:
    """Rebase every detector's state to level `x`, in place."""
    for detector, state in zip(detectors, states, strict=True):
        detector.rebase(state, x, at)


def _table(columns: Sequence[Floats]) -> Floats:
    return np.concatenate(columns).reshape(len(columns), -1)
