"""Measures of what was made: pure functions, units stated, each number with what it is of."""
