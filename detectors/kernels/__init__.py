"""Loops over the rows of a round, compiled; nothing here knows of banks, states or profiles."""
