"""Importing this has the kernels at hand, for the processes that are forked after that."""

from detectors.kernels.loading import load

load("streams.kernels")
