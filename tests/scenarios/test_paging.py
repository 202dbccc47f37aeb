"""From the first alert to the last page, when every channel works."""

from routing.incident import IncidentState
from routing.labels import Matcher
from routing.policy import Receiver, Route
from tests.scenarios.story import ANA, OPS, Story, levels, minutes, policy, seconds


def test_a_page_goes_out_after_group_wait_and_a_resolve_when_the_alert_ends() -> None:
    story = Story(policy())
    story.fires()
    story.wait(seconds(29))
    assert story.told == []
    story.wait(minutes(3))
    story.ends()
    story.wait(minutes(10))
    assert story.told == ["00:30 #ops first", "03:29 #ops resolved"]
    assert story.incident.state is IncidentState.RESOLVED
    assert story.engine.incidents() == ()


def test_everything_over_before_group_wait_pages_nobody() -> None:
    story = Story(policy())
    story.fires()
    story.wait(seconds(10))
    story.ends()
    story.wait(minutes(10))
    assert story.told == []
    assert "over_before_group_wait" in story.reasons
    assert story.incident.state is IncidentState.RESOLVED


def test_an_alert_that_flaps_within_group_wait_is_one_page() -> None:
    story = Story(policy())
    story.fires()
    story.wait(seconds(10))
    story.ends()
    story.wait(seconds(10))
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first"]
    assert len(story.incidents) == 1


def test_alerts_of_one_group_share_a_page_and_later_ones_wait_for_the_tick() -> None:
    story = Story(policy())
    story.fires(host="a")
    story.wait(seconds(20))
    story.fires(host="b")
    story.wait(minutes(1))
    story.fires(host="c")
    story.wait(minutes(1))
    story.fires(host="d")
    story.wait(minutes(10))
    assert story.told == ["00:30 #ops first", "05:30 #ops new_alerts"]
    assert story.reasons.count("grouped") == 3
    assert "(and 3 more)" in story.incident.title


def test_groups_are_told_apart_by_their_group_labels() -> None:
    story = Story(policy())
    story.fires(service="api")
    story.fires(service="web")
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first"] * 2
    assert len(story.incidents) == 2


def test_reminders_come_at_repeat_interval_until_somebody_acknowledges() -> None:
    story = Story(policy())
    story.fires()
    story.wait(minutes(9 * 60))
    story.acknowledges()
    story.wait(minutes(12 * 60))
    assert story.told == [
        "00:30 #ops first",
        "4:00:30 #ops repeat",
        "8:00:30 #ops repeat",
        "9:00:00 #ops acknowledged",
    ]


def test_a_resolve_waits_for_the_last_alert() -> None:
    story = Story(policy())
    story.fires(host="a")
    story.fires(host="b")
    story.wait(minutes(1))
    story.ends(host="a")
    story.wait(minutes(20))
    assert story.told == ["00:30 #ops first"]
    story.ends(host="b")
    assert story.told[1:] == ["21:00 #ops resolved"]


def test_an_alert_that_returns_after_the_resolve_opens_a_new_incident() -> None:
    story = Story(policy())
    story.fires()
    story.wait(minutes(1))
    story.ends()
    story.fires()
    story.wait(minutes(1))
    assert [line.split()[2] for line in story.told] == ["first", "resolved", "first"]
    first, second = story.incidents.values()
    assert first.id != second.id
    assert first.group_key == second.group_key


def test_what_is_heard_of_an_incident_that_is_over_does_not_close_the_next_one() -> None:
    story = Story(policy())
    story.fires(host="a")
    story.wait(minutes(1))
    story.ends(host="a")
    story.fires(host="a")
    story.wait(seconds(2))
    story.fires(host="b")
    story.wait(minutes(1))
    assert len(story.incidents) == 2
    assert len(story.incident.firing) == 2


def test_receiver_and_first_level_are_told_together_and_a_shared_contact_once() -> None:
    shared = Route(path="root", receiver="both", escalation="on-call", group_by=("service",))
    story = Story(
        policy(
            escalation=levels("ana", "bo"),
            route=shared,
            receivers=(Receiver(name="both", contacts=(OPS, ANA)),),
        )
    )
    story.fires()
    story.wait(minutes(1))
    assert story.told == ["00:30 #ops first", "00:30 ana first"]
    assert [delivery.user for delivery in story.incident.deliveries] == ["", "ana"]


def test_an_alert_that_continues_down_the_tree_opens_an_incident_on_each_route() -> None:
    both = Route(
        path="root",
        receiver="fallback",
        routes=(
            Route(path="root/all", receiver="fallback", continues=True),
            Route(path="root/ops", receiver="ops"),
        ),
    )
    story = Story(policy(route=both))
    story.fires()
    story.wait(minutes(1))
    assert sorted(story.told) == ["00:30 #ops first", "00:30 root@example.org first"]
    story.ends()
    assert sorted(story.told[2:]) == ["01:00 #ops resolved", "01:00 root@example.org resolved"]


def test_a_severity_that_rises_moves_the_alert_to_the_route_of_the_worse_one() -> None:
    by_severity = Route(
        path="root",
        receiver="fallback",
        routes=(
            Route(
                path="root/worst",
                receiver="ops",
                matchers=(Matcher(name="severity", op="=", value="critical"),),
            ),
        ),
    )
    story = Story(policy(route=by_severity))
    story.fires("warning")
    story.wait(minutes(1))
    story.fires("critical")
    story.wait(minutes(1))
    assert story.told == [
        "00:30 root@example.org first",
        "01:00 root@example.org resolved",
        "01:30 #ops first",
    ]
    assert "rerouted" in story.reasons


def test_the_timeline_tells_who_was_told_and_when() -> None:
    story = Story(policy(escalation=levels("ana")))
    story.fires()
    story.wait(minutes(1))
    story.acknowledges("ana")
    story.wait(minutes(1))
    story.ends()
    story.wait(seconds(1))
    assert story.timeline == [
        '00:00 Opened by Critical: service="api"',
        "00:31 Slack accepted the page for #ops",
        "00:31 PagerDuty accepted the page for ana",
        "01:00 ana acknowledged by Slack",
        "01:01 Slack accepted the acknowledgement for #ops",
        "01:01 PagerDuty accepted the acknowledgement for ana",
        '02:00 Critical: service="api" ended',
        "02:00 Every alert has ended",
        "02:01 Slack accepted the all-clear for #ops",
        "02:01 PagerDuty accepted the all-clear for ana",
    ]


def test_a_notification_carries_the_handle_of_the_earlier_one_and_a_link() -> None:
    story = Story(policy())
    story.fires()
    story.wait(minutes(1))
    story.ends()
    first, last = story.notifications
    assert (first.sequence, first.handle) == (0, {})
    assert (last.sequence, last.handle) == (1, {"ref": "#ops"})
    assert last.url == f"http://console/incident/{last.incident.id}"
    assert last.incident == story.incident
