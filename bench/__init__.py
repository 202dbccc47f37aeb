"""Measurements: speed as a ratio to something run beside it, medians of several runs."""
