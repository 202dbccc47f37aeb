"""Stand-ins on loopback for Slack, PagerDuty, Jira and a mail server: for demo and tests."""
