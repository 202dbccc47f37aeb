"""On-call schedules at the command line: overrides in Kafka, and how it is all printed."""
