"""Routes inherit, references hold, and what is odd is a warning."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from routing.labels import Matcher
from routing.policy import Contact, Route
from tests.config.samples import SMALL, loaded, problems

TREE = """\
route:
  receiver: shop
  group_by: [service]
  group_wait: 10s
  escalation: urgent
  routes:
    - match: ['team="shop"']
      group_interval: 1m
      routes:
        - match: ['service="cart"']
          escalation: none
          repeat_interval: 1h
          continue: true
        - match: ['service="cart"']
          group_by: []
    - match: ['team="data"', 'host=~"db.*"']
      group_by: ["..."]
"""


def _with_tree(tree: str) -> str:
    head, _, rest = SMALL.partition("route:\n")
    return head + tree + rest[rest.index("silences:") :]


def _nodes(route: Route) -> list[Route]:
    return [route, *(node for child in route.routes for node in _nodes(child))]


def test_a_node_takes_from_its_parent_what_it_leaves_out(tmp_path: Path) -> None:
    root, shop, cart, second, data = _nodes(loaded(tmp_path, _with_tree(TREE)).policy.route)
    assert {node.receiver for node in (root, shop, cart, second, data)} == {"shop"}
    assert {node.group_wait for node in (root, shop, cart, data)} == {timedelta(seconds=10)}
    assert root.group_interval == timedelta(minutes=5)
    assert cart.group_interval == second.group_interval == timedelta(minutes=1)
    assert (cart.escalation, second.escalation) == (None, "urgent")
    assert cart.repeat_interval == timedelta(hours=1)
    assert second.repeat_interval == timedelta(hours=4)
    assert (cart.group_by, second.group_by, data.group_by) == (("service",), (), ("...",))
    assert (cart.continues, second.continues, shop.continues) == (True, False, False)
    assert shop.matchers == (Matcher(name="team", op="=", value="shop"),)
    assert root.matchers == ()


def test_the_path_of_a_route_stays_when_a_neighbour_comes(tmp_path: Path) -> None:
    before = loaded(tmp_path, _with_tree(TREE)).policy.route
    more = TREE.replace("  routes:\n", "  routes:\n    - match: ['team=\"new\"']\n", 1)
    after = loaded(tmp_path, _with_tree(more)).policy.route
    paths = [node.path for node in _nodes(before)]
    assert len(set(paths)) == len(paths)
    assert set(paths) < {node.path for node in _nodes(after)}


def test_people_are_built_with_their_zones(tmp_path: Path) -> None:
    policy = loaded(tmp_path).policy
    (ana,), (primary,), (urgent,) = policy.users, policy.schedules, policy.escalations
    assert ana.contacts == (Contact("slack", "U024BE91L"),)
    assert (ana.time_zone, primary.time_zone) == ("Europe/Vienna", "Europe/Vienna")
    (layer,) = primary.layers
    assert layer.starts_at == datetime(2026, 1, 5, 8, 0, tzinfo=UTC)  # nine in Vienna
    assert (layer.turn, layer.handoff) == (timedelta(days=7), time(9, 0))
    assert (urgent.levels[0].targets[0].kind, urgent.levels[0].wait) == (
        "schedule",
        timedelta(minutes=5),
    )


def test_silences_and_retries_reach_the_policy(tmp_path: Path) -> None:
    policy = loaded(tmp_path, SMALL + "retry: {attempts: 3, first_wait: 2s}\n").policy
    (silence,) = policy.silences
    assert silence.starts_at == datetime(2026, 1, 10, 22, 0, tzinfo=UTC)
    assert (policy.retry.attempts, policy.retry.first_wait) == (3, timedelta(seconds=2))
    assert policy.retry.longest_wait == timedelta(minutes=5)


def test_a_silence_may_recur_for_ever_and_have_several_sets_of_matchers(tmp_path: Path) -> None:
    more = (
        "  - {id: nightly, match: [job=backup], or_match: [[job=copy, host=a]], during: [night], "
        "comment: Backups}\n"
        "time_intervals: {night: [{times: [{start_time: '00:00', end_time: '04:00'}]}]}\n"
    )
    nightly = loaded(tmp_path, SMALL + more).policy.silences[1]
    assert nightly.during == ("night",)
    assert [len(one) for one in (nightly.matchers, *nightly.alternatives)] == [1, 2]
    assert (nightly.starts_at.year, nightly.ends_at.year) == (1970, 9999)


def test_inhibitions_and_labels_of_routes_reach_the_policy(tmp_path: Path) -> None:
    rule = "inhibitions: [{name: down, source: [a=b], target: [c=~d], equal: [zone, host, zone]}]\n"
    labelled = SMALL.replace("  group_wait: 10s", "  labels: {a: '1', b: '2'}").replace(
        "      escalation: urgent", "      labels: {b: '3'}"
    )
    policy = loaded(tmp_path, labelled + rule).policy
    (made,) = policy.inhibitions
    assert (made.name, made.equal) == ("down", ("host", "zone"))
    assert policy.route.labels == {"a": "1", "b": "2"}
    assert policy.route.routes[0].labels == {"a": "1", "b": "3"}


def test_a_route_that_an_earlier_one_leaves_nothing_to_is_a_warning(tmp_path: Path) -> None:
    tree = TREE.replace("          continue: true\n", "")
    (warning,) = problems(tmp_path, _with_tree(tree))
    assert warning.level == "warning"
    assert "is never reached" in warning.message
    assert warning.path == "route.routes[0].routes[1]"
    assert not problems(tmp_path, _with_tree(TREE))


def test_routes_that_take_everything_together_are_named_with_their_lines(tmp_path: Path) -> None:
    siblings = ("team=shop", "team!=shop", "zone=eu")
    routes = "".join(f"    - match: ['{match}']\n" for match in siblings)
    tree = f"route:\n  receiver: shop\n  routes:\n{routes}"
    found = problems(tmp_path, _with_tree(tree))
    (warning,) = (one for one in found if "never reached" in one.message)
    assert warning.path == "route.routes[2]"
    assert "the routes in tocsin.yaml:" in warning.message
    assert "together take all its alerts" in warning.message


def test_a_misspelt_label_is_a_warning(tmp_path: Path) -> None:
    text = SMALL.replace("'service=\"checkout\"'", "'servce=\"checkout\"'")
    (warning,) = problems(tmp_path, text)
    assert (warning.level, warning.path) == ("warning", "route.routes[0].match[0]")
    assert 'did you mean "service"?' in warning.message


def test_a_severity_that_does_not_exist_is_a_warning(tmp_path: Path) -> None:
    text = SMALL.replace("'service=\"checkout\"'", "'severity=\"critcal\"'")
    (warning,) = problems(tmp_path, text)
    assert 'did you mean "critical"?' in warning.headline


def test_what_nothing_uses_is_a_warning(tmp_path: Path) -> None:
    text = SMALL.replace("receivers:\n", "receivers:\n  lonely: []\n")
    (warning,) = problems(tmp_path, text)
    assert (warning.path, warning.level) == ("receivers.lonely", "warning")
    assert warning.headline.endswith("warning: receivers.lonely: is defined, and nothing uses it")


def test_intervals_of_silences_and_layers_and_receivers_of_signs_of_life_and_canaries_are_used(
    tmp_path: Path,
) -> None:
    hours = 'times: [{start_time: "00:00", end_time: "06:00"}]'
    text = SMALL.replace(
        "silences:\n",
        "silences:\n  - {id: again, match: [a=b], during: [nights], comment: Backups.}\n",
    ).replace("receivers:\n", "receivers:\n  alive: []\n  nest: []\n")
    text += "canary: {receiver: nest}\n"
    text += f"time_intervals: {{nights: [{{{hours}}}]}}\nsign_of_life: {{receiver: alive}}\n"
    assert not [one for one in problems(tmp_path, text) if "nothing uses it" in one.message]


def test_a_pagerduty_address_must_have_a_key(tmp_path: Path) -> None:
    pager = (
        "channels:\n  pd:\n    kind: pagerduty\n    routing_keys: {shop: {env: PAGERDUTY_KEY}}\n"
    )
    text = SMALL.replace("channels:\n", pager)
    text = text.replace('{channel: slack, address: "#shop"}', "{channel: pd, address: shp}")
    (problem,) = problems(tmp_path, text)
    assert 'there is no routing_keys entry "shp" (did you mean "shop"?)' in problem.message
