"""Tests of on call at the command line."""
