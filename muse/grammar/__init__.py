"""What may come next: automata over ids. They make promises true, even for an untrained network."""
