"""Rotary position embedding (Su et al. 2021), halves as Hugging Face lays them out."""

from __future__ import annotations

import torch
from torch import Tensor


def rotary_table(length: int, head_dim: int, theta: float, start: int = 0) -> tuple[Tensor, Tensor]:
    """Cosines and sines of positions `start` to `start + length`, each (length, head_dim)."""
    rates = theta ** -(torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim)
    angles = torch.outer(torch.arange(start, start + length, dtype=torch.float32), rates)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, table: tuple[Tensor, Tensor]) -> Tensor:
    """Turn queries or keys (B, heads, T, head_dim) by their positions' angles."""
    cosines, sines = table
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat((-second, first), dim=-1) * sines
