"""Rotary position embedding (Su et al. 2021), halves as Hugging Face lays them out."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from muse.nn.rope_scaling import RopeScaling


def rotary_rates(head_dim: int, theta: float, scaling: RopeScaling | None = None) -> Tensor:
    """Radians that each pair of a head turns from one position to the next, (head_dim / 2,)."""
    rates = theta ** -(torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim)
    if scaling is None:
        return rates
    if scaling.rope_type == "linear":
        return rates / scaling.factor
    turns = rates * scaling.original_max_position_embeddings / (2 * math.pi)
    low, high = scaling.low_freq_factor, scaling.high_freq_factor
    kept = ((turns - low) / (high - low)).clamp(0, 1)
    return (1 - kept) * rates / scaling.factor + kept * rates


def rotary_table(
    length: int, head_dim: int, theta: float, start: int = 0, scaling: RopeScaling | None = None
) -> tuple[Tensor, Tensor]:
    """Cosines and sines of positions `start` to `start + length`, each (length, head_dim)."""
    rates = rotary_rates(head_dim, theta, scaling)
    angles = torch.outer(torch.arange(start, start + length, dtype=torch.float32), rates)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, table: tuple[Tensor, Tensor]) -> Tensor:
    """Turn queries or keys (B, heads, T, head_dim) by their positions' angles."""
    cosines, sines = table
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat((-second, first), dim=-1) * sines
