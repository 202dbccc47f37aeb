"""The channels there are, by the word that `kind:` takes in the configuration.

Each value's constructor takes keyword-only, typed parameters, against which `config/` validates.
Those of third parties come from packages with an entry point in the group `tocsin.channels`, whose
name is the kind; ours cannot be replaced.
"""

from collections.abc import Callable
from importlib.metadata import entry_points

from routing.channels.apprise import Apprise
from routing.channels.channel import Channel
from routing.channels.email import Email
from routing.channels.jira import Jira
from routing.channels.pagerduty import PagerDuty
from routing.channels.slack import Slack
from routing.channels.webhook import Webhook

GROUP = "tocsin.channels"

OURS: dict[str, Callable[..., Channel]] = {
    Slack.kind: Slack,
    PagerDuty.kind: PagerDuty,
    Email.kind: Email,
    Jira.kind: Jira,
    Webhook.kind: Webhook,
    Apprise.kind: Apprise,
}
THEIRS: dict[str, Callable[..., Channel]] = {
    found.name: found.load() for found in entry_points(group=GROUP) if found.name not in OURS
}
CHANNELS = OURS | THEIRS
