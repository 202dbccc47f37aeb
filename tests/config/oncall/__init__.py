"""Tests of on-call schedules in YAML."""
