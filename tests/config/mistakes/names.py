"""Names of what is not there, and what makes no sense."""

from tests.config.mistakes.mistake import Broken


def of_river(line: str) -> tuple[str, str]:
    """A line of detectors in place of the one that is there."""
    return "      ewma: {memory: 10m}", f"      {line}"


CASES = [
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
        "a probability of river's that is none",
        *of_river("river.ADWIN: {delta: »7}"),
        "must be above 0 and below 1, not 7",
    ),
    Broken(
        "a number that what is compiled of river divides by",
        *of_river("river.ADWIN: {clock: »0}"),
        "clock: must be from 1 to 100000, not 0",
    ),
    Broken(
        "a number that has no end",
        *of_river("river.PageHinkley: {threshold: »-4}"),
        "threshold: must be above 0, not -4",
    ),
    Broken(
        "a number of a class within a model of river's",
        *of_river(
            "river.PredictiveAnomalyDetection: {predictive_model: {SNARIMAX: {p: »-1, d: 0, q: 1}}}"
        ),
        "p: must be from 0 to 1000, not -1",
    ),
    Broken(
        "a class of river's without braces",
        *of_river("river.LocalOutlierFactor: {engine: »SWIN}"),
        "must name a class, like {SWINN: {}}, not 'SWIN'",
    ),
    Broken(
        "text where a class of river's stands",
        *of_river("river.StandardAbsoluteDeviation: {sub_stat: »spread}"),
        "must name a class, like {NAME: {}}, not 'spread'",
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
]
