"""What is known about music and verse. Pure Python, no torch, imports nothing else of Muse."""
