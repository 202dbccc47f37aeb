"""Forecasts: where an alert would go, and that the engine then does just that."""

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.alert import Severity
from routing.effect import Notify, Publish
from routing.forecast import forecast
from routing.intervals import Part, TimeInterval
from routing.labels import Matcher
from routing.policy import Level, OnlyIf, Policy, Route, Schedule, Silence, Target
from tests.scenarios.story import ANA, FALLBACK, OPS, START, Story, levels, policy, rota

NIGHT = TimeInterval(name="night", parts=(Part(times=((0, 360),)),))


def quiet_policy() -> Policy:
    route = Route(path="0", receiver="ops", mute_intervals=("night",))
    mute = Silence(
        id="move",
        matchers=(Matcher(name="host", op="=", value="a"),),
        starts_at=START,
        ends_at=START + timedelta(hours=1),
    )
    return msgspec.structs.replace(policy(route=route, silences=(mute,)), intervals=(NIGHT,))


def test_hours_and_silences_are_named_with_their_ends() -> None:
    story = Story(quiet_policy())
    (found,) = forecast(quiet_policy(), story.alert(host="a"), START)
    assert [(mute.name, (mute.until - START).total_seconds()) for mute in found.quiet] == [
        ("interval night", 3 * 3600),
        ("move", 3600),
    ]
    later = START + timedelta(hours=4)
    (found,) = forecast(quiet_policy(), story.alert(host="a"), later)
    assert found.quiet == ()


def test_receiver_and_first_level_are_told() -> None:
    given = policy(escalation=levels("schedule:rota", "bo"), schedules=(rota("rota", "ana"),))
    (found,) = forecast(given, Story(given).alert(), START)
    assert [(t.level, [a.contact for a in t.addressees]) for t in found.told] == [
        (0, [OPS]),
        (1, [ANA]),
    ]


def test_who_cannot_be_told_is_said() -> None:
    given = policy(escalation=levels("nobody"))
    (found,) = forecast(given, Story(given).alert(), START)
    assert found.told[1].problems == ("There is no user 'nobody'.",)


def test_levels_that_have_nobody_now_are_passed_as_the_engine_passes_them() -> None:
    gone = Schedule(name="gone", time_zone="UTC", layers=())
    loud = Level(
        targets=(Target(kind="user", name="bo"),),
        wait=timedelta(0),
        only_if=OnlyIf(severities=(Severity.CRITICAL,)),
    )
    plan = levels("schedule:gone", "ana")
    plan = replace(plan, levels=(plan.levels[0], loud, plan.levels[1]))
    given = policy(escalation=plan, schedules=(gone,))
    told = Story(given)
    (found,) = forecast(given, told.alert("warning"), START)
    assert [(t.level, [a.contact for a in t.addressees]) for t in found.told] == [
        (0, [OPS]),
        (1, []),
        (2, []),
        (3, [ANA]),
    ]
    assert found.told[2].problems == ("the severity is warning.",)
    told.fires("warning")
    told.wait(timedelta(seconds=31))
    assert [one.contact for one in told.notifications] == [OPS, ANA]


def test_where_nobody_is_there_at_all_the_root_is_told() -> None:
    root = Route(path="0", receiver="fallback", routes=(Route(path="1", receiver="gone"),))
    given = policy(route=root)
    (found,) = forecast(given, Story(given).alert(), START)
    assert [a.contact for a in found.told[-1].addressees] == [FALLBACK]


def test_what_no_route_takes_goes_to_the_root() -> None:
    root = Route(path="0", receiver="ops", matchers=(Matcher(name="a", op="=", value="b"),))
    given = policy(route=root)
    assert [one.route.receiver for one in forecast(given, Story(given).alert(), START)] == ["ops"]


_NODES = st.builds(
    lambda value, continues, group_by: Route(
        path=f"0/{value}/{continues}/{len(group_by)}",
        receiver="ops" if continues else "fallback",
        matchers=(Matcher(name="host", op="=~", value=value),),
        continues=continues,
        group_by=group_by,
    ),
    st.sampled_from(["a", "b", "a|b", ".*", ""]),
    st.booleans(),
    st.sampled_from([(), ("host",), ("...",), ("service", "severity")]),
)


@given(
    st.lists(_NODES, max_size=4, unique_by=lambda node: node.path),
    st.sampled_from(["a", "b", ""]),
    st.sampled_from(list(Severity)),
)
def test_the_engine_does_what_was_forecast(
    nodes: list[Route], host: str, severity: Severity
) -> None:
    given = policy(route=Route(path="0", receiver="ops", routes=tuple(nodes)))
    story = Story(given)
    alert = story.alert(severity.value, host=host)
    foretold = forecast(given, alert, START)
    story.fires(severity.value, host=host)
    opened = {e.incident.group_key for e in story.effects if isinstance(e, Publish)}
    assert opened == {one.group_key for one in foretold}
    story.wait(timedelta(seconds=30))
    told = {
        (e.notification.incident.group_key, e.notification.contact)
        for e in story.effects
        if isinstance(e, Notify)
    }
    assert told == {
        (one.group_key, addressee.contact)
        for one in foretold
        for step in one.told
        for addressee in step.addressees
    }
