"""Incidents as commands read and show them."""
