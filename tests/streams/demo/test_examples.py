import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.loader import load
from config.settings import Config
from routing.routes import find
from streams.demo.arguments import FeedOptions
from streams.demo.drill import WAYS, alert_of
from streams.demo.scenario import Scenario
from streams.demo.scenarios import CONTROL, SCENARIOS, TOLD_SECOND
from streams.demo.stack import (
    ANSWERING,
    SECRETS,
    SLACK_CHANNELS,
    copy_examples,
    drawn,
    write_environment,
)

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"


@pytest.fixture(scope="module")
def examples() -> Config:
    return load(EXAMPLES, environ=SECRETS)


def test_slack_of_the_demo_has_every_channel_that_a_receiver_names(examples: Config) -> None:
    contacts = [contact for one in examples.policy.receivers for contact in one.contacts]
    named = {contact.address for contact in contacts if contact.channel == "slack"}
    assert named == set(SLACK_CHANNELS)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_contacts_of_a_scenario_are_those_its_route_tells_first(
    examples: Config, scenario: Scenario
) -> None:
    policy = examples.policy
    (route,) = find(policy.route, {"service": scenario.service, "team": "shop"})
    receiver = next(r for r in policy.receivers if r.name == route.receiver)
    contacts = set(receiver.contacts)
    for escalation in policy.escalations:
        if escalation.name == route.escalation:
            users = {u.name: u for u in policy.users}
            names = [s.layers[0].users for s in policy.schedules]
            contacts |= {c for each in names for name in each for c in users[name].contacts}
    assert contacts == set(scenario.expected.contacts)
    assert route.group_by == ("service",)


def test_the_second_level_is_whom_the_verdict_expects(examples: Config) -> None:
    policy = examples.policy
    (route,) = find(policy.route, {"service": "payments", "team": "shop"})
    escalation = next(e for e in policy.escalations if e.name == route.escalation)
    (target,) = escalation.levels[1].targets
    user = next(u for u in policy.users if u.name == target.name)
    assert user.contacts == (TOLD_SECOND["payments"],)


def test_the_feed_publishes_what_the_examples_read(examples: Config) -> None:
    options = FeedOptions(bootstrap="localhost:9092")
    topics = {options.topic(kind) for kind in ("metrics", "errors", "host")}
    assert topics == {source.topic for source in examples.inputs}


def test_the_control_services_would_be_told_about(examples: Config) -> None:
    for service in CONTROL:
        (route,) = find(examples.policy.route, {"service": service, "team": "shop"})
        assert route.receiver == "shop"


def test_copied_examples_are_the_examples_and_an_edited_copy_stays(tmp_path: Path) -> None:
    target = tmp_path / "config"
    copy_examples(target)
    assert {f.name for f in target.iterdir()} == {f.name for f in EXAMPLES.glob("*.yaml")}
    (target / "people.yaml").write_text("edited")
    copy_examples(target)
    assert (target / "people.yaml").read_text() == "edited"


def test_people_can_answer_by_every_channel_of_the_copy(tmp_path: Path) -> None:
    copy_examples(tmp_path / "config")
    channels = load(tmp_path / "config", environ=SECRETS | drawn(ANSWERING)).channels()
    settings = {
        ("slack", "_signing_secret"),
        ("pagerduty", "_webhook_secrets"),
        ("jira", "_webhook_secret"),
        ("email", "_link_key"),
    }
    assert all(
        getattr(channels[name], setting) not in (None, (None,)) for name, setting in settings
    )


def test_the_drill_is_told_by_every_way_to_answer(examples: Config) -> None:
    labels = dict(alert_of("slack", datetime(2026, 1, 1, tzinfo=UTC)).labels)
    (route,) = find(examples.policy.route, labels)
    (receiver,) = (r for r in examples.policy.receivers if r.name == route.receiver)
    assert {contact.channel for contact in receiver.contacts} == set(WAYS) - {"console"}
    assert route.group_by == ("drill",)


def test_the_environment_of_a_demo_is_one_that_a_shell_reads_and_its_owner_only(
    tmp_path: Path,
) -> None:
    path, odd = tmp_path / "environment.sh", "it's $HOME; `ls`"
    write_environment(path, {"TOCSIN_ODD": odd})
    said = subprocess.run(
        ["sh", "-c", '. "$0"; printf %s "$TOCSIN_ODD"', path], capture_output=True, check=True
    )
    assert said.stdout.decode() == odd
    assert path.stat().st_mode & 0o777 == 0o600
