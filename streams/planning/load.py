"""The load that a plan is for."""

from collections.abc import Iterable
from dataclasses import dataclass

from config.settings import Config
from detectors.bank import Bank
from detectors.defaults import DEFAULTS
from detectors.detector import Detector, reference_of
from detectors.profile import Profile
from streams.planning.costs import Costs

DEFAULT = tuple(detector.name for detector in DEFAULTS)
_SERIES_OF_A_GROUP = 5  # as in the figures of models over several series


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How a series is watched: by what, the bytes of its state, and microseconds a sample.

    `object_bytes`: of state that is saved besides, of models that are an object a series.
    """

    name: str
    detectors: tuple[str, ...]
    row_bytes: int
    judge_us: float
    object_bytes: int = 0

    @property
    def saved_bytes(self) -> int:
        """All that is saved of a series."""
        return self.row_bytes + self.object_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Samples a second of so many series, and what is to be done with them.

    `margin` is how many times the load the workers can take: with 2 they are half idle, and make
    up for an outage in as long as it lasted. `record_bytes` and `samples_per_record` are of the
    input, as it lies in Kafka. `standby`: how many others keep a copy of each state.
    """

    samples_per_s: float
    series: int
    watch: Watch
    format: str = "json"
    is_keyed: bool = False
    record_bytes: float = 80.0
    samples_per_record: float = 1.0
    replication: int = 3
    standby: int = 0
    retention_s: float = 7 * 86400.0
    outage_s: float = 3600.0
    margin: float = 2.0


def default_watch(costs: Costs) -> Watch:
    """What is watched with where no configuration says otherwise."""
    return Watch(
        name="default",
        detectors=DEFAULT,
        row_bytes=int(costs["judge.default.bytes"]),
        judge_us=costs["judge.default"],
    )


def watches_of(config: Config, costs: Costs) -> list[Watch]:
    """How the profiles of a configuration watch, the dearest first."""
    found = [_watch(profile, costs) for profile in reversed(list(config.profiles.values()))]
    return sorted(found, key=lambda one: (one.saved_bytes, one.judge_us), reverse=True)


def _watch(profile: Profile, costs: Costs) -> Watch:
    if profile.model is not None:
        model = profile.model.name
        bytes_of_groups = int(costs["judge.default.bytes"])  # of a group, which has many series
        return Watch(
            name=profile.name,
            detectors=(model,),
            row_bytes=bytes_of_groups,
            judge_us=costs[f"judge.{model}"],
            object_bytes=saved_bytes((model,), costs) // _SERIES_OF_A_GROUP,
        )
    names = tuple(detector.name for detector in profile.detectors)
    return Watch(
        name=profile.name,
        detectors=names,
        row_bytes=Bank(profile).bytes_per_row,
        judge_us=judge_us(profile.detectors, costs),
        object_bytes=saved_bytes(names, costs),
    )


def saved_bytes(names: Iterable[str], costs: Costs) -> int:
    """Bytes that are saved of a series' objects, of the detectors that keep any."""
    sizes = (costs.figures.get(f"saved.{name}") for name in names)
    return int(sum(size.value for size in sizes if size is not None))


def judge_us(detectors: Iterable[Detector], costs: Costs) -> float:
    """Microseconds of judging a sample: what all profiles do, and what each detector adds."""
    least = costs["judge.every"]
    return least + sum(costs[cost_of(detector)] - least for detector in detectors)


def cost_of(detector: Detector) -> str:
    """The name of what a detector costs: less where it builds on another."""
    lent = "" if reference_of(detector) is None else ".lent"
    return f"judge.{detector.name}{lent}"
