"""Configurations of Alertmanager, read into ours."""
