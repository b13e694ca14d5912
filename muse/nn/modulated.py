"""Transformer blocks that see all places and are modulated by a condition: DiT's (Peebles and Xie 2023)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def time_features(time: Tensor, size: int) -> Tensor:
    """Cosines and sines of times (B,) in 0 to 1 at `size` / 2 frequencies each: (B, size)."""
    half = size // 2
    rates = torch.exp(torch.arange(half, device=time.device) * (-math.log(10_000) / half))
    angles = 1000 * time[:, None].float() * rates
    return torch.cat((angles.cos(), angles.sin()), dim=-1)


def modulated(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """x (B, T, D), normalised, then scaled and shifted by (B, D)."""
    return F.layer_norm(x, x.shape[-1:]) * (1 + scale[:, None]) + shift[:, None]


class Mixing(nn.Module):
    """Attention of all places to all places, or to what is given; queries and keys normalised."""

    def __init__(self, width: int, heads: int, given: int | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width if given is None else given, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, given: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """(B, T, D) -> (B, T, D).

        Args:
            x: the places that ask.
            given: what they look at (B, S, G); x itself by default.
            mask: (B, S), True where they may look.
        """
        batch, length, width = x.shape
        k, v = self.key_value(x if given is None else given).chunk(2, dim=-1)
        q, k, v = (
            y.view(batch, -1, self.heads, width // self.heads).transpose(1, 2)
            for y in (self.query(x), k, v)
        )
        q, k = (F.rms_norm(y, y.shape[-1:]) for y in (q, k))
        y = F.scaled_dot_product_attention(
            q, k, v, attn_mask=None if mask is None else mask[:, None, None]
        )
        return self.out(y.transpose(1, 2).reshape(batch, length, width))


class ModulatedBlock(nn.Module):
    """Attention, cross-attention if there is something to look at, and feed-forward.

    Each part is scaled, shifted and gated by the condition; the gates begin at zero, so that a
    new network hands its input through (adaLN-Zero).

    Args:
        width: D.
        heads: of the attention.
        given: width of what is looked at by cross-attention, None for none.
    """

    def __init__(self, width: int, heads: int, given: int | None = None) -> None:
        super().__init__()
        self.mixing = Mixing(width, heads)
        self.crossing = None if given is None else Mixing(width, heads, given)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        if self.crossing is not None:
            nn.init.zeros_(self.crossing.out.weight)
            nn.init.zeros_(self.crossing.out.bias)

    def forward(
        self, x: Tensor, cond: Tensor, given: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """x (B, T, D), cond (B, D), given (B, S, G), mask (B, S) -> (B, T, D)."""
        parts = self.modulation(F.silu(cond)).chunk(6, dim=-1)
        x = x + parts[2][:, None] * self.mixing(modulated(x, parts[0], parts[1]))
        if self.crossing is not None and given is not None:
            x = x + self.crossing(F.layer_norm(x, x.shape[-1:]), given, mask)
        inner = F.gelu(self.up(modulated(x, parts[3], parts[4])), approximate="tanh")
        return x + parts[5][:, None] * self.down(inner)


def patches(x: Tensor, size: int) -> Tensor:
    """Squares of a picture (B, C, H, W), row by row: (B, H W / size^2, C size^2)."""
    return F.pixel_unshuffle(x, size).flatten(2).transpose(1, 2)


def unpatched(x: Tensor, size: int, rows: int) -> Tensor:
    """The picture (B, C, H, W) of its squares, of which it has `rows` rows."""
    return F.pixel_shuffle(x.transpose(1, 2).unflatten(2, (rows, -1)), size)
