"""What the first page says of the inputs: figures where there is something to say, else a dash."""

from collections.abc import Iterable

from msgspec import Struct

from config.status import InputStatus, inputs_of
from console.projection import WorkerView
from console.words import age, counted

NOTHING = "\N{EN DASH}"
LONG_S = 60.0  # waits and lags from here on catch the eye
OFTEN = 0.1  # and this share of records that could not be used


class InputRow(Struct, frozen=True, kw_only=True):
    """One input in words. `notes` is what does not happen when all is well."""

    name: str
    format: str
    rate: str
    waits: str
    behind: str
    dead_letters: str
    notes: tuple[str, ...]
    is_late: bool
    is_often_bad: bool


def input_rows(workers: Iterable[WorkerView]) -> list[InputRow]:
    """Every input as the workers that are not silent see it together, by name."""
    inputs = inputs_of(worker.status for worker in workers if not worker.is_silent)
    return [_row(name, status) for name, status in inputs.items()]


def _row(name: str, status: InputStatus) -> InputRow:
    lag_s = status.event_lag_s
    share = status.bad / status.records if status.records else 0.0
    return InputRow(
        name=name,
        format=status.format,
        rate=f"{status.records_per_s:,.0f}",
        waits=age(status.waiting_s) if status.waiting_s >= 1 else NOTHING,
        behind=NOTHING if lag_s is None else age(lag_s),
        dead_letters=f"{status.bad:,} ({_percent(share)})" if status.bad else NOTHING,
        notes=tuple(_notes(status)),
        is_late=status.waiting_s >= LONG_S,
        is_often_bad=share > OFTEN,
    )


def _notes(status: InputStatus) -> Iterable[str]:
    if status.is_gone:
        yield "its topic is not there any more"
    if status.shed:
        yield f"{counted(status.shed, 'record')} skipped: they had waited too long"
    if status.overflow:
        yield f"{counted(status.overflow, 'sample')} of more series than it may have"
    if status.stale:
        yield f"{counted(status.stale, 'sample')} left out: not newer than others of their series"
    if status.late:
        yield f"{counted(status.late, 'record')} too late"


def _percent(share: float) -> str:
    """A share without decimals, and never none where there is some.

    >>> _percent(0.5), _percent(0.0001)
    ('50%', 'under 1%')
    """
    return f"{share:.0%}" if share >= 0.01 else "under 1%"
