"""Pictures as a mosaic of codes: an autoencoder whose code book is a grid that is never learned.

Finite scalar quantisation (Mentzer et al. 2023): each of a few numbers is bounded and rounded to one
of its levels; a code is their combination. No code dies, and there is nothing to keep in step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.nn.modulated import patches, unpatched


@dataclass(frozen=True)
class MosaicConfig:
    """Its shape.

    Attributes:
        size: rows and columns of a picture.
        patch: side of the square that one code stands for, in the first place.
        width: of the hidden layers.
        blocks: of the encoder; the decoder has one more.
        levels: of each number of a code, 2 or more each.
    """

    size: int = 28
    patch: int = 4
    width: int = 96
    blocks: int = 2
    levels: tuple[int, ...] = (8, 6, 5)

    def __post_init__(self) -> None:
        if min(self.size, self.patch, self.width) < 1 or self.blocks < 0:
            raise ValueError("all numbers are at least 1")
        if self.size % self.patch or not self.levels or min(self.levels) < 2:
            raise ValueError("patch divides size, and there are two levels or more of each number")

    @property
    def codes(self) -> int:
        """How many codes there are."""
        return math.prod(self.levels)

    @property
    def rows(self) -> int:
        """Rows of the mosaic, and columns."""
        return self.size // self.patch


class Neighbours(nn.Module):
    """A block that looks at the neighbouring places: depthwise 3 x 3, then two linear layers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, rows, rows, D) -> the same."""
        y = self.around(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return x + self.down(F.gelu(self.up(self.norm(y))))


class Mosaic(nn.Module):
    """Pictures to codes and back to the logits of their pixels."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.config = config
        width, inner, numbers = config.width, config.patch**2, len(config.levels)
        self.patch_in = nn.Linear(inner, width)
        self.encoder = nn.Sequential(*(Neighbours(width) for _ in range(config.blocks)))
        self.numbers_out = nn.Linear(width, numbers)
        self.numbers_in = nn.Linear(numbers, width)
        self.decoder = nn.Sequential(*(Neighbours(width) for _ in range(config.blocks + 1)))
        self.norm = nn.LayerNorm(width)
        self.patch_out = nn.Linear(width, inner)

    def numbers(self, x: Tensor) -> Tensor:
        """Pictures (B, H, W) in 0 to 1 -> whole numbers (B, rows, rows, N), with gradients.

        Number n lies from -(levels // 2) to (levels - 1) // 2; its gradient is straight through.
        """
        rows = self.config.rows
        y = self.patch_in(patches(x[:, None] * 2 - 1, self.config.patch))
        y = self.numbers_out(self.encoder(y.unflatten(1, (rows, rows))))
        levels = y.new_tensor(self.config.levels)
        half = (levels - 1) * (1 + 1e-3) / 2
        offset = (1 - levels % 2) / 2
        bounded = torch.tanh(y + torch.atanh(offset / half)) * half - offset
        return bounded + (bounded.round() - bounded).detach()

    def picture(self, numbers: Tensor) -> Tensor:
        """Numbers (B, rows, rows, N) -> logits of the pixels (B, H, W)."""
        scaled = numbers / numbers.new_tensor([level // 2 for level in self.config.levels])
        y = self.norm(self.decoder(self.numbers_in(scaled)))
        return unpatched(self.patch_out(y.flatten(1, 2)), self.config.patch, self.config.rows)[:, 0]

    def codes(self, x: Tensor) -> Tensor:
        """Pictures (B, H, W) in 0 to 1 -> codes (B, rows x rows), row by row."""
        found = self.numbers(x).round().long()
        codes = torch.zeros(found.shape[:-1], dtype=torch.long)
        for place, levels in enumerate(self.config.levels):
            codes = codes * levels + found[..., place] + levels // 2
        return codes.flatten(1)

    def decode(self, codes: Tensor) -> Tensor:
        """Codes (B, rows x rows) -> logits of the pixels (B, H, W)."""
        rows, rest, found = self.config.rows, codes, []
        for levels in reversed(self.config.levels):
            found.append(rest % levels - levels // 2)
            rest = rest // levels
        numbers = torch.stack(found[::-1], dim=-1).unflatten(1, (rows, rows))
        return self.picture(numbers.float())

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (B, H, W) in 0 to 1 -> logits of their pixels, by way of the codes."""
        return self.picture(self.numbers(x))
