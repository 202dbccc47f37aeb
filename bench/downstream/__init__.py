"""What becomes of a worker's memory, and of its pages, while what it sends to is dead."""
