"""Mutated records through every codec: none may raise, and each record must end in a known way.

    python -m bench.fuzz --records 1000000
    python -m bench.fuzz --records 200000 --formats influx otlp --seed 7

Prints for each format how its records ended and how fast. What goes wrong is printed with the seed
and the run that shows it, smallest records first, and the exit code is 1.
"""

import argparse
import json
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from streams.codecs.decoded import Codec
from tests.streams.codecs.conformance import outcomes, violations
from tests.streams.codecs.corpus import CORPUS, NAMES, VALID, made
from tests.streams.codecs.mutation import mutated
from tests.streams.codecs.producers import SECOND

NOW = SECOND + 10.0
AHEAD_S = 600.0
RUN = 100  # records decoded at once
FRESH = 50  # runs that one codec decodes; then a new one that remembers nothing
SAME = 5  # runs of one format that `auto` has to recognise
SHOWN = 5  # failures


@dataclass(slots=True)
class Tally:
    """What became of the records of one format."""

    name: str
    ended: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    samples: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    def line(self) -> str:
        """A row of the table."""
        records = self.ended.total()
        ended = "".join(f"{self.ended[w]:>11,}" for w in ("samples", "bad", "both", "nothing"))
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in self.reasons.most_common(6))
        return (
            f"{self.name:<16}{records:>11,}{ended}{self.samples:>12,}"
            f"{records / max(self.seconds, 1e-9):>12,.0f}  {reasons}"
        )


def fuzz(name: str, records: int, seed: int) -> Tally:
    """Mutate so many records of a format and decode them."""
    chance = random.Random(f"{name} {seed}")
    tally, codec = Tally(name), made(name)
    corpus = CORPUS[name]
    for run in range(-(-records // RUN)):
        if run % FRESH == 0:
            codec = made(name)
        if name == "auto" and run % SAME == 0:
            corpus = chance.choice(list(VALID.values()))
        values = [mutated(chance, corpus) for _ in range(min(RUN, records - run * RUN))]
        _decode(tally, codec, values)
        if len(tally.failures) >= SHOWN:
            break
    return tally


def _decode(tally: Tally, codec: Codec, values: Sequence[bytes | None]) -> None:
    started = time.perf_counter()
    try:
        found = codec.decode(values, [SECOND * 1000] * len(values), now=NOW)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        tally.failures.append(_blame(tally.name, values, repr(error)))
        return
    finally:
        tally.seconds += time.perf_counter() - started
    tally.ended += outcomes(found, len(values))
    tally.reasons.update(bad.reason for bad in found.bad)
    tally.samples += len(found.keys) + len(found.histograms)
    for wrong in violations(found, len(values), latest=NOW + AHEAD_S):
        tally.failures.append(_blame(tally.name, values, wrong))


def _blame(name: str, values: Sequence[bytes | None], wrong: str) -> str:
    """The smallest record that shows it alone, or the whole run."""
    for value in sorted(values, key=lambda value: len(value or b"")):
        try:
            found = made(name).decode([value], [SECOND * 1000], now=NOW)
        except Exception:  # noqa: BLE001
            return f"{name}: {wrong}: {value!r}"[:3000]
        if violations(found, 1, latest=NOW + AHEAD_S):
            return f"{name}: {wrong}: {value!r}"[:3000]
    return f"{name}: {wrong}: only together: {values!r}"[:3000]


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="of all formats together")
    parser.add_argument("--formats", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    each = -(-asked.records // len(asked.formats))
    if not asked.json:
        heads = ("records", "samples", "bad", "both", "nothing")
        print(f"{'format':<16}" + "".join(f"{head:>11}" for head in heads), end="")
        print(f"{'points':>12}{'records/s':>12}  reasons")
    tallies = []
    for name in asked.formats:
        tallies.append(fuzz(name, each, asked.seed))
        if not asked.json:
            print(tallies[-1].line(), flush=True)
    if asked.json:
        print(json.dumps([_plain(tally) for tally in tallies], indent=2))
    failures = [failure for tally in tallies for failure in tally.failures]
    for failure in failures:
        print(f"seed {asked.seed}: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _plain(tally: Tally) -> dict[str, object]:
    return {
        "format": tally.name,
        **tally.ended,
        "points": tally.samples,
        "reasons": tally.reasons,
        "seconds": round(tally.seconds, 3),
        "failures": tally.failures,
    }


if __name__ == "__main__":
    sys.exit(main())
