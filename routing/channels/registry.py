"""The channels there are, by the word that `kind:` takes in the configuration.

Each value's constructor takes keyword-only, typed parameters, against which `config/` validates.
"""

from routing.channels.email import Email
from routing.channels.jira import Jira
from routing.channels.pagerduty import PagerDuty
from routing.channels.slack import Slack
from routing.channels.webhook import Webhook

ChannelType = type[Slack] | type[PagerDuty] | type[Email] | type[Jira] | type[Webhook]

CHANNELS: dict[str, ChannelType] = {
    Slack.kind: Slack,
    PagerDuty.kind: PagerDuty,
    Email.kind: Email,
    Jira.kind: Jira,
    Webhook.kind: Webhook,
}
