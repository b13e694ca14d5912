"""Learning: objectives, optimisers, the loop, checkpoints, sharding from outside."""
