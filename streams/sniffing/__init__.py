"""`tocsin sniff`: what is in a topic, and how an input for it would be written."""
