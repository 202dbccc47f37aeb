"""Stories: what a policy should do, written down with times, and whether it does."""
