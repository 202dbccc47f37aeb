"""Small programs that tests start as processes."""
