"""Delivery under trouble: peers that fail, and a worker that is killed."""
