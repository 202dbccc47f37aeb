"""A finding in words: the value against what was expected, or against a limit, and how sure it is.

A limit is a bound that people set: evidence with a band and nothing expected. Then there are no
odds to tell, and a value that is still within it is one that is foreseen to leave it.
"""

from datetime import UTC, datetime, timedelta

from routing.alert import Evidence
from routing.channels.text import clean, clock, duration, is_number, number, odds

_LAST_DAY = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


def finding(evidence: Evidence, verb: str = "is") -> str:
    """The value against what was expected, as a sentence.

    >>> finding(Evidence(series="latency", value=812.0, expected=120.0, lower=95.0, upper=160.0,
    ...                  p_value=1e-6, unit="ms"))
    'latency is 812 ms; 120 ms was expected (95 to 160 ms).'
    >>> finding(Evidence(series="disk", value=93.0, expected=None, lower=None, upper=90.0,
    ...                  p_value=0.0, unit="%"))
    'disk is 93%; at most 90% is allowed.'
    >>> finding(Evidence(series="load", value=0.71, expected=0.5, lower=None, upper=None,
    ...                  p_value=1e-4, still_s=2400.0, longest_s=600.0))
    'load stands still at 0.71 for 40 min; the longest before was 10 min.'
    """
    series = clean(evidence.series.replace('",', '", '), 200)
    if not is_number(evidence.value):
        if verb != "is":  # the newest value may be the one that ended the silence
            return f"{series} sent no data{_expected(evidence)}."
        return f"{series} sends no data{_expected(evidence)}{_last(evidence)}."
    if evidence.still_s > 0:
        return f"{series} {_still(evidence, verb)}."
    against = _limit(evidence, verb) if is_limit(evidence) else _expected(evidence)
    return f"{series} {verb} {number(evidence.value, evidence.unit)}{against}."


def sure(evidence: Evidence | None) -> str:
    """How rare it is, as a sentence; nothing for silence and limits, which are seen, not judged."""
    if evidence is None or not is_number(evidence.value) or is_limit(evidence):
        return ""
    said = odds(evidence.p_value)
    often = "with unknown odds" if said == "unknown" else f"{said} times"
    alone = " It was told at once, for a single sample." if evidence.at_once else ""
    return f"On a normal day this happens by chance {often}.{alone}"


def normal(evidence: Evidence) -> str:
    """The band thought normal, in words, or nothing.

    >>> normal(Evidence(series="s", value=1.0, expected=None, lower=None, upper=9.0, p_value=1.0))
    'at most 9'
    """
    lower, upper, unit = evidence.lower, evidence.upper, evidence.unit
    if is_number(lower) and is_number(upper):
        return f"{number(lower)} to {number(upper, unit)}"
    if is_number(upper):
        return f"at most {number(upper, unit)}"
    return f"at least {number(lower, unit)}" if is_number(lower) else ""


def figures(evidence: Evidence | None) -> tuple[tuple[str, str], ...]:
    """The numbers by name, those that are known."""
    if evidence is None:
        return ()
    rows = (
        ("Value", evidence.value, number(evidence.value, evidence.unit)),
        ("Expected", evidence.expected, number(evidence.expected, evidence.unit)),
        ("Allowed" if is_limit(evidence) else "Normal", 0.0, normal(evidence)),
        ("By chance", None if is_limit(evidence) else evidence.value, odds(evidence.p_value)),
    )
    return tuple((name, text) for name, value, text in rows if text and is_number(value))


def is_limit(evidence: Evidence) -> bool:
    """True where the band is one that people set."""
    return bool(normal(evidence)) and not is_number(evidence.expected)


def _expected(evidence: Evidence) -> str:
    usual = f" ({normal(evidence)})" if normal(evidence) else ""
    if not is_number(evidence.expected):
        return usual
    return f"; {number(evidence.expected, evidence.unit)} was expected{usual}"


def _still(evidence: Evidence, verb: str) -> str:
    value, lasted = number(evidence.value, evidence.unit), _lasted(evidence.still_s)
    before = "no value did before"
    if evidence.longest_s > 0:
        before = f"the longest before was {_lasted(evidence.longest_s)}"
    stands = "stands" if verb == "is" else "stood"
    return f"{stands} still at {value} for {lasted}; {before}"


def _lasted(seconds: float) -> str:
    return duration(timedelta(seconds=min(seconds, _LAST_DAY)))


def _limit(evidence: Evidence, verb: str) -> str:
    if verb == "is" and _is_within(evidence):
        return f", about to pass its limit ({normal(evidence)})"
    return f"; {normal(evidence)} {verb} allowed"


def _is_within(evidence: Evidence) -> bool:
    value, lower, upper = evidence.value or 0.0, evidence.lower, evidence.upper
    above = upper is not None and is_number(upper) and value > upper
    return not above and not (lower is not None and is_number(lower) and value < lower)


def _last(evidence: Evidence) -> str:
    """The newest value that came, where the picture still holds it."""
    for point in sorted(evidence.points, key=lambda point: point.at, reverse=True):
        if is_number(point.value) and 0 <= point.at < _LAST_DAY:
            at = clock(datetime.fromtimestamp(point.at, UTC))
            return f"; the last value was {number(point.value, evidence.unit)} at {at}"
    return ""
