"""Codecs: record values to samples, and to dead letters with a reason."""
