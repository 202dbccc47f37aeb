"""The folder of results: the report, and the scores of each file."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from streams.backtest.page import page_of
from streams.backtest.passing import Passed
from streams.backtest.report import Report
from streams.backtest.scores import write_scores

JSON, PAGE = "report.json", "report.html"


class WrongFolder(ValueError):
    """A folder that results must not be written to."""


def check_folder(out: Path, inputs: Sequence[Path]) -> None:
    """Raise `WrongFolder` where results would take the place of what they are of."""
    folders = {path if path.is_dir() else path.parent for path in map(Path.resolve, inputs)}
    if out.resolve() in folders:
        raise WrongFolder(f"--out {out} is where the files are: take another folder")
    if out.exists() and not out.is_dir():
        raise WrongFolder(f"--out {out} is not a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongFolder(cannot_write(out, error)) from error


def cannot_write(out: Path, error: OSError) -> str:
    """Why results are not there, and what to do."""
    return f"--out {out} cannot be written ({error.strerror or error}): take another folder"


def write_results(out: Path, report: Report, passed: Passed) -> None:
    """Write all of it into a folder that was checked. Raises OSError."""
    write_scores(out, passed.judged)
    encoded = msgspec.json.format(msgspec.json.encode(report), indent=2)
    (out / JSON).write_bytes(encoded + b"\n")
    (out / PAGE).write_text(page_of(report, passed), encoding="utf-8")
