"""Text that is no YAML, keys, types, durations, budgets, instants, matchers."""

from tests.config.mistakes.mistake import Broken
from tests.config.samples import SMALL

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
    Broken("a plural", "topic: shop.m", "»topics: shop.m", 'did you mean "topic"?'),
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
        "a text for a map of known keys",
        "kafka:\n  bootstrap: kafka:9092",
        "kafka: »kafka:9092",
        "its keys: bootstrap, partitions",
    ),
    Broken(
        "a list of detectors",
        "    detectors:\n",
        "    detectors: »[level]\n    model:\n",
        "such as {level: {}, jump: {}}",
    ),
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
    Broken(
        "neither of two",
        "ewma: {memory: 10m}",
        "seasonal: {period: »true}",
        'must be a duration, such as 30s, 5m, 1h30m or 3d, or "auto"',
    ),
    Broken(
        "no hour at all",
        "silences:\n",
        'time_intervals: {late: [{times: [{start_time: »null, end_time: "24:00"}]}]}\nsilences:\n',
        "is empty: give it a value",
    ),
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
]
