"""Each way to break a policy of three files, and every word that is said about it."""

from typing import NamedTuple

FILES = {
    "base.yaml": """\
inputs:
  - {name: shop, topic: shop.metrics}
channels:
  slack: {kind: slack, token: {env: SLACK_TOKEN}}
  mail: {kind: email, host: localhost, sender: tocsin@shop.example}
""",
    "people.yaml": """\
users:
  ana:
    time_zone: Europe/Vienna
    contacts:
      - {channel: slack, address: U1}
      - {channel: mail, address: ana@shop.example, after: 5m}
  bo:
    contacts: [{channel: slack, address: U2}]
    page_budget: 5/1h
schedules:
  primary:
    time_zone: Europe/Vienna
    layers:
      - users: [ana, bo]
        starts_at: 2026-01-05
        turn: 1w
        handoff: "09:00"
      - users: [bo]
        starts_at: 2026-01-05
        turn: 1w
        restrictions: [{start_time: "22:00", end_time: "06:00"}]
    overrides:
      - {user: bo, starts_at: 2026-12-24T09:00:00Z, ends_at: 2026-12-27T09:00:00Z}
    swaps:
      - {users: [ana, bo], starts_at: 2026-11-02T09:00:00Z, ends_at: 2026-11-16T09:00:00Z}
escalations:
  urgent:
    levels:
      - targets: [schedule: primary]
        wait: 5m
      - targets: [user: bo, receiver: shop]
        wait: 10m
        only_if: {severity: [critical]}
    repeat: 1
""",
    "routing.yaml": """\
receivers:
  shop: [{channel: slack, address: "#shop"}]
  night: [{channel: mail, address: night@shop.example}]
time_intervals:
  office:
    - weekdays: ["monday:friday"]
      times: [{start_time: "09:00", end_time: "17:00"}]
      time_zone: Europe/Vienna
route:
  receiver: shop
  group_by: [service]
  group_wait: 30s
  routes:
    - match: ['service="checkout"']
      escalation: urgent
      active_intervals: [office]
    - match: ['team="data"']
      receiver: night
silences:
  - id: move
    match: ['service="shipping"']
    starts_at: 2026-01-10T22:00:00Z
    ends_at: 2026-01-11T04:00:00Z
    comment: The provider moves.
inhibitions:
  - name: host-down
    source: ['metric="up"']
    target: ['metric="load"']
    equal: [host]
""",
}


class Broken(NamedTuple):
    """A text in one of the files, what stands there instead, and the problems in order."""

    what: str
    old: str
    new: str
    said: tuple[str, ...]


