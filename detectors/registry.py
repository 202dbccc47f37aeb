"""The detectors by name; their parameters are the keyword-only arguments of their classes."""

from detectors.counts import Counts
from detectors.detector import Detector
from detectors.ewma import Ewma
from detectors.flat_line import FlatLine
from detectors.forecast import Forecast
from detectors.half_space_trees import HalfSpaceTrees
from detectors.jump import Jump
from detectors.level import Level
from detectors.level_shift import LevelShift
from detectors.mean_shift import MeanShift
from detectors.page_hinkley import PageHinkley
from detectors.rate_of_change import RateOfChange
from detectors.ratio import Ratio
from detectors.robust import Robust
from detectors.seasonal import Seasonal
from detectors.threshold import Threshold
from detectors.trend import Trend
from detectors.variance import Variance

DETECTORS: dict[str, type[Detector]] = {
    "ewma": Ewma,
    "robust": Robust,
    "seasonal": Seasonal,
    "level_shift": LevelShift,
    "counts": Counts,
    "threshold": Threshold,
    "level": Level,
    "jump": Jump,
    "ratio": Ratio,
    "mean_shift": MeanShift,
    "rate_of_change": RateOfChange,
    "flat_line": FlatLine,
    "forecast": Forecast,
    "page_hinkley": PageHinkley,
    "variance": Variance,
    "trend": Trend,
}
"""Detectors of one series: for `Profile.detectors`."""

MODELS: dict[str, type[HalfSpaceTrees]] = {"half_space_trees": HalfSpaceTrees}
"""Models over several series together: for `Profile.model`."""
