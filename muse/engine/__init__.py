"""Engines: what scores next tokens for the sampler, numpy in and numpy out."""