CASES = [
    Broken(
        "a user on a channel that is not there",
        "slack, address: U1",
        "slak, address: U1",
        (
            (
                "people.yaml:5:19: users.ana.contacts[0].channel: there is no channel "
                '"slak" (did you mean "slack"?)'
            ),
        ),
    ),
    Broken(
        "a user without contacts",
        "contacts: [{channel: slack, address: U2}]",
        "contacts: []",
        ("people.yaml:8:15: users.bo.contacts: must not be empty",),
    ),
    Broken(
        "a user with a number for an address",
        "address: U2",
        "address: 2",
        (('people.yaml:8:42: users.bo.contacts[0].address: must be text: write "2" in quotes'),),
    ),
    Broken(
        "a user in a zone that is not there",
        "time_zone: Europe/Vienna\n    contacts",
        "time_zone: Europe/Viena\n    contacts",
        (
            (
                "people.yaml:3:16: users.ana.time_zone: there is no time zone "
                '"Europe/Viena" (did you mean "Europe/Vienna"?)'
            ),
        ),
    ),
    Broken(
        "a name of two words",
        "  bo:\n",
        "  bo b:\n",
        (
            (
                'people.yaml:7:3: users.bo b: "bo b" is not a name: one word, without '
                "slashes and braces"
            ),
            (
                "people.yaml:14:22: schedules.primary.layers[0].users[1]: there is no "
                'user "bo" (did you mean "bo b"?)'
            ),
            (
                "people.yaml:18:17: schedules.primary.layers[1].users[0]: there is no "
                'user "bo" (did you mean "bo b"?)'
            ),
            (
                "people.yaml:23:16: schedules.primary.overrides[0].user: there is no "
                'user "bo" (did you mean "bo b"?)'
            ),
            (
                "people.yaml:25:23: schedules.primary.swaps[0].users[1]: there is no "
                'user "bo" (did you mean "bo b"?)'
            ),
            (
                "people.yaml:31:25: escalations.urgent.levels[1].targets[0].user: there"
                ' is no user "bo" (did you mean "bo b"?)'
            ),
        ),
    ),
    Broken(
        "the same user twice in a file",
        "  bo:\n",
        "  ana:\n",
        (
            'people.yaml:7:3: users.ana: "ana" is here twice; it is already in line 2',
            (
                "people.yaml:14:22: schedules.primary.layers[0].users[1]: there is no "
                'user "bo"; there are: ana'
            ),
            (
                "people.yaml:18:17: schedules.primary.layers[1].users[0]: there is no "
                'user "bo"; there are: ana'
            ),
            (
                "people.yaml:23:16: schedules.primary.overrides[0].user: there is no "
                'user "bo"; there are: ana'
            ),
            (
                "people.yaml:25:23: schedules.primary.swaps[0].users[1]: there is no "
                'user "bo"; there are: ana'
            ),
            (
                "people.yaml:31:25: escalations.urgent.levels[1].targets[0].user: there"
                ' is no user "bo"; there are: ana'
            ),
        ),
    ),
    Broken(
        "a contact that waits too long",
        "after: 5m",
        "after: 25h",
        (
            (
                "people.yaml:6:59: users.ana.contacts[1].after: must be at most 24h: by"
                " then others have long been told"
            ),
        ),
    ),
    Broken(
        "a contact that waits no duration",
        "after: 5m",
        "after: 5",
        (("people.yaml:6:59: users.ana.contacts[1].after: 5 has no unit: write 5s, 5m, 5h or 5d"),),
    ),
    Broken(
        "a budget that is none",
        "5/1h",
        "5 an hour",
        (
            (
                "people.yaml:9:18: users.bo.page_budget: must be a number of pages in a"
                " time, such as 10/1h"
            ),
        ),
    ),
    Broken(
        "a budget of nothing",
        "5/1h",
        "0/1h",
        (
            (
                "people.yaml:9:18: users.bo.page_budget: a page budget needs a count "
                "and a time above zero, such as 10/1h"
            ),
        ),
    ),
    Broken(
        "an unknown key of a user",
        "page_budget: 5/1h",
        "pagebudget: 5/1h",
        (
            (
                'people.yaml:9:5: users.bo.pagebudget: unknown key "pagebudget" (did '
                'you mean "page_budget"?)'
            ),
        ),
    ),
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
    Broken(
        "a level without targets",
        "targets: [schedule: primary]",
        "targets: []",
        ("people.yaml:29:18: escalations.urgent.levels[0].targets: must not be empty",),
    ),
    Broken(
        "a target without its kind",
        "[schedule: primary]",
        "[primary]",
        (
            (
                "people.yaml:29:19: escalations.urgent.levels[0].targets[0]: say what "
                "it is: `user: primary`, `schedule: primary` or `receiver: primary`"
            ),
        ),
    ),
    Broken(
        "an unknown schedule",
        "[schedule: primary]",
        "[schedule: primry]",
        (
            (
                "people.yaml:29:29: escalations.urgent.levels[0].targets[0].schedule: "
                'there is no schedule "primry" (did you mean "primary"?)'
            ),
        ),
    ),
    Broken(
        "an unknown user in a level",
        "user: bo, receiver",
        "user: bob, receiver",
        (
            (
                "people.yaml:31:25: escalations.urgent.levels[1].targets[0].user: there"
                ' is no user "bob" (did you mean "bo"?)'
            ),
        ),
    ),
    Broken(
        "an unknown receiver in a level",
        "receiver: shop]",
        "receiver: shopp]",
        (
            (
                "people.yaml:31:39: escalations.urgent.levels[1].targets[1].receiver: "
                'there is no receiver "shopp" (did you mean "shop"?)'
            ),
        ),
    ),
    Broken(
        "the next of a user",
        "[user: bo, receiver: shop]",
        "[{user: bo, next: true}, receiver: shop]",
        (
            (
                "people.yaml:31:19: escalations.urgent.levels[1].targets[0]: only a "
                "schedule has somebody who is `next`"
            ),
        ),
    ),
    Broken(
        "a condition that says nothing",
        "{severity: [critical]}",
        "{}",
        (
            (
                "people.yaml:33:18: escalations.urgent.levels[1].only_if: says nothing:"
                " give `severity`, `during` or `match`, or leave it out"
            ),
        ),
    ),
    Broken(
        "a condition of a severity that is not there",
        "[critical]}",
        "[criticl]}",
        (
            (
                "people.yaml:33:30: escalations.urgent.levels[1].only_if.severity[0]: "
                'must be "info", "warning", "error" or "critical" (did you mean '
                '"critical"?)'
            ),
        ),
    ),
    Broken(
        "a condition of hours that are not there",
        "{severity: [critical]}",
        "{during: [night]}",
        (
            (
                "people.yaml:33:28: escalations.urgent.levels[1].only_if.during[0]: "
                'there is no time_interval "night"; there are: office'
            ),
        ),
    ),
    Broken(
        "turns of one target",
        "    repeat: 1",
        "      - {targets: [user: ana], wait: 1m, rotate: true}\n    repeat: 1",
        (
            (
                "people.yaml:34:50: escalations.urgent.levels[2].rotate: one target has"
                " nobody to take turns with"
            ),
        ),
    ),
    Broken(
        "a wait that is none",
        "wait: 10m",
        "wait: 10min",
        (
            (
                'people.yaml:32:15: escalations.urgent.levels[1].wait: "10min" is not a'
                " duration: write it like 30s, 5m, 1h30m or 3d"
            ),
        ),
    ),
    Broken(
        "a policy that is called none",
        "  urgent:\n",
        "  none:\n",
        (
            ('people.yaml:27:3: escalations.none: "none" means no escalation: take another name'),
            (
                "routing.yaml:15:19: route.routes[0].escalation: there is no escalation"
                ' "urgent"; there are: none'
            ),
        ),
    ),
    Broken(
        "too many rounds",
        "repeat: 1",
        "repeat: 1000",
        ("people.yaml:34:13: escalations.urgent.repeat: must be at most 100",),
    ),
    Broken(
        "an acknowledgement that ends at once",
        "repeat: 1",
        "ack_expires: 0s",
        ("people.yaml:34:18: escalations.urgent.ack_expires: must be longer than 0s",),
    ),
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
    Broken(
        "a silence that never begins",
        "ends_at: 2026-01-11T04",
        "ends_at: 2026-01-09T04",
        ("routing.yaml:23:14: silences[0].ends_at: must be later than starts_at",),
    ),
    Broken(
        "the same silence twice",
        "inhibitions:",
        "  - {id: move, match: [a=b], during: [office], comment: a}\ninhibitions:",
        (
            (
                'routing.yaml:25:10: silences[1].id: the silence "move" is already in '
                "routing.yaml:20:9"
            ),
        ),
    ),
    Broken(
        "a silence without a reason",
        "    comment: The provider moves.\n",
        "",
        ('routing.yaml:20:5: silences[0]: "comment" is missing',),
    ),
    Broken(
        "an inhibition of itself",
        "target: ['metric=\"load\"']\n    equal: [host]",
        "target: ['metric=\"up\"']\n    equal: [host]",
        (
            (
                "routing.yaml:28:13: inhibitions[0].target: accepts the same alerts as "
                "`source`, and so mutes none of them"
            ),
        ),
    ),
    Broken(
        "the same inhibition twice",
        "    equal: [host]\n",
        "    equal: [host]\n  - {name: host-down, source: [a=b], target: [a=c]}\n",
        (
            (
                'routing.yaml:30:12: inhibitions[1].name: the inhibition "host-down" is'
                " already in routing.yaml:26:11"
            ),
        ),
    ),
    Broken(
        "an inhibition by no label",
        "equal: [host]",
        "equal: ['...']",
        (
            (
                'routing.yaml:29:13: inhibitions[0].equal[0]: "..." is not a label '
                "name, such as service"
            ),
        ),
    ),
    Broken(
        "the same user in two files",
        "silences:\n",
        "users: {bo: {contacts: [{channel: slack, address: U3}]}}\nsilences:\n",
        ('routing.yaml:19:9: users.bo: "bo" is also in people.yaml:7:3',),
    ),
    Broken(
        "the same receiver in two files",
        "schedules:\n",
        "receivers: {shop: []}\nschedules:\n",
        ('routing.yaml:2:3: receivers.shop: "shop" is also in people.yaml:10:13',),
    ),
    Broken(
        "the same schedule in two files",
        "silences:\n",
        (
            "schedules: {primary: {layers: [{users: [ana], starts_at: 2026-01-05, turn: 1w}]}}\n"
            "silences:\n"
        ),
        (('routing.yaml:19:13: schedules.primary: "primary" is also in people.yaml:11:3'),),
    ),
    Broken(
        "two route trees",
        "schedules:\n",
        "route: {receiver: night}\nschedules:\n",
        ('routing.yaml:10:3: route.receiver: "receiver" is also in people.yaml:10:9',),
    ),
    Broken(
        "a route that is its own child",
        "  routes:\n",
        "  routes: &again\n    - {match: ['a=\"b\"'], routes: *again}\n",
        (
            (
                "routing.yaml:13:11: nested too deeply: does an alias (*name) stand "
                "inside its own anchor?"
            ),
        ),
    ),
    Broken(
        "levels that hold themselves",
        "  urgent:\n    levels:\n",
        "  urgent:\n    levels: &again\n      - {targets: *again, wait: 1m}\n",
        (
            (
                "people.yaml:28:13: nested too deeply: does an alias (*name) stand "
                "inside its own anchor?"
            ),
        ),
    ),
    Broken(
        "a user merged into themselves",
        "  bo:\n    contacts",
        "  bo: &bo\n    <<: *bo\n    contacts",
        (
            (
                "people.yaml:7:7: nested too deeply: does an alias (*name) stand inside"
                " its own anchor?"
            ),
        ),
    ),
]
