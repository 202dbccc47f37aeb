"""What a budget of false alarms may be called."""

from collections.abc import Mapping

from config.models.profiles import Sensitivity

BUDGETS: Mapping[Sensitivity, str] = {"low": "1/180d", "normal": "1/30d", "high": "1/7d"}
"""The budget behind each name: how many false alarms for each series in how long."""
