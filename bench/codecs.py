"""Samples a second of each codec alone, beside a parser that only parses the same bytes.

    python -m bench.codecs [--json] [--only WORD]

A codec decodes runs one after the other as a worker does: the same series again with other numbers,
10,000 samples or so a run. The processor's time is measured, not the clock's, for others may use
the machine; medians of several passes. "new" is the first run that a codec ever sees: all its
series have to be learnt. The ratio is the codec's rate by that of the parser.
"""

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.codec_runs import BEGAN_S, Work, works
from bench.streams.machine import machine
from config.settings import Input
from streams.codecs.registry import codec_for

_NOW = BEGAN_S + 1000.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.codecs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--passes", type=int, default=7)
    parser.add_argument("--only", default="", help="only what has this in its title or format")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    gc.set_threshold(100_000, 20, 100)  # as a worker sets it
    gc.freeze()
    chosen = [work for work in works() if args.only in f"{work.title} {work.format}"]
    if not args.json:
        print(f"{'':34s}{'samples/s':>11s}{'MB/s':>7s}{'new/s':>11s}  parsing alone  ratio")
    found = []
    for work in chosen:
        found.append(measure(work, args.passes))
        if not args.json:
            print(text(found[-1]), flush=True)
    if args.json:
        print(json.dumps({"codecs": found, "machine": machine("embedded")}, indent=2))


def measure(work: Work, passes: int) -> dict[str, Any]:
    """The rates of one codec; a codec that drops a record is no codec to be measured."""
    source = Input(name="bench", topic="bench", format=work.format)
    samples = _samples(codec_for(source).decode(work.runs[0], _stamps(work), now=_NOW))
    new = _median(
        lambda: codec_for(source).decode(work.runs[0], _stamps(work), now=_NOW), min(passes, 3)
    )
    codec = codec_for(source)
    for run in work.runs:  # whatever is to be learnt is learnt by now
        assert _samples(codec.decode(run, _stamps(work), now=_NOW)) == samples
    seconds = _median(
        lambda: [codec.decode(run, _stamps(work), now=_NOW) for run in work.runs], passes
    )
    raw = _median(lambda: [[*map(work.raw, run)] for run in work.runs], passes)
    many = samples * len(work.runs)
    return {
        "title": work.title,
        "format": work.format,
        "samples_per_record": samples / len(work.runs[0]),
        "samples_per_s": round(many / seconds),
        "mb_per_s": round(sum(len(value) for run in work.runs for value in run) / seconds / 1e6, 1),
        "new_per_s": round(samples / new),
        "parser": work.raw_name,
        "parser_per_s": round(many / raw),
        "ratio": round(raw / seconds, 2),
    }


def text(found: dict[str, Any]) -> str:
    """A line for people."""
    return (
        f"{found['title']:34s}{found['samples_per_s']:11,}{found['mb_per_s']:7.0f}"
        f"{found['new_per_s']:11,}  {found['parser']:10s}{found['parser_per_s']:11,}"
        f"{found['ratio']:7.2f}"
    )


def _stamps(work: Work) -> list[int]:
    return [BEGAN_S * 1000] * len(work.runs[0])


def _samples(found: Any) -> int:
    assert not found.bad, found.bad[:3]
    return len(found.keys) + len(found.histograms)


def _median(run: Callable[[], object], passes: int) -> float:
    seconds = []
    for _ in range(passes):
        began = time.process_time()
        run()
        seconds.append(time.process_time() - began)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
