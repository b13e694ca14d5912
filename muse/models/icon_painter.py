"""The flow network of icons: patches that look at the words of a phrase."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.nn.modulated import (
    Mixing,
    ModulatedBlock,
    modulated,
    patches,
    time_features,
    unpatched,
)


@dataclass(frozen=True)
class IconPainterConfig:
    """Its shape.

    Attributes:
        size: rows and columns of an icon.
        channels: colour on white, and opacity.
        patch: side of the squares that are one place.
        width, layers, heads: of the flow network.
        text_width, text_layers: of the encoder of phrases.
        longest: places of a phrase.
        styles: how many there are; the style of this number asks for none.
        words: that it knows; ids 0 and 1 are an empty place and the beginning.
    """

    size: int = 32
    channels: int = 4
    patch: int = 4
    width: int = 160
    layers: int = 6
    heads: int = 5
    text_width: int = 128
    text_layers: int = 2
    longest: int = 24
    styles: int = 3
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        numbers = (self.size, self.channels, self.patch, self.width, self.layers, self.heads)
        if min(*numbers, self.text_width, self.longest, self.styles) < 1 or self.text_layers < 0:
            raise ValueError("all numbers are at least 1")
        if self.size % self.patch or self.width % (2 * self.heads) or self.text_width % 4:
            raise ValueError("patch divides size, twice heads width, and 4 text_width")


class Reader(nn.Module):
    """A block of the encoder of phrases: every word sees every other."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mixing = Mixing(width, 4)
        self.first_norm = nn.LayerNorm(width)
        self.second_norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, S, D), (B, S) True at words -> (B, S, D)."""
        x = x + self.mixing(self.first_norm(x), mask=mask)
        return x + self.down(F.gelu(self.up(self.second_norm(x))))


class IconPainter(nn.Module):
    """Says noise - x0 of icons, asked by (ids of a phrase (B, S), style (B,))."""

    def __init__(self, config: IconPainterConfig) -> None:
        super().__init__()
        self.config = config
        width, text, inner = config.width, config.text_width, config.channels * config.patch**2
        self.word_embed = nn.Embedding(len(config.words) + 2, text)
        self.order_embed = nn.Parameter(torch.randn(config.longest, text) * 0.02)
        self.readers = nn.ModuleList(Reader(text) for _ in range(config.text_layers))
        self.text_norm = nn.LayerNorm(text)
        self.text_out = nn.Linear(text, width)
        self.style_embed = nn.Embedding(config.styles + 1, width)
        self.patch_in = nn.Linear(inner, width)
        self.place_embed = nn.Parameter(
            torch.randn((config.size // config.patch) ** 2, width) * 0.02
        )
        self.time_in = nn.Linear(width, width)
        self.time_out = nn.Linear(width, width)
        self.blocks = nn.ModuleList(
            ModulatedBlock(width, config.heads, text) for _ in range(config.layers)
        )
        self.modulation = nn.Linear(width, 2 * width)
        self.patch_out = nn.Linear(width, inner)
        for embedding in (self.word_embed, self.style_embed):
            nn.init.normal_(embedding.weight, std=0.05)
        for layer in (self.modulation, self.patch_out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def read(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Phrases (B, S) -> what their words say (B, S, D), and where words are (B, S)."""
        mask = ids > 0
        x = self.word_embed(ids) + self.order_embed[: ids.shape[1]]
        for reader in self.readers:
            x = reader(x, mask)
        return self.text_norm(x), mask

    def forward(self, x: Tensor, time: Tensor, cond: tuple[Tensor, Tensor]) -> Tensor:
        """x (B, C, H, W), time (B,), cond as above -> velocity (B, C, H, W)."""
        config, (ids, style) = self.config, cond
        text, mask = self.read(ids)
        shares = mask[..., None] / mask.sum(1)[:, None, None]
        told = self.time_out(F.silu(self.time_in(time_features(time, config.width))))
        told = told + self.style_embed(style) + self.text_out((text * shares).sum(1))
        y = self.patch_in(patches(x, config.patch)) + self.place_embed
        for block in self.blocks:
            y = block(y, told, text, mask)
        shift, scale = self.modulation(F.silu(told)).chunk(2, dim=-1)
        y = self.patch_out(modulated(y, shift, scale))
        return unpatched(y, config.patch, config.size // config.patch)
