"""Loops over bytes, compiled as those of `detectors/kernels/` are."""
