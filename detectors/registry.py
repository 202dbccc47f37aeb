"""The detectors by name; their parameters are the keyword-only arguments of their classes.

River is imported only when a detector of it is asked for.
"""

from collections.abc import Mapping

from detectors import river_names
from detectors.counts import Counts
from detectors.detector import Detector
from detectors.ewma import Ewma
from detectors.flat_line import FlatLine
from detectors.forecast import Forecast
from detectors.half_space_trees import HalfSpaceTrees
from detectors.holt_winters import HoltWinters
from detectors.innovation import Innovation
from detectors.jump import Jump
from detectors.lazy import Lazy
from detectors.level import Level
from detectors.level_shift import LevelShift
from detectors.mean_shift import MeanShift
from detectors.model import Model
from detectors.page_hinkley import PageHinkley
from detectors.rate_of_change import RateOfChange
from detectors.rate_ratio import RateRatio
from detectors.ratio import Ratio
from detectors.robust import Robust
from detectors.seasonal import Seasonal
from detectors.shape import Shape
from detectors.threshold import Threshold
from detectors.trend import Trend
from detectors.variance import Variance

OURS: Mapping[str, type[Detector]] = {
    "ewma": Ewma,
    "robust": Robust,
    "seasonal": Seasonal,
    "level_shift": LevelShift,
    "counts": Counts,
    "threshold": Threshold,
    "level": Level,
    "jump": Jump,
    "innovation": Innovation,
    "ratio": Ratio,
    "mean_shift": MeanShift,
    "rate_of_change": RateOfChange,
    "flat_line": FlatLine,
    "forecast": Forecast,
    "page_hinkley": PageHinkley,
    "variance": Variance,
    "trend": Trend,
    "holt_winters": HoltWinters,
    "rate_ratio": RateRatio,
    "shape": Shape,
}
"""Detectors that are our own."""


def _river_detectors() -> Mapping[str, type[Detector]]:
    from detectors.river_detector import river_detectors

    return river_detectors()


def _river_models() -> Mapping[str, type[Model]]:
    from detectors.river_group import river_models

    return river_models()


DETECTORS: Mapping[str, type[Detector]] = Lazy(
    OURS,
    later=(*river_names.SUPERVISED, *river_names.UNSUPERVISED, *river_names.DRIFT),
    load=_river_detectors,
)
"""Detectors of one series: for `Profile.detectors`."""

MODELS: Mapping[str, type[Model]] = Lazy(
    {"half_space_trees": HalfSpaceTrees}, later=river_names.UNSUPERVISED, load=_river_models
)
"""Models over several series together: for `Profile.model`."""
