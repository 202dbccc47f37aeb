"""What is printed of stories that went wrong."""

from collections.abc import Iterator, Sequence

from config.stories.judging import Failure
from config.stories.running import Verdict

_MOST_LINES = 40  # of a timeline


def text_of(verdict: Verdict) -> str:
    """What was expected and what happened, with the place, the timeline and the reasons."""
    lines = [line for failure in verdict.failures for line in _failed(failure)]
    return "\n".join([f"FAILED {verdict.story.name}", *lines, *_timeline(verdict)])


def _failed(failure: Failure) -> Iterator[str]:
    yield f"  {place_of(failure)}"
    yield f"    expected: {failure.expected}"
    yield f"    happened: {failure.happened}"


def place_of(failure: Failure) -> str:
    """`file:line:column`."""
    place = failure.place
    return f"{place.file}:{place.line}:{place.column}"


def _timeline(verdict: Verdict) -> Iterator[str]:
    lines = verdict.timeline
    yield "    timeline:"
    for line in lines[:_MOST_LINES]:
        yield f"    {line.since:>9}  {'   because ' if line.is_why else ''}{line.text}"
    if len(lines) > _MOST_LINES:
        yield f"               and {len(lines) - _MOST_LINES} lines more"


def summary_of(verdicts: Sequence[Verdict]) -> str:
    """How many went well: `2 stories, 1 failed`."""
    failed = sum(not verdict.is_good for verdict in verdicts)
    stories = f"{len(verdicts)} {'story' if len(verdicts) == 1 else 'stories'}"
    return f"{stories}, {failed} failed" if failed else f"{stories}, all good"
