"""Silences, inhibitions and secrets."""

from tests.config.mistakes.mistake import Broken

CASES = [
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
]
