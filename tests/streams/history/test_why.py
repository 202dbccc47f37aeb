"""`tocsin why` on a real broker."""

import json

import msgspec

from routing.fingerprint import fingerprint
from routing.labels import Matcher
from streams import clock
from tests.streams.history.past import Past
from tests.streams.marks.making import matching, span


def taken(past: Past) -> Past:
    """Ana was paged, and took it before Lena's turn."""
    past.fires(10, service="api", host="a")
    past.passes(40)
    past.is_acknowledged(100, "ana")
    past.passes(500)
    return past.recorded()


def test_it_says_who_was_told_and_who_was_not_and_why(past: Past) -> None:
    (id_,) = taken(past).made.incidents
    code, said = past.run("why", id_)
    assert code == 0
    assert "user ana was told: Slack U1 took the acknowledgement at 2026-11-30 09:01 UTC" in said
    assert "2026-11-30 09:00:40 UTC  delivered      Slack accepted the page for ana." in said
    assert "user lena was not told: ana took it at 2026-11-30 09:01 UTC, before level 2" in said
    assert "taken          ana has taken it: level 2 (user lena) is not told." in said


def test_an_alert_is_found_by_its_labels_and_by_its_fingerprint(past: Past) -> None:
    taken(past)
    labels = {"service": "api", "host": "a"}
    by_labels = past.run("why", "service=api", "host=a")
    assert by_labels == past.run("why", "service=api") == past.run("why", fingerprint(labels))
    assert by_labels[0] == 0


def test_an_alert_is_found_by_its_severity_though_it_is_no_label(past: Past) -> None:
    taken(past)
    found = past.run("why", "service=api", "severity=error")
    assert found == past.run("why", "service=api")
    assert found[0] == 0


def test_deciding_again_gives_the_same_answer(past: Past) -> None:
    (id_,) = taken(past).made.incidents
    code, said = past.run("why", id_, "--verify")
    assert code == 0
    assert "Decided again from the event log: the same answer." in said


def test_a_decision_that_the_log_does_not_bear_out_is_found(past: Past) -> None:
    past.fires(10, service="api")
    past.passes(40)
    (id_, seen) = next(iter(past.made.incidents.items()))
    past.made.incidents[id_] = msgspec.structs.replace(seen, deliveries=())
    code, said = past.recorded().run("why", id_, "--verify")
    assert code == 1
    assert "another answer" in said


def test_decisions_that_were_written_twice_are_told_once(past: Past) -> None:
    taken(past)
    once = past.run("why", "service=api")
    past.recorded()
    assert past.run("why", "service=api") == once


def test_json_has_all_of_it_and_one_person_can_be_asked_for(past: Past) -> None:
    taken(past)
    _, said = past.run("why", "service=api", "--json", "--for", "lena")
    (answer,) = json.loads(said)["answers"]
    assert (answer["kind"], answer["name"], answer["is_told"]) == ("user", "lena", False)


def test_what_nobody_knows_is_an_error(past: Past) -> None:
    taken(past)
    code, said = past.run("why", "service=web")
    assert code == 1
    assert "no incident holds service=web: see tocsin" in said


def test_maintenance_that_kept_anomalies_from_opening_is_named(past: Past) -> None:
    begins_at = clock.epoch_s() - 7200.0
    over = span(matchers=matching(service="web"), begins_at=begins_at, lasts=60.0)
    now = span("s2", matchers=matching(service="api"), begins_at=begins_at, lasts=1e5)
    deploy = span("s3", "deploy", matchers=matching(service="web"), begins_at=begins_at)
    taken(past).marked(over, now, deploy)
    code, said = past.run("why", "service=web", "host=a")
    assert code == 1
    assert 'tocsin: maintenance of service="web" from ' in said
    assert "(ana): no anomaly opens there meanwhile" in said
    assert said.count("of service=") == 1
    assert 'maintenance of service="api" from ' in past.run("why", "service=api")[1]
    assert "maintenance of" not in past.run("why", "service=cart")[1]


def test_maintenance_is_not_named_where_no_labels_are_asked_for(past: Past) -> None:
    """A matcher that passes what is absent passes whatever is named by its fingerprint."""
    others = (Matcher(name="service", op="!=", value="web"),)
    taken(past).marked(span(matchers=others, begins_at=clock.epoch_s() - 60.0, lasts=1e5))
    assert "maintenance of" not in past.run("why", fingerprint({"service": "web"}))[1]


def test_an_alert_that_its_incident_no_longer_has_is_in_none(past: Past) -> None:
    taken(past)
    ((id_, seen),) = past.made.incidents.items()
    past.made.incidents[id_] = msgspec.structs.replace(seen, alerts={})
    code, said = past.recorded().run("why", "service=api")
    assert code == 1
    assert "no incident holds service=api: see tocsin" in said
    assert past.run("why", id_)[0] == 0
