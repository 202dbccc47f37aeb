"""Counters into rates, histograms into quantiles."""
