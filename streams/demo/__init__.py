"""The demonstration: a shop and this machine as producers, peers on loopback, a verdict."""
