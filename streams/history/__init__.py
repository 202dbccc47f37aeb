"""What the topics of the engine hold of the past: events, decisions, incidents."""
