"""The measurements: their arithmetic, and that they still run."""
