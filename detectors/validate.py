"""Checks of parameters, each raising ValueError with one clear sentence."""

import math


def positive(**numbers: float) -> None:
    """Refuse numbers that are not finite and above 0."""
    for name, number in numbers.items():
        if not (math.isfinite(number) and number > 0):
            raise ValueError(f"{name} must be above 0, not {number}")


def between(low: float, high: float, **numbers: float) -> None:
    """Refuse numbers outside [low, high]."""
    for name, number in numbers.items():
        if not low <= number <= high:
            raise ValueError(f"{name} must be from {low:g} to {high:g}, not {number}")
