"""Shared parts of the networks. Shapes and weights only; imports nothing of Muse."""
