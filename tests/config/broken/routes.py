"""Receivers, routes and time intervals."""

from tests.config.broken.policy import Broken

CASES = [
    Broken(
        "an unknown channel of a receiver",
        'slack, address: "#shop"',
        'slck, address: "#shop"',
        (
            (
                "routing.yaml:2:20: receivers.shop[0].channel: there is no channel "
                '"slck" (did you mean "slack"?)'
            ),
        ),
    ),
    Broken(
        "a receiver's address that YAML takes for a comment",
        'address: "#shop"}',
        "address: #shop}",
        (("routing.yaml:3:8: a map that begins with { is not closed: a comma or } is missing"),),
    ),
    Broken(
        "an unknown receiver",
        "receiver: night\n",
        "receiver: nite\n",
        (
            (
                "routing.yaml:18:17: route.routes[1].receiver: there is no receiver "
                '"nite" (did you mean "night"?)'
            ),
        ),
    ),
    Broken(
        "an unknown policy",
        "escalation: urgent",
        "escalation: urgnt",
        (
            (
                "routing.yaml:15:19: route.routes[0].escalation: there is no escalation"
                ' "urgnt" (did you mean "urgent"?)'
            ),
        ),
    ),
    Broken(
        "an interval that is not there",
        "active_intervals: [office]",
        "active_intervals: [ofice]",
        (
            (
                "routing.yaml:16:26: route.routes[0].active_intervals[0]: there is no "
                'time_interval "ofice" (did you mean "office"?)'
            ),
        ),
    ),
    Broken(
        "a root that is quiet for some",
        "  group_wait: 30s",
        "  match: ['a=b']",
        (("routing.yaml:12:3: route.match: the root route takes every alert: remove `match`"),),
    ),
    Broken(
        "a root that goes on",
        "  group_wait: 30s",
        "  continue: true",
        (
            (
                "routing.yaml:12:3: route.continue: the root route takes every alert: "
                "remove `continue`"
            ),
        ),
    ),
    Broken(
        "grouping by everything and more",
        "group_by: [service]",
        "group_by: [service, ...]",
        (
            (
                'routing.yaml:11:3: route.group_by: "..." already groups by every '
                "label: it stands alone"
            ),
        ),
    ),
    Broken(
        "grouping by no label name",
        "group_by: [service]",
        "group_by: ['a b']",
        (
            (
                'routing.yaml:11:14: route.group_by[0]: "a b" is not a label name, such'
                " as service (or ...)"
            ),
        ),
    ),
    Broken(
        "no time to wait",
        "group_wait: 30s",
        "group_wait: 0s",
        ("routing.yaml:12:15: route.group_wait: must be longer than 0s",),
    ),
    Broken(
        "a test without an operator",
        "'team=\"data\"'",
        "'team \"data\"'",
        (('routing.yaml:17:20: route.routes[1].match[0]: after "team" comes =, !=, =~ or !~'),),
    ),
    Broken(
        "two tests in one",
        "'team=\"data\"'",
        '\'team="data", a="b"\'',
        (
            (
                "routing.yaml:17:27: route.routes[1].match[0]: one matcher for each "
                "list item: split at the comma"
            ),
        ),
    ),
    Broken(
        "a regular expression that is none",
        "'team=\"data\"'",
        "'team=~\"(data\"'",
        (("routing.yaml:17:23: route.routes[1].match[0]: not a regular expression: missing )"),),
    ),
    Broken(
        "hours that end before they begin",
        'end_time: "17:00"',
        'end_time: "08:00"',
        (
            (
                "routing.yaml:7:15: time_intervals.office[0].times[0]: end_time must be"
                ' later than start_time; for a night take two ranges, up to "24:00" and'
                ' from "00:00"'
            ),
        ),
    ),
    Broken(
        "hours of a day that has no such",
        '"17:00"',
        '"27:00"',
        (
            (
                'routing.yaml:7:47: time_intervals.office[0].times[0].end_time: "27:00"'
                ' is not a time of day in quotes, such as "09:00" (or "24:00")'
            ),
        ),
    ),
    Broken(
        "a weekday that is none",
        '"monday:friday"',
        '"monday:fryday"',
        (
            (
                'routing.yaml:6:18: time_intervals.office[0].weekdays[0]: "fryday" is '
                'no weekday (did you mean "friday"?)'
            ),
        ),
    ),
    Broken(
        "weekdays that run backwards",
        '"monday:friday"',
        '"friday:monday"',
        (
            (
                "routing.yaml:6:18: time_intervals.office[0].weekdays[0]: weekday "
                "monday comes before friday: take two ranges"
            ),
        ),
    ),
    Broken(
        "a day of no month",
        "      time_zone: Europe/Vienna\nroute",
        '      days_of_month: ["32"]\nroute',
        (
            (
                'routing.yaml:8:23: time_intervals.office[0].days_of_month[0]: "32" is '
                "no day of the month from -31 to 31"
            ),
        ),
    ),
    Broken(
        "a year that runs backwards",
        "      time_zone: Europe/Vienna\nroute",
        '      years: ["2027:2026"]\nroute',
        (
            (
                "routing.yaml:8:15: time_intervals.office[0].years[0]: year 2026 comes "
                "before 2027: take two ranges"
            ),
        ),
    ),
    Broken(
        "an interval without ranges",
        (
            "  office:\n"
            '    - weekdays: ["monday:friday"]\n'
            '      times: [{start_time: "09:00", end_time: "17:00"}]\n'
            "      time_zone: Europe/Vienna\n"
        ),
        "  office: []\n",
        ("routing.yaml:5:11: time_intervals.office: must not be empty",),
    ),
    Broken(
        "an interval in a zone that is not there",
        "time_zone: Europe/Vienna\nroute",
        "time_zone: Europe/Vjenna\nroute",
        (
            (
                "routing.yaml:8:18: time_intervals.office[0].time_zone: there is no "
                'time zone "Europe/Vjenna" (did you mean "Europe/Vienna"?)'
            ),
        ),
    ),
]
