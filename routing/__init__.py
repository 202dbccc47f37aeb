"""Pure routing: labels, routes, groups, silences, incidents, escalation, schedules."""
