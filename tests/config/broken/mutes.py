"""Silences, inhibitions, and what two files say twice or of itself."""

from tests.config.broken.policy import Broken

CASES = [
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
