"""Dead letters as people see them: read, explained, and their records sent again."""
