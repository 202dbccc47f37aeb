"""What of river can be named in a profile; without importing river, which takes a second."""

SUPERVISED = (
    "river.GaussianScorer",
    "river.StandardAbsoluteDeviation",
    "river.PredictiveAnomalyDetection",
)
"""Of one value: for `Profile.detectors`."""

UNSUPERVISED = (
    "river.HalfSpaceTrees",
    "river.LODA",
    "river.LocalOutlierFactor",
    "river.OneClassSVM",
    "river.QuantileFilter",
    "river.ThresholdFilter",
)
"""Of any number of features: for `Profile.model` as well."""

DRIFT = ("river.ADWIN", "river.KSWIN", "river.PageHinkley")
"""Detectors of drift, for `Profile.detectors`."""
