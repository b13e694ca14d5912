"""The flow network of small pictures: a Transformer over patches that says a velocity."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from muse.nn.modulated import ModulatedBlock, modulated, patches, time_features, unpatched


@dataclass(frozen=True)
class CanvasConfig:
    """Its shape.

    Attributes:
        size: rows and columns of a picture.
        channels: of a pixel.
        patch: side of the squares that are one place; it divides `size`.
        width: of the residual stream.
        layers, heads: of the Transformer.
        classes: what can be asked for; the class of this number asks for nothing.
    """

    size: int = 28
    channels: int = 1
    patch: int = 4
    width: int = 128
    layers: int = 6
    heads: int = 4
    classes: int = 10

    def __post_init__(self) -> None:
        if min(self.size, self.channels, self.patch, self.width, self.layers, self.heads) < 1:
            raise ValueError("all numbers are at least 1")
        if self.size % self.patch or self.width % (2 * self.heads):
            raise ValueError("patch divides size, and twice heads divides width")


class Canvas(nn.Module):
    """Says noise - x0 of x = (1 - t) x0 + t noise: a `Raw` network for `Velocity`.

    Linear layers over patches do twice the arithmetic a second of 3 x 3 convolutions on CPUs.
    The shape is DiT's (Peebles and Xie 2023) with normalised queries and keys.
    """

    def __init__(self, config: CanvasConfig) -> None:
        super().__init__()
        self.config = config
        width, inner = config.width, config.channels * config.patch**2
        self.places = (config.size // config.patch) ** 2
        self.patch_in = nn.Linear(inner, width)
        self.place_embed = nn.Parameter(torch.randn(self.places, width) * 0.02)
        self.class_embed = nn.Embedding(config.classes + 1, width)
        self.time_in = nn.Linear(width, width)
        self.time_out = nn.Linear(width, width)
        self.blocks = nn.ModuleList(
            ModulatedBlock(width, config.heads) for _ in range(config.layers)
        )
        self.modulation = nn.Linear(width, 2 * width)
        self.patch_out = nn.Linear(width, inner)
        nn.init.normal_(self.class_embed.weight, std=0.02)
        for layer in (self.modulation, self.patch_out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, time: Tensor, cond: Tensor) -> Tensor:
        """x (B, C, H, W), time (B,) in 0 to 1, cond (B,) classes -> velocity (B, C, H, W)."""
        config = self.config
        times = self.time_out(nn.functional.silu(self.time_in(time_features(time, config.width))))
        told = times + self.class_embed(cond)
        y = self.patch_in(patches(x, config.patch)) + self.place_embed
        for block in self.blocks:
            y = block(y, told)
        shift, scale = self.modulation(nn.functional.silu(told)).chunk(2, dim=-1)
        y = self.patch_out(modulated(y, shift, scale))
        return unpatched(y, config.patch, config.size // config.patch)
