"""Escalations, and what people want for themselves."""

from tests.config.mistakes.mistake import Broken

WITHOUT_MAIL = """\
    token: {env: SLACK_TOKEN}
users:
  ana:
    time_zone: Europe/Vienna
    contacts:
"""
WITH_MAIL = """\
    token: {env: SLACK_TOKEN}
  mail: {kind: email, host: localhost, sender: tocsin@shop.example}
users:
  ana:
    time_zone: Europe/Vienna
    contacts:
      - {channel: mail, address: »ana}
"""

CASES = [
    Broken(
        "nobody to tell", "[schedule: primary]", "[»schedule: null]", "`schedule` is empty: give"
    ),
    Broken(
        "a sender that is no address",
        "channels:\n",
        'channels:\n  mail: {kind: email, host: localhost, sender: »"-5m"}\n',
        "is no mail address: write tocsin@shop.example",
    ),
    Broken(
        "an API that is nowhere",
        "{env: SLACK_TOKEN}\n",
        "{env: SLACK_TOKEN}\n    base_url: »slack.com/api\n",
        "must be an http or https address, such as https://",
    ),
    Broken(
        "a contact that is no address",
        WITHOUT_MAIL,
        WITH_MAIL,
        "not a mail address: 'ana': write ana@shop.example, several with commas between",
    ),
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
