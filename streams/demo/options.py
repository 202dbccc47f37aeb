"""What the demonstration can be told."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """How to demonstrate.

    `scenario` plays one scenario instead of all in turn. `broker` is somebody's Kafka to use
    instead of the embedded one; our topics there begin with a fresh prefix and are deleted at the
    end. `keep` is a folder for logs, mails and the configuration; without one they are temporary.
    `once` plays every scenario one time and judges; `as_json` then prints one JSON summary.
    `kill_worker` kills the worker once while incidents are open, to show that nothing is lost.
    """

    speed_up: float = 60.0
    scenario: str | None = None
    port: int = 8080
    broker: str | None = None
    seed: int = 1
    keep: Path | None = None
    once: bool = False
    as_json: bool = False
    kill_worker: bool = False

    @property
    def plan(self) -> str:
        """The feed's plan: `once`, `loop`, or a scenario's name."""
        return self.scenario or ("once" if self.once else "loop")
