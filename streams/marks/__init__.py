"""Marks in Kafka: read by every worker, written by commands."""
