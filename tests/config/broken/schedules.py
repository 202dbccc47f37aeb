"""Who is on call: layers, restrictions, overrides, swaps."""

from tests.config.broken.policy import Broken

CASES = [
    Broken(
        "an empty rotation",
        "users: [ana, bo]\n",
        "users: []\n",
        ("people.yaml:14:16: schedules.primary.layers[0].users: must not be empty",),
    ),
    Broken(
        "an unknown user in a rotation",
        "users: [ana, bo]\n",
        "users: [ana, bob]\n",
        (
            (
                "people.yaml:14:22: schedules.primary.layers[0].users[1]: there is no "
                'user "bob" (did you mean "bo"?)'
            ),
        ),
    ),
    Broken(
        "a schedule without layers",
        (
            "    layers:\n"
            "      - users: [ana, bo]\n"
            "        starts_at: 2026-01-05\n"
            "        turn: 1w\n"
            '        handoff: "09:00"\n'
            "      - users: [bo]\n"
            "        starts_at: 2026-01-05\n"
            "        turn: 1w\n"
            '        restrictions: [{start_time: "22:00", end_time: "06:00"}]\n'
        ),
        "    layers: []\n",
        ("people.yaml:13:13: schedules.primary.layers: must not be empty",),
    ),
    Broken(
        "a turn of no time",
        "turn: 1w\n        handoff",
        "turn: 0s\n        handoff",
        ("people.yaml:16:15: schedules.primary.layers[0].turn: must be longer than 0s",),
    ),
    Broken(
        "a turn without a unit",
        "turn: 1w\n        handoff",
        "turn: 7\n        handoff",
        (
            (
                "people.yaml:16:15: schedules.primary.layers[0].turn: 7 has no unit: "
                "write 7s, 7m, 7h or 7d"
            ),
        ),
    ),
    Broken(
        "a layer without turns",
        "        turn: 1w\n        handoff",
        "        handoff",
        ('people.yaml:14:9: schedules.primary.layers[0]: "turn" is missing',),
    ),
    Broken(
        "a handoff that is no time of day",
        '"09:00"\n      - users',
        '"25:00"\n      - users',
        (
            (
                "people.yaml:17:18: schedules.primary.layers[0].handoff: must be a time"
                ' of day in quotes, such as "09:00"'
            ),
        ),
    ),
    Broken(
        "a layer that starts on no day",
        "starts_at: 2026-01-05\n        turn: 1w\n        handoff",
        "starts_at: 2026-02-30\n        turn: 1w\n        handoff",
        (
            (
                'people.yaml:15:20: schedules.primary.layers[0].starts_at: "2026-02-30"'
                " is not a date or an instant: write 2026-01-31 or 2026-01-31T18:00:00Z"
            ),
        ),
    ),
    Broken(
        "a layer that ends before it starts",
        "turn: 1w\n        handoff",
        "turn: 1w\n        ends_at: 2025-01-01\n        handoff",
        (("people.yaml:17:18: schedules.primary.layers[0].ends_at: must be later than starts_at"),),
    ),
    Broken(
        "a restriction of no hours",
        'end_time: "06:00"}]',
        'end_time: "22:00"}]',
        (
            (
                "people.yaml:21:24: schedules.primary.layers[1].restrictions[0]: "
                "end_time is start_time: for all hours leave the restriction out"
            ),
        ),
    ),
    Broken(
        "a restriction without an end",
        '{start_time: "22:00", end_time: "06:00"}',
        '{start_time: "22:00"}',
        (
            (
                "people.yaml:21:24: schedules.primary.layers[1].restrictions[0]: "
                '"end_time" is missing'
            ),
        ),
    ),
    Broken(
        "a restriction to an interval that is not there",
        '{start_time: "22:00", end_time: "06:00"}',
        "{interval: ofice}",
        (
            (
                "people.yaml:21:35: "
                "schedules.primary.layers[1].restrictions[0].interval: there is no "
                'time_interval "ofice" (did you mean "office"?)'
            ),
        ),
    ),
    Broken(
        "a restriction of half a week",
        '{start_time: "22:00", end_time: "06:00"}',
        '{start_time: "friday 22:00", end_time: "06:00"}',
        (
            (
                "people.yaml:21:24: schedules.primary.layers[1].restrictions[0]: both "
                "times name a weekday, or neither does"
            ),
        ),
    ),
    Broken(
        "a restriction of two kinds",
        '{start_time: "22:00", end_time: "06:00"}',
        '{interval: office, start_time: "22:00"}',
        (
            (
                "people.yaml:21:24: schedules.primary.layers[1].restrictions[0]: either"
                " an `interval`, or start_time and end_time"
            ),
        ),
    ),
    Broken(
        "a calendar and a rotation",
        "turn: 1w\n        restrictions",
        "turn: 1w\n        calendar: team.ics\n        restrictions",
        (
            (
                "people.yaml:18:9: schedules.primary.layers[1]: has a calendar: leave "
                "`starts_at` out, or make two layers"
            ),
        ),
    ),
    Broken(
        "an override by nobody known",
        "{user: bo, starts_at: 2026-12",
        "{user: cai, starts_at: 2026-12",
        (
            (
                "people.yaml:23:16: schedules.primary.overrides[0].user: there is no "
                'user "cai"; there are: ana, bo'
            ),
        ),
    ),
    Broken(
        "an override that ends before it starts",
        "ends_at: 2026-12-27",
        "ends_at: 2026-12-23",
        (
            (
                "people.yaml:23:62: schedules.primary.overrides[0].ends_at: must be "
                "later than starts_at"
            ),
        ),
    ),
    Broken(
        "an override without a zone",
        "starts_at: 2026-12-24T09:00:00Z",
        "starts_at: 2026-12-24T09:00:00",
        (
            (
                "people.yaml:23:31: schedules.primary.overrides[0].starts_at: "
                '"2026-12-24T09:00:00" has no time zone: write 2026-01-31T18:00:00Z or '
                "...T18:00:00+01:00"
            ),
        ),
    ),
    Broken(
        "an override of oneself",
        "{user: bo, starts_at",
        "{user: bo, replaces: bo, starts_at",
        (
            (
                "people.yaml:23:30: schedules.primary.overrides[0].replaces: bo cannot "
                "stand in for bo: name two people"
            ),
        ),
    ),
    Broken(
        "a swap of one",
        "{users: [ana, bo], starts_at",
        "{users: [ana], starts_at",
        (("people.yaml:25:17: schedules.primary.swaps[0].users: must have 2 items at least"),),
    ),
    Broken(
        "a swap with oneself",
        "{users: [ana, bo], starts_at",
        "{users: [ana, ana], starts_at",
        (
            (
                "people.yaml:25:23: schedules.primary.swaps[0].users[1]: ana cannot "
                "stand in for ana: name two people"
            ),
        ),
    ),
    Broken(
        "a swap that never begins",
        "ends_at: 2026-11-16T09",
        "ends_at: 2026-11-02T09",
        (("people.yaml:25:70: schedules.primary.swaps[0].ends_at: must be later than starts_at"),),
    ),
]
