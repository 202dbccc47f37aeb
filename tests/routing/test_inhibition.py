"""Inhibition, against a scan of every alert, and what is said of it."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from routing.alert import Alert, Severity
from routing.inhibition import Inhibitions
from routing.labels import Matcher
from routing.matching import labels_of, matches
from routing.policy import Inhibition
from tests.scenarios.story import START

CLUSTER = Inhibition(
    name="down",
    source=(Matcher(name="severity", op="=", value="critical"),),
    target=(Matcher(name="severity", op="=", value="warning"),),
    equal=("cluster",),
)
BOTH = Inhibition(
    name="both",
    source=(Matcher(name="role", op="=~", value="src|both"),),
    target=(Matcher(name="role", op="=~", value="dst|both"),),
)


def alert(severity: Severity = Severity.WARNING, **labels: str) -> Alert:
    return Alert(labels=labels, severity=severity, starts_at=START)


def muted(rules: tuple[Inhibition, ...], **alerts: Alert) -> set[str]:
    made = Inhibitions(rules)
    for fingerprint, one in alerts.items():
        made.fires(fingerprint, one)
    return set(made.quiet(alerts, START))


def scanned(rules: tuple[Inhibition, ...], alerts: Mapping[str, Alert], fp: str) -> set[str]:
    """The rules that mute an alert, by looking at every other one."""
    labels = labels_of(alerts[fp])
    found = set()
    for rule in rules:
        if not matches(rule.target, labels):
            continue
        for source in map(labels_of, alerts.values()):
            is_same = all(source.get(name, "") == labels.get(name, "") for name in rule.equal)
            is_both = matches(rule.source, labels) and matches(rule.target, source)
            if matches(rule.source, source) and is_same and not is_both:
                found.add(rule.name)
    return found


def test_an_alert_is_muted_while_its_cause_fires_where_the_labels_are_equal() -> None:
    down = alert(Severity.CRITICAL, cluster="a")
    near, far = alert(cluster="a", host="x"), alert(cluster="b")
    assert muted((CLUSTER,), down=down, near=near, far=far) == {"near"}


def test_labels_missing_on_both_sides_are_equal() -> None:
    assert muted((CLUSTER,), down=alert(Severity.CRITICAL), near=alert()) == {"near"}
    empty = alert(Severity.CRITICAL, cluster="")
    assert muted((CLUSTER,), down=empty, near=alert(), far=alert(cluster="a")) == {"near"}


def test_alerts_that_pass_both_sides_do_not_mute_each_other() -> None:
    one, two = alert(role="both", n="1"), alert(role="both", n="2")
    assert muted((BOTH,), one=one, two=two) == set()
    assert muted((BOTH,), one=one, two=two, dst=alert(role="dst")) == {"dst"}
    assert muted((BOTH,), one=one, two=two, src=alert(role="src")) == {"one", "two"}


def test_what_it_says_names_the_rule_the_labels_and_the_alerts_that_fire() -> None:
    made = Inhibitions((CLUSTER,))
    for host in "abcde":
        made.fires(host, alert(Severity.CRITICAL, cluster="x", host=host))
    target = alert(cluster="x")
    ((mute,),) = made.quiet({"t": target}, START).values()
    assert mute.name == 'inhibition down {cluster="x"}'
    assert mute.reason == "inhibited"
    assert mute.because.startswith('cluster="x", host="a", severity="critical"; ')
    assert mute.because.endswith("; 2 others")


_RULES = st.lists(
    st.builds(
        Inhibition,
        name=st.sampled_from("pqrstuvw"),
        source=st.just((Matcher(name="a", op="=~", value="1|2"),))
        | st.just((Matcher(name="a", op="!=", value="1"), Matcher(name="b", op="=", value="1"))),
        target=st.just((Matcher(name="b", op="=~", value="1|2"),))
        | st.just((Matcher(name="a", op="=~", value="2|3"),))
        | st.just((Matcher(name="severity", op="=", value="warning"),)),
        equal=st.sampled_from([(), ("c",), ("a", "c")]),
    ),
    max_size=4,
    unique_by=lambda rule: rule.name,
).map(tuple)
_ALERTS = st.builds(
    Alert,
    labels=st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "1", "2", "3"])),
    severity=st.sampled_from([Severity.WARNING, Severity.CRITICAL]),
    starts_at=st.just(START),
)
_CHANGES = st.lists(st.tuples(st.sampled_from("123456"), _ALERTS | st.none()), max_size=20)


@given(_RULES, _CHANGES)
def test_the_index_mutes_what_a_scan_of_every_alert_mutes_and_tells_every_release(
    rules: tuple[Inhibition, ...], changes: list[tuple[str, Alert | None]]
) -> None:
    made = Inhibitions(rules)
    firing: dict[str, Alert] = {}
    before: dict[str, set[str]] = {}
    for fingerprint, changed in changes:
        if changed is None:
            made.ends(fingerprint)
            firing.pop(fingerprint, None)
        else:
            made.fires(fingerprint, changed)
            firing[fingerprint] = changed
        quiet = made.quiet(firing, START)
        now = {fp: {mute.name for mute in quiet.get(fp, ())} for fp in firing}
        for fp in firing:
            words = {name.split()[1] for name in now[fp]}
            assert words == scanned(rules, firing, fp)
            if fp != fingerprint:
                assert before.get(fp, set()) - now[fp] <= made.released
        made.released.clear()
        before = now
