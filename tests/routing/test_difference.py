"""The difference between two policies, and what one past is under each of them."""

from datetime import timedelta

from msgspec.structs import replace

from routing.difference import Change, Duty, changes, duties, other_pages
from routing.event import Acknowledge, AlertSeen, Event, PolicyChanged, Tick
from routing.fingerprint import fingerprint
from routing.incident import NotifyReason
from routing.labels import Matcher
from routing.pages import Page, pages_of, totals
from routing.policy import Contact, Policy, Receiver, Route, SignOfLife
from routing.retelling import Past, retell
from tests.scenarios.story import START, Story, levels, minutes, policy, rota, seconds

OLD = policy(escalation=levels("ana", "bo"))


def summary(new: Policy, old: Policy = OLD) -> list[tuple[str, str, str]]:
    return [(one.kind, one.name, one.what) for one in changes(old, new)]


def test_nothing_differs_between_equal_policies() -> None:
    assert changes(OLD, policy(escalation=levels("ana", "bo"), digest="two")) == []


def test_a_level_is_changed_and_says_from_what_to_what() -> None:
    (one,) = changes(OLD, policy(escalation=levels("ana", "cai")))
    assert (one.kind, one.name, one.what) == ("escalation", "on-call", "changed")
    assert one.details == (
        (
            "levels, 2",
            "targets [kind user name bo] wait 10m",
            "targets [kind user name cai] wait 10m",
        ),
    )


def test_a_level_more_is_told_with_all_levels() -> None:
    (one,) = changes(OLD, policy(escalation=levels("ana", "bo", "cai")))
    ((field, before, after),) = one.details
    assert field == "levels"
    assert before.count("kind user") == 2
    assert after.count("kind user") == 3


def test_receivers_are_added_and_removed() -> None:
    more = replace(OLD, receivers=(*OLD.receivers, Receiver(name="web")))
    assert summary(more) == [("receiver", "web", "added")]
    assert summary(OLD, more) == [("receiver", "web", "removed")]


def test_a_sign_of_life_is_told_with_whom_it_goes_to_and_how_often() -> None:
    (one,) = changes(OLD, replace(OLD, sign_of_life=SignOfLife(receiver="web")))
    assert one.details == (("sign_of_life", "", "receiver web every 5m"),)


def routed(*routes: Route) -> Policy:
    return policy(route=Route(path="root", receiver="fallback", routes=routes))


def test_routes_are_told_by_their_tests_and_their_order() -> None:
    tests = [(Matcher(name="service", op="=", value=value),) for value in ("api", "web")]
    api, web = (Route(path=f"root/{i}", receiver="ops", matchers=m) for i, m in enumerate(tests))
    assert summary(routed(api, web), routed(api)) == [("route", "root/1", "added")]
    assert summary(routed(web, api), routed(api, web)) == [("route", "root", "changed")]
    timed = replace(api, group_wait=minutes(1))
    (one,) = changes(routed(api), routed(timed))
    assert one.details == (("group_wait", "30s", "1m"),)


def test_a_route_that_an_edit_makes_unreachable_is_named() -> None:
    api = Route(path="root/api", receiver="ops", matchers=(Matcher(name="a", op="=", value="b"),))
    every = Route(path="root/all", receiver="ops")
    found = changes(routed(api), routed(every, api))
    assert found[-1] == Change(
        kind="route",
        name="root/api",
        what="unreachable",
        details=(("taken by", "", "root/all"),),
    )


def test_who_is_on_call_otherwise_is_told_in_spans() -> None:
    old, new = (
        policy(schedules=(rota("rota", *users),)) for users in (("ana", "bo"), ("ana", "cai"))
    )
    day, midnight = timedelta(days=1), START.replace(hour=0)
    assert duties(old, new, START, START + 2 * day) == [
        Duty(
            schedule="rota",
            starts_at=midnight + day,
            ends_at=midnight + 2 * day,
            before="bo",
            after="cai",
        )
    ]


def pages(by: Policy, past: Past) -> list[Page]:
    told = retell(past, by, lasts=minutes(30)).told()
    return [page for page in pages_of(told, by) if page.is_page]


def past(*events: tuple[float, Event]) -> Past:
    return Past(events=[(START + seconds(after), event) for after, event in events])


FIRES = AlertSeen(Story(OLD).alert(instance="a"))


def test_the_same_past_pages_others_under_another_policy() -> None:
    new = policy(escalation=levels("ana", "cai"))
    one = past((0, FIRES))
    gone, fresh = other_pages(pages(OLD, one), pages(new, one))
    assert [(page.who, page.reason) for page in gone] == [("bo", NotifyReason.ESCALATED)]
    assert [page.who for page in fresh] == ["cai"]
    assert other_pages(pages(OLD, one), pages(OLD, one)) == ([], [])


def test_what_a_policy_brought_itself_is_not_told_again() -> None:
    new = policy(escalation=levels("cai"))
    one = past((0, PolicyChanged(OLD)), (0, FIRES), (10, Tick()))
    assert {page.who for page in pages(new, one)} == {"#ops", "cai"}


def test_a_command_goes_to_the_incident_that_holds_the_same_alert() -> None:
    taken = Acknowledge(incident_id="of another policy", by="ana", via="console")
    one = past((0, FIRES), (60, taken))
    assert "bo" in {page.who for page in pages(OLD, one)}
    known = replace(one, holding={taken.incident_id: {fingerprint(FIRES.alert.labels)}})
    assert "bo" not in {page.who for page in pages(OLD, known)}


def test_pages_at_night_are_counted_on_the_clock_of_who_is_paged() -> None:
    far = tuple(replace(user, time_zone="Asia/Tokyo") for user in OLD.users)
    away = replace(OLD, users=far)
    one = past((0, FIRES))
    at_home = {total.who: total for total in totals(pages(OLD, one))}
    abroad = {total.who: total for total in totals(pages(away, one))}
    assert (at_home["ana"].night_pages, abroad["ana"].night_pages) == (1, 0)
    assert at_home["#ops"].night_pages == 0
    assert at_home["ana"].by_channel == ((Contact("pagerduty", "ana").channel, 1),)
