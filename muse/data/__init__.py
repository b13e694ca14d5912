"""Corpora to batches: recipes, readers, tune families, shards, the loader."""
