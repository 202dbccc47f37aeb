from streams.demo.drill import _SHOWS, WAYS, alert_of, repeated, told
from streams.demo.once import all_in_time
from streams.demo.peers.received import Received
from streams.demo.verdict import SHOWN_EVERYWHERE_WITHIN_S, Answered
from tests.streams.demo.stories import later

EVERYWHERE = dict.fromkeys(WAYS, 1.0)


def heard(channel: str, what: str, reason: str = "", **changes: object) -> Received:
    given = {"number": 0, "at": 10.0, "incident": "i1", "contact": "c"} | changes
    return Received(channel=channel, what=what, reason=reason, **given)  # type: ignore[arg-type]


def answered(way: str, shown: dict[str, float], **changes: object) -> Answered:
    others = tuple(one for one in WAYS if one != way)
    return Answered(way=way, others=others, shown_s=shown, **changes)  # type: ignore[arg-type]


def test_each_way_has_an_incident_of_its_own_that_ends_as_it_began() -> None:
    begun = [alert_of(way, later(0)) for way in WAYS]
    assert len({tuple(alert.labels.items()) for alert in begun}) == len(WAYS)
    ended = alert_of("slack", later(0), later(9))
    assert (ended.labels, ended.starts_at) == (begun[0].labels, begun[0].starts_at)
    assert not ended.is_firing


def test_a_channel_shows_it_when_it_first_said_so_of_this_incident() -> None:
    log = [
        heard("slack", "post", "first", at=1.0),
        heard("slack", "update", "acknowledged", at=2.0, incident="another"),
        heard("slack", "update", "acknowledged", at=3.0),
        heard("slack", "update", "acknowledged", at=4.0),
        heard("jira", "comment", at=5.0),
    ]
    assert told(log, "i1", _SHOWS) == {"slack": 3.0, "jira": 5.0}


def test_what_came_once_for_each_thing_that_happened_is_no_echo() -> None:
    log = [
        heard("slack", "update", "acknowledged"),
        heard("slack", "update", "resolved"),
        heard("jira", "comment"),
        heard("jira", "comment"),
    ]
    assert repeated(log, "i1") == ()


def test_what_came_more_often_is_an_echo() -> None:
    log = 2 * [heard("pagerduty", "acknowledge", "acknowledged")] + 3 * [heard("jira", "comment")]
    assert repeated(log, "i1") == (
        "jira comment came 3 times",
        "pagerduty acknowledge acknowledged came 2 times",
    )


def test_an_answer_took_as_long_as_the_last_of_the_others() -> None:
    one = answered("slack", EVERYWHERE | {"email": 2.5, "slack": 99.0})
    assert (one.took_s, one.is_in_time) == (2.5, True)
    late = answered("slack", EVERYWHERE | {"email": SHOWN_EVERYWHERE_WITHIN_S + 0.1})
    assert not late.is_in_time


def test_an_answer_that_one_place_never_showed_is_not_in_time() -> None:
    shown = {way: 1.0 for way in WAYS if way != "jira"}
    assert answered("slack", shown).took_s is None
    assert answered("jira", shown).took_s == 1.0


def test_all_are_in_time_only_where_every_way_was_tried() -> None:
    all_of_them = [answered(way, EVERYWHERE) for way in WAYS]
    assert all_in_time(all_of_them)
    assert not all_in_time(all_of_them[:-1])
    assert not all_in_time([*all_of_them[:-1], answered("console", {})])
