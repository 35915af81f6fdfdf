"""Statistics of scores: pure functions of arrays."""
