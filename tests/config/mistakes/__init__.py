"""Ways to break a configuration, by what they are about."""
