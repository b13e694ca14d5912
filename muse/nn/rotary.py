"""Rotary position embedding (Su et al. 2021), halves as Hugging Face lays them out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class RopeScaling:
    """How a network was stretched to texts longer than those it was first trained on.

    Field names are Hugging Face's.

    Attributes:
        rope_type: "linear" slows all pairs down (Chen et al. 2023), "llama3" only those that turn
            seldom (Grattafiori et al. 2024, "The Llama 3 Herd of Models").
        factor: by how much.
        low_freq_factor: a pair that turns less often than this in the first length is slowed down
            in full ("llama3").
        high_freq_factor: a pair that turns more often than this stays as it is ("llama3").
        original_max_position_embeddings: that first length, in tokens ("llama3").
    """

    rope_type: str
    factor: float
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_max_position_embeddings: int = 8192

    def __post_init__(self) -> None:
        if self.rope_type not in ("linear", "llama3"):
            raise ValueError(
                f"rope_type is {repr(self.rope_type)[:60]}; the decoder has linear and llama3"
            )
        if not 0 < self.low_freq_factor < self.high_freq_factor:
            raise ValueError("low_freq_factor must lie above 0 and below high_freq_factor")


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
