"""Loops over the bytes of records, compiled as those of `detectors/kernels/` are."""
