"""Users and escalations."""

from tests.config.broken.policy import Broken

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
]
