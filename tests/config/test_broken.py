"""Each way to break a configuration, and what is said about it, where."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.config.samples import SMALL, refused

MARK = "»"  # stands where the problem must be shown


class Broken(NamedTuple):
    what: str
    old: str
    new: str
    message: str


def of_river(line: str) -> tuple[str, str]:
    """A line of detectors in place of the one that is there."""
    return "      ewma: {memory: 10m}", f"      {line}"


CASES = [
    # the text is not YAML
    Broken("a tab", "  bootstrap: kafka", "»\tbootstrap: kafka", "a tab cannot indent YAML"),
    Broken("bad indentation", "    topic: shop.m", "   »topic: shop.m", "bad indentation"),
    Broken(
        "an open quote",
        "The provider moves",
        '»"The provider moves',
        "a quote is opened and never closed",
    ),
    Broken("an open list", "[service]\nprofiles:", "[service\nprofiles»:", "is not closed"),
    Broken("two colons", "bootstrap: kafka:9092", "bootstrap: kafka»: 9092", "does not belong"),
    Broken("no colon", "  receiver: shop\n", "  receiver shop»\n", "a key without a colon"),
    Broken("an unknown alias", "wait: 5m", "wait: »*long", "no anchor &long for the alias *long"),
    Broken("a bare at sign", "address: U024BE91L", "address: »@ana", "needs quotes around it"),
    Broken("two documents", "route:\n", "»---\nroute:\n", "a second document"),
    Broken("a tag", "bootstrap: kafka:9092", "bootstrap: »!!binary a2Fma2E=", "tags are not used"),
    Broken("the same key twice", "  group_wait: 10s", "  »group_by: [a]", "is here twice"),
    Broken("not a map", SMALL, "»- inputs\n", "a configuration is a map of sections"),
    # keys
    Broken("an unknown section", "escalations:", "»escalation:", 'did you mean "escalations"?'),
    Broken("a misspelt key", "topic: shop.m", "»topik: shop.m", 'did you mean "topic"?'),
    Broken("a key nested wrongly", "group_wait: 10s", "»groupwait: 10s", '"group_wait"?'),
    Broken("a suffix too many", "{memory: 10m}", "{»memory_s: 10m}", 'did you mean "memory"?'),
    Broken("a missing key", "    topic: shop.metrics\n", "", '"topic" is missing'),
    Broken(
        "a key of a contact",
        "{channel: slack, address: U",
        "{»chanel: slack, address: U",
        '"channel"?',
    ),
    # types
    Broken("a number for a text", "U024BE91L", "»1024", 'write "1024" in quotes'),
    Broken("a text for a list", "group_by: [service]", "group_by: »service", "must be a list"),
    Broken("a map for a list", "users: [ana]", "users: »{ana: 1}", "must be a list"),
    Broken("a list for a map", "labels: {team: shop}", "labels: »[team]", "must be a map"),
    Broken(
        "nothing",
        "address: U024BE91L",
        "address:» ",
        "is empty",
    ),
    Broken(
        "a text for a truth", "      escalation: urgent", "      continue: »yes", "true or false"
    ),
    Broken("a word of a set", "kind: metrics", "kind: »metric", 'did you mean "metrics"?'),
    Broken("an empty list", "users: [ana]", "users: »[]", "must not be empty"),
    Broken("a number too small", "bootstrap: kafka:9092", "partitions: »0", "at least 1"),
    # durations, budgets, instants
    Broken("no unit", "group_wait: 10s", "group_wait: »10", "10 has no unit: write 10s, 10m"),
    Broken("an unknown unit", "wait: 5m", "wait: »5min", '"5min" is not a duration'),
    Broken("no time at all", "group_wait: 10s", "group_wait: »0s", "longer than 0s"),
    Broken("not a budget", "1/30d", "»1 in 30d", "such as 1/30d"),
    Broken("not m of n", "3 of 5", "»6 of 5", "the second at least the first"),
    Broken(
        "an interval that is not there",
        "  group_wait: 10s",
        "  mute_intervals: [»night]\n  group_wait: 10s",
        'there is no time_interval "night"',
    ),
    Broken(
        "a weekday that is none",
        "route:\n",
        "time_intervals: {work: [{weekdays: [»'monday:fryday']}]}\nroute:\n",
        'did you mean "friday"?',
    ),
    Broken(
        "hours past midnight",
        "route:\n",
        "time_intervals: {night: [{times: [»{start_time: '22:00', end_time: '06:00'}]}]}\nroute:\n",
        "for a night take two ranges",
    ),
    Broken("an instant without a zone", "22:00:00Z", "22:00:00", "has no time zone"),
    Broken("no such day", "starts_at: 2026-01-05", "starts_at: »2026-02-30", "is not a date"),
    Broken("no such hour", '"09:00"', '»"9 am"', "must be a time of day"),
    Broken("an end before its start", "2026-01-11T04", "2026-01-09T04", "later than starts_at"),
    Broken(
        "an unknown time zone",
        "  time_zone: Europe/Vienna\n    lay",
        "  time_zone: »Europe/Viena\n    lay",
        '"Europe/Vienna"?',
    ),
    # matchers
    Broken(
        "no operator", """'service="checkout"'""", """'service» "checkout"'""", "comes =, !=, =~"
    ),
    Broken(
        "a wrong operator",
        """'service="checkout"'""",
        """'service»=="checkout"'""",
        "no operator ==",
    ),
    Broken(
        "no label name", """'service="checkout"'""", """»'="checkout"'""", "starts with a label"
    ),
    Broken(
        "a bad regex",
        """'service="checkout"'""",
        """'service=~"a|»(b"'""",
        "not a regular expression",
    ),
    Broken(
        "a look-around",
        """'service="checkout"'""",
        """'service=~"a»(?!b).*"'""",
        "invalid perl operator",
    ),
    Broken(
        "a repetition without end",
        """'service="checkout"'""",
        """'service=~"a»{2000}"'""",
        "invalid repetition size",
    ),
    Broken("two at once", """'service="checkout"'""", """'a="b"», c="d"'""", "split at the comma"),
    Broken(
        "an open quote inside",
        """'service="checkout"'""",
        """'service=»"checkout'""",
        "needs double quotes",
    ),
    # references
    Broken(
        "a receiver",
        "route:\n  receiver: shop",
        "route:\n  receiver: »shoop",
        'did you mean "shop"?',
    ),
    Broken("an escalation", "escalation: urgent", "escalation: »urgnt", 'did you mean "urgent"?'),
    Broken(
        "a user", "users: [ana]", "users: [»anna]", 'there is no user "anna" (did you mean "ana"?)'
    ),
    Broken("a schedule", "schedule: primary", "schedule: »primry", 'did you mean "primary"?'),
    Broken("a channel", '{channel: slack, address: "#', '{channel: »slak, address: "#', '"slack"?'),
    Broken("a kind of channel", "kind: slack", "kind: »slak", 'did you mean "slack"?'),
    Broken(
        "a detector",
        "      ewma:",
        "      »ewam:",
        'there is no detector "ewam" (did you mean "ewma"?)',
    ),
    Broken(
        "a model among detectors",
        "      ewma: {memory: 10m}",
        "      »half_space_trees:",
        "under `model`",
    ),
    Broken("a model of river's", *of_river("»river.GausianScorer: "), '"river.GaussianScorer"?'),
    Broken(
        "a parameter of river's",
        *of_river("river.GaussianScorer: {»windowsize: 50}"),
        'did you mean "window_size"?',
    ),
    Broken(
        "a type of river's",
        *of_river("river.GaussianScorer: {window_size: »abc}"),
        "must be a whole number, not text",
    ),
    Broken(
        "a number of river's out of range",
        *of_river("river.HalfSpaceTrees: {height: »40}"),
        "must be from 1 to 15, not 40",
    ),
    Broken(
        "a class within a model of river's",
        *of_river("river.PredictiveAnomalyDetection: {predictive_model: »{SNARIMX: {p: 1}}}"),
        'river has no "SNARIMX" (did you mean "SNARIMAX"?)',
    ),
    Broken(
        "a parameter within a model of river's",
        *of_river(
            "river.PredictiveAnomalyDetection: {predictive_model: {SNARIMAX: {p: »x, d: 0, q: 1}}}"
        ),
        "must be a whole number, not 'x'",
    ),
    Broken(
        "a value for a class of river's",
        *of_river("river.PredictiveAnomalyDetection: {predictive_model: »3}"),
        "must name a class, like {'SNARIMAX'",
    ),
    Broken(
        "a model of river's that cannot be saved",
        *of_river(
            "river.PredictiveAnomalyDetection: »{predictive_model: {HoltWinters: {alpha: 0.1}}}"
        ),
        "cannot be saved",
    ),
    Broken(
        "a model of river's of one value for several series",
        "    detectors:\n      ewma: {memory: 10m}\n",
        "    model: {»river.GaussianScorer: {}}\n    by: [service]\n",
        "judges each series alone: put it under `detectors`",
    ),
    Broken(
        "a target of two kinds",
        "[schedule: primary]",
        "[»{schedule: primary, user: ana}]",
        "one of",
    ),
    Broken("a target without its kind", "[schedule: primary]", "[»primary]", "say what it is"),
    # sense
    Broken("a parameter out of range", "{memory: 10m}", "{memory: »0s}", "must be above 0"),
    Broken("a root without a receiver", "  receiver: shop\n", "", '"receiver" is missing'),
    Broken("a root with matchers", "  group_wait: 10s", "  »match: ['a=b']", "takes every alert"),
    Broken("our own topic", "topic: shop.metrics", "topic: »tocsin.events", "Tocsin's own topics"),
    Broken(
        "a profile with detectors and a model",
        "      ewma: {memory: 10m}\n",
        "      ewma: {memory: 10m}\n    model: {half_space_trees: {}}\n    by: [service]\n",
        "either `detectors`",
    ),
    Broken(
        "a silence of everything",
        """'service="shipping"'""",
        """'service!="x"'""",
        "silences everything",
    ),
    # silences
    Broken(
        "a silence without an end",
        "    ends_at: 2026-01-11T04:00:00Z\n",
        "",
        '"ends_at" is missing',
    ),
    Broken(
        "a silence of everything in one of its sets",
        "    starts_at: 2026-01-10",
        "    or_match: [[a=b], »['a!=b']]\n    starts_at: 2026-01-10",
        "silences everything",
    ),
    Broken(
        "a silence in an interval that is not there",
        "    starts_at: 2026-01-10",
        "    during: [»nights]\n    starts_at: 2026-01-10",
        'there is no time_interval "nights"',
    ),
    # inhibitions
    *(
        Broken(what, "silences:\n", f"inhibitions:\n  - {rule}\nsilences:\n", message)
        for what, rule, message in (
            (
                "an inhibition of everything",
                "{name: a, source: ['a=\"b\"'], target: »['a!=\"b\"']}",
                "mutes any alert",
            ),
            (
                "an inhibition by anything",
                "{name: a, source: »['a=~\".*\"'], target: ['a=\"b\"']}",
                "any alert mutes by it",
            ),
            (
                "an inhibition of itself",
                "{name: a, source: ['a=\"b\"'], target: »['a=\"b\"'], equal: [c]}",
                "mutes none of them",
            ),
            (
                "an inhibition without a target",
                "»{name: a, source: ['a=b']}",
                '"target" is missing',
            ),
            (
                "an equal label that is none",
                "{name: a, source: ['a=b'], target: ['a=c'], equal: [»'...']}",
                "not a label name",
            ),
        )
    ),
    # secrets
    Broken("a secret in the text", "{env: SLACK_TOKEN}", "»hunter2", "a secret is not written"),
    Broken(
        "a secret from two places", "{env: SLACK_TOKEN}", "»{env: A, file: b}", "either {env: NAME}"
    ),
    Broken(
        "an absent variable",
        "{env: SLACK_TOKEN}",
        "{env: »TOKEN_OF_SLACK}",
        "TOKEN_OF_SLACK is not set",
    ),
    Broken("an absent file", "{env: SLACK_TOKEN}", "{file: »/no/such}", "the file is not there"),
    Broken("an unset variable", "kafka:9092", "»${TOCSIN_NOWHERE}", "TOCSIN_NOWHERE is not set"),
    # escalations, and what people want for themselves
    Broken("a level without targets", "[schedule: primary]", "»[]", "must not be empty"),
    Broken(
        "no levels",
        "    levels:\n      - targets: [schedule: primary]\n        wait: 5m\n",
        "    levels: »[]\n",
        "must not be empty",
    ),
    Broken(
        "a target of two kinds, written as a map",
        "[schedule: primary]",
        "[»{schedule: primary, user: ana}]",
        "one of `user`, `schedule` and `receiver`",
    ),
    Broken("a target of no kind", "[schedule: primary]", "[»{next: true}]", "is missing"),
    Broken(
        "the next of a user",
        "[schedule: primary]",
        "[»{user: ana, next: true}]",
        "only a schedule has somebody",
    ),
    Broken(
        "an unknown target",
        "[schedule: primary]",
        "[schedule: primary, user: »anna]",
        'did you mean "ana"?',
    ),
    Broken(
        "the same target twice",
        "[schedule: primary]",
        "[schedule: primary, »schedule: primary]",
        'the target "schedule primary" is already in',
    ),
    Broken(
        "turns of one", "wait: 5m", "wait: 5m\n        rotate: »true", "nobody to take turns with"
    ),
    Broken(
        "a condition that says nothing",
        "wait: 5m",
        "wait: 5m\n        only_if: »{}",
        "says nothing",
    ),
    Broken(
        "an unknown severity",
        "wait: 5m",
        "wait: 5m\n        only_if: {severity: [»urgent]}",
        "error",
    ),
    Broken(
        "one severity for a list",
        "wait: 5m",
        "wait: 5m\n        only_if: {severity: »critical}",
        "must be a list",
    ),
    Broken(
        "an unknown interval of a level",
        "wait: 5m",
        "wait: 5m\n        only_if: {during: [»office]}",
        'there is no time_interval "office"',
    ),
    Broken(
        "an acknowledgement of no time",
        "    levels:\n      - targets",
        "    ack_expires: »0s\n    levels:\n      - targets",
        "must be longer than 0s",
    ),
    Broken(
        "a wait of days for an address",
        "address: U024BE91L}",
        "address: U024BE91L, after: »2d}",
        "must be at most 24h",
    ),
    Broken(
        "an unknown interval of an address",
        "address: U024BE91L}",
        "address: U024BE91L, only_if: {during: [»day]}}",
        'there is no time_interval "day"',
    ),
    Broken(
        "a wait of a receiver's address",
        'address: "#shop"}',
        'address: "#shop", »after: 5m}',
        "after",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what.replace(" ", "-"))
def test_each_mistake_is_named_where_it_was_made(tmp_path: Path, case: Broken) -> None:
    assert case.old in SMALL
    marked = SMALL.replace(case.old, case.new, 1)
    error = refused(tmp_path, marked.replace(MARK, ""))
    problem = next(p for p in error.problems if p.level == "error")
    assert case.message in problem.headline
    if MARK in marked:
        before = marked.partition(MARK)[0]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        assert (problem.place.line, problem.place.column) == (line, column), error.render()
    assert len([p for p in error.problems if p.level == "error"]) == 1, error.render()


def test_the_table_covers_thirty_mistakes() -> None:
    assert len(CASES) >= 30
    assert len({case.what for case in CASES}) == len(CASES)
