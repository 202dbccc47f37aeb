"""Chaos: workers and the broker are killed, and what comes out is compared with a calm run."""
