"""The one I/O corner of routing: Slack, PagerDuty, email and Jira."""
