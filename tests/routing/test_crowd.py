"""Crowds against a look at every alert."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.alert import Alert, Severity
from routing.crowd import FEW, Crowd
from routing.wording import title
from tests.scenarios.story import START

alerts = st.builds(
    Alert,
    labels=st.fixed_dictionaries({"host": st.sampled_from("abcdef")}),
    severity=st.sampled_from(Severity),
    starts_at=st.integers(0, 3).map(lambda n: START + timedelta(minutes=n)),
    ends_at=st.sampled_from([None, START]),
)
changes = st.lists(st.tuples(st.sampled_from("abcdefgh"), alerts), max_size=30)


@given(changes)
def test_a_crowd_says_what_a_look_at_every_alert_says(changes: list[tuple[str, Alert]]) -> None:
    crowd, known = Crowd({}), dict[str, Alert]()
    for fingerprint, alert in changes:
        crowd.note(fingerprint, alert)
        known[fingerprint] = alert
        firing = [known[fp] for fp in sorted(known) if known[fp].is_firing]
        assert len(crowd) == len(firing)
        assert crowd.title() == (title(firing) if firing else "")


@given(changes)
def test_a_crowd_is_the_same_after_a_restart(changes: list[tuple[str, Alert]]) -> None:
    crowd, known = Crowd({}), dict[str, Alert]()
    for fingerprint, alert in changes:
        crowd.note(fingerprint, alert)
        known[fingerprint] = alert
    again = Crowd(known)
    assert (len(again), again.title()) == (len(crowd), crowd.title())


def test_the_worst_is_followed_by_the_next_worst_when_it_ends() -> None:
    made = {
        word: Alert(labels={"host": word}, severity=Severity(word), starts_at=START)
        for word in ("warning", "critical", "error")
    }
    crowd = Crowd(made)
    for word in ("critical", "error", "warning"):
        assert crowd.worst() is made[word]
        crowd.note(word, replace(made[word], ends_at=START))
    assert crowd.worst() is None


def test_a_crowd_whose_alerts_are_told_again_and_again_does_not_grow() -> None:
    worst, other = (
        Alert(labels={"host": host}, severity=severity, starts_at=START)
        for host, severity in (("a", Severity.CRITICAL), ("b", Severity.WARNING))
    )
    crowd = Crowd({"a": worst, "b": other})
    for n in range(1000):
        crowd.note("b", replace(other, starts_at=START + timedelta(minutes=n // 2)))
    assert len(crowd._queue) <= 2 * len(crowd) + FEW
    assert crowd.worst() is worst
