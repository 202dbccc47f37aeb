"""A policy of three files, and each way to break it, by what it is about."""
