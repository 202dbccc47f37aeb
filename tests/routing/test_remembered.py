"""Remembered answers, against asking anew each time."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from routing import remembered
from routing.alert import Alert, Severity
from routing.labels import Labels, Matcher
from routing.matching import labels_of
from routing.policy import Route
from routing.remembered import Remembered
from routing.routes import Tree
from tests.routing.test_lookup import nodes

AT = datetime(2026, 1, 1, tzinfo=UTC)
LABELS = st.dictionaries(
    st.sampled_from(["env", "team", "zone", "severity", "host"]),
    st.sampled_from(["", "a", "b", "ab", "error"]),
)
ALERTS = st.builds(Alert, labels=LABELS, severity=st.sampled_from(Severity), starts_at=st.just(AT))
BY_SEVERITY = Route(
    path="0",
    receiver="ops",
    routes=(
        Route(
            path="0/error",
            receiver="errors",
            matchers=(Matcher(name="severity", op="=", value="error"),),
        ),
    ),
)


@given(nodes(2) | st.just(BY_SEVERITY), st.lists(ALERTS, max_size=12))
def test_a_tree_that_remembers_finds_what_a_new_one_finds(root: Route, alerts: list[Alert]) -> None:
    tree = Tree(root)
    for alert in alerts:
        assert tree.taking(alert) == Tree(root).find(labels_of(alert))


def test_no_more_is_remembered_than_its_most() -> None:
    asked: list[Labels] = []
    host = Remembered({"host"}, lambda labels: asked.append(labels) or len(asked))
    for number in range(3 * remembered.MOST):
        host(_alert({"host": str(number)}))
        assert len(host) <= remembered.MOST
    assert host(_alert({"host": str(number), "team": "web"})) == len(asked)


def test_where_many_labels_decide_each_alert_is_asked_about() -> None:
    names = [f"l{number}" for number in range(remembered.MOST_NAMES + 1)]
    count = Remembered(names, len)
    assert count(_alert(dict.fromkeys(names, "a"))) == len(names) + 1
    assert len(count) == 0


def _alert(labels: dict[str, str]) -> Alert:
    return Alert(labels=labels, severity=Severity.ERROR, starts_at=AT)
