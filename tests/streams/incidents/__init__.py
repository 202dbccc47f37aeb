"""Tests of what commands read and do about incidents."""
