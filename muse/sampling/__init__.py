"""How a sample is drawn: steps from one seed. Knows protocols only."""
