"""On-call schedules of a configuration: layers, restrictions, calendars, gaps."""
