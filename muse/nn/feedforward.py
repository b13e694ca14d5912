"""The gated feed-forward block SwiGLU (Shazeer 2020)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from muse.nn.joint import joint_products


class FeedForward(nn.Module):
    """down(silu(gate(x)) * up(x)); parameter names are Hugging Face's."""

    def __init__(self, size: int, inner: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(size, inner, bias=False)
        self.up_proj = nn.Linear(size, inner, bias=False)
        self.down_proj = nn.Linear(inner, size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, D)."""
        gate, up = joint_products(x, self.gate_proj, self.up_proj)
        return self.down_proj(F.silu(gate) * up)
