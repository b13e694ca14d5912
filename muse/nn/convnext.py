"""ConvNeXt blocks along time (Liu et al. 2022; for sound, Siuzdak 2023): the trunk of all voices."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTH = 7
"""Frames that a block's convolution sees."""


class ConvNeXtBlock(nn.Module):
    """A convolution of each channel along time, then two linear layers; added to what came in.

    Args:
        size: channels.
        inner: channels between the two linear layers.
        scale: of the block's share when training begins.
    """

    def __init__(self, size: int, inner: int, scale: float) -> None:
        super().__init__()
        self.along_time = nn.Conv1d(size, size, WIDTH, padding=WIDTH // 2, groups=size)
        self.norm = nn.LayerNorm(size)
        self.up = nn.Linear(size, inner)
        self.down = nn.Linear(inner, size)
        self.scale = nn.Parameter(torch.full((size,), scale))

    def forward(self, x: Tensor, modulation: Tensor | None = None) -> Tensor:
        """(B, F, D) -> (B, F, D).

        Args:
            x: frames.
            modulation: (B, 1, 2 * D) or (B, F, 2 * D), scale and shift of the normalised frames
                (adaptive layer norm, Peebles and Xie 2023).
        """
        y = self.norm(self.along_time(x.transpose(1, 2)).transpose(1, 2))
        if modulation is not None:
            scale, shift = modulation.chunk(2, dim=-1)
            y = y * (1 + scale) + shift
        return x + self.scale * self.down(F.gelu(self.up(y), approximate="tanh"))


class Trunk(nn.Module):
    """Blocks in a row, with a norm before and after.

    Args:
        size: channels.
        layers: how many blocks.
        expand: channels inside a block, as a multiple.
        condition: channels of a condition that modulates each block; 0 for none.
    """

    def __init__(self, size: int, layers: int, expand: int, condition: int = 0) -> None:
        super().__init__()
        self.norm_in = nn.LayerNorm(size)
        self.blocks = nn.ModuleList(
            ConvNeXtBlock(size, size * expand, 1 / layers) for _ in range(layers)
        )
        self.norm_out = nn.LayerNorm(size)
        self.modulations = nn.ModuleList(
            nn.Linear(condition, 2 * size) for _ in range(layers if condition else 0)
        )
        for layer in self.modulations:
            assert isinstance(layer, nn.Linear)
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    @property
    def context(self) -> int:
        """Frames to either side that a frame depends on."""
        return len(self.blocks) * (WIDTH // 2)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """(B, F, D) -> (B, F, D); `condition` is (B, 1, C) or (B, F, C)."""
        x = self.norm_in(x)
        for place, block in enumerate(self.blocks):
            if condition is None:
                x = block(x)
            else:
                x = block(x, self.modulations[place](condition))
        return self.norm_out(x)
