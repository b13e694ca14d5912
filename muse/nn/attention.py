"""Grouped-query self-attention with rotary positions and a key-value cache."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.nn.cache import Cache
from muse.nn.joint import joint_products
from muse.nn.norm import RMSNorm
from muse.nn.rotary import rotate


class Attention(nn.Module):
    """Self-attention; parameter names are Hugging Face's.

    Args:
        size: width of the residual stream, D.
        heads: query heads; `groups` of them share one key and value head.
        groups: key and value heads.
        head_dim: width of a head.
        normed: normalise queries and keys by head (Qwen3's q_norm and k_norm).
        eps: of that norm.
        biased: queries, keys and values have a bias (Qwen2's).
    """

    def __init__(
        self, size: int, heads: int, groups: int, head_dim: int, normed: bool, eps: float,
        biased: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.heads, self.groups, self.head_dim = heads, groups, head_dim
        self.q_proj = nn.Linear(size, heads * head_dim, bias=biased)
        self.k_proj = nn.Linear(size, groups * head_dim, bias=biased)
        self.v_proj = nn.Linear(size, groups * head_dim, bias=biased)
        self.o_proj = nn.Linear(heads * head_dim, size, bias=False)
        self.q_norm = RMSNorm(head_dim, eps) if normed else nn.Identity()
        self.k_norm = RMSNorm(head_dim, eps) if normed else nn.Identity()

    def forward(
        self,
        x: Tensor,
        table: tuple[Tensor, Tensor],
        *,
        mask: Tensor | None = None,
        causal: bool = True,
        cache: Cache | None = None,
        layer: int = 0,
    ) -> Tensor:
        """Attend.

        Args:
            x: (B, T, D).
            table: cosines and sines of the T positions, each (T, head_dim).
            mask: (B, 1, T, S), True where a query may look; overrides `causal`.
            causal: whether a place sees only itself and what came before.
            cache: what came before; x is written behind it as layer `layer`.

        Returns:
            (B, T, D).
        """
        batch, length, _ = x.shape
        products = joint_products(x, self.q_proj, self.k_proj, self.v_proj)
        q, k, v = (y.view(batch, length, -1, self.head_dim).transpose(1, 2) for y in products)
        q, k = rotate(self.q_norm(q), table), rotate(self.k_norm(k), table)
        if cache is not None:
            k, v = cache.write(layer, k, v)
            causal = causal and length > 1
            if causal and k.shape[2] > length and mask is None:
                mask = torch.ones(length, k.shape[2], dtype=torch.bool).tril(k.shape[2] - length)
        y = F.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, is_causal=causal and mask is None,
            enable_gqa=self.groups != self.heads,
        )  # fmt: skip
        return self.o_proj(y.transpose(1, 2).reshape(batch, length, -1))
