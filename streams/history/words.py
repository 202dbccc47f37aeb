"""Pages and changes in words, for terminals."""

from collections.abc import Iterable, Iterator, Sequence

from routing.difference import Change, Duty
from routing.pages import Page, Total
from routing.wording import counted, second


def page_line(page: Page) -> str:
    """A page in a line: when, who, over what, for which reason, about what; `night` wakes."""
    night = "  (night)" if page.is_night and page.is_page else ""
    whom = f"{page.who} over {page.channel}" if page.is_person else f"{page.channel} {page.address}"
    return f"{second(page.at)}  {page.reason:<12} {whom}: {page.title}{night}"


def total_lines(totals: Iterable[Total]) -> Iterator[str]:
    """A table of who was paged how often."""
    yield f"{'PAGES':>6} {'NIGHT':>6}  WHO"
    for one in totals:
        channels = ", ".join(f"{name} {count}" for name, count in one.by_channel)
        yield f"{one.pages:>6} {one.night_pages:>6}  {one.who}  (messages: {channels})"


def change_lines(changes: Iterable[Change]) -> Iterator[str]:
    """What an edit changes, a line a thing and a line a field."""
    signs = {"added": "+", "removed": "-", "changed": "~", "unreachable": "!"}
    for one in changes:
        yield f"{signs[one.what]} {one.kind} {one.name}  {one.what}"
        for field, before, after in one.details:
            yield f"    {field}: {before or 'none'} -> {after or 'none'}"


def duty_lines(duties: Iterable[Duty]) -> Iterator[str]:
    """Who is on call otherwise, a line a span."""
    for one in duties:
        span = f"{second(one.starts_at)} to {second(one.ends_at)}"
        yield f"~ on call in {one.schedule}  {span}: {_who(one.before)} -> {_who(one.after)}"


def compared_lines(
    old: Sequence[Total], new: Sequence[Total], *, names: tuple[str, str]
) -> Iterator[str]:
    """How often each is paged before and after, where that differs."""
    both = {one.who: [one, None] for one in old}
    for one in new:
        both.setdefault(one.who, [None, None])[1] = one
    for who, (before, after) in sorted(both.items()):
        pages = [one.pages if one else 0 for one in (before, after)]
        nights = [one.night_pages if one else 0 for one in (before, after)]
        if pages[0] != pages[1] or nights[0] != nights[1]:
            said = f"{counted(pages[0], 'page')} by {names[0]}, {pages[1]} by {names[1]}"
            yield f"~ {who}: {said}; at night {nights[0]} and {nights[1]}"


def _who(name: str) -> str:
    return name or "nobody"
