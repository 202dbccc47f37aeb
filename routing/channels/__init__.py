"""The one I/O corner of routing: Slack, PagerDuty, email, Jira and webhooks."""
