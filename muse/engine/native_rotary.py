"""Angles of rotary positions (Su et al. 2021), by the formulas of `muse.nn.rotary`, in numpy."""

from __future__ import annotations

import math

import numpy as np

from muse.models.decoder_config import DecoderConfig


def rotary_rates(config: DecoderConfig) -> np.ndarray:
    """Radians that each pair of a head turns from one position to the next, (head_dim / 2,)."""
    steps = np.arange(0, config.head_dim, 2, dtype=np.float32) / np.float32(config.head_dim)
    rates = np.power(np.float32(config.rope_theta), -steps)
    scaling = config.rope_scaling
    if scaling is None:
        return rates
    slow = rates / np.float32(scaling.factor)
    if scaling.rope_type == "linear":
        return slow
    turns = rates * np.float32(scaling.original_max_position_embeddings) / np.float32(2 * math.pi)
    low, high = np.float32(scaling.low_freq_factor), np.float32(scaling.high_freq_factor)
    kept = np.clip((turns - low) / (high - low), np.float32(0), np.float32(1))
    return (1 - kept) * slow + kept * rates


def rotary_table(config: DecoderConfig, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines of positions 0 to `length`, each (length, head_dim / 2) of float32."""
    angles = np.outer(np.arange(length, dtype=np.float32), rotary_rates(config))
    return np.cos(angles), np.sin(angles)
