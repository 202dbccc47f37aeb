"""A token bucket, kept as the moment from which it would be full."""

from routing.pace import Rate


class Bucket:
    """One rate. It begins with a single token: a restart is no leave for another burst."""

    def __init__(self, rate: Rate, began: float) -> None:
        self._every_s = rate.every_s
        self._slack_s = (rate.at_once - 1) * rate.every_s
        self._full_at = began + self._slack_s

    @property
    def ready_at(self) -> float:
        """When there is a token, or since when."""
        return self._full_at - self._slack_s

    def take(self, now: float) -> None:
        """Use a token up; due only when there is one."""
        self._full_at = max(self._full_at, now) + self._every_s
