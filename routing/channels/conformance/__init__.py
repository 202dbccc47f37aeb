"""The checks that every channel must pass; `routing/channels/checks.py` runs them."""
