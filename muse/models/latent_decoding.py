"""The decoder of a latent space with its latents bound: a network that scores next tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from muse.models.latent import LatentModel
from muse.nn.cache import Cache


class LatentCache:
    """Keys and values of what was written, and where each token of it stands.

    Shapes:
        bars: (B, capacity), for each token how many bars had begun by then.
        pieces: (B,), which of the pieces whose latents are bound each row is.
    """

    def __init__(self, inner: Cache, bars: Tensor, pieces: Tensor) -> None:
        self.inner, self.bars, self.pieces = inner, bars, pieces

    @property
    def length(self) -> int:
        """Tokens seen."""
        return self.inner.length

    def begun(self) -> Tensor:
        """How many bars each piece has begun, (B, 1)."""
        if not self.length:
            return self.bars.new_zeros(len(self.bars), 1)
        return self.bars[:, self.length - 1 : self.length]

    def fork(self, count: int) -> LatentCache:
        """A cache of `count` copies of this one's single piece, which keep its latents."""
        bars = self.bars.expand(count, -1).clone()
        return LatentCache(self.inner.fork(count), bars, self.pieces.expand(count))

    def rewind(self, to: int) -> None:
        """Forget all tokens from place `to` on."""
        self.inner.rewind(to)

    def keep(self, rows: Any) -> None:
        """Keep only the pieces `rows` (n,), in that order."""
        kept = torch.as_tensor(rows)
        self.inner.keep(kept)
        self.bars, self.pieces = self.bars[kept], self.pieces[kept]


class Decoding:
    """Next tokens of pieces whose latents are given. Implements the protocol `NextToken`.

    Args:
        model: the latent space.
        whole: (P, whole_size), of P pieces. One piece's latents serve a batch of any size.
        bars: (P, n, bar_size), the latents of the bars in the order in which they begin; later
            bars take the last.
    """

    def __init__(self, model: LatentModel, whole: Tensor, bars: Tensor) -> None:
        self.model = model
        # Place 0 is what stands before the first bar, which has no latent of its own.
        own = torch.cat((torch.zeros_like(bars[:, :1]), bars), dim=1)
        both = torch.cat((whole[:, None].expand(-1, own.shape[1], -1), own), dim=-1)
        with torch.inference_mode():
            self.added = [entry(both) for entry in model.writer.inputs]

    @torch.inference_mode()
    def logits(self, ids: Tensor, cache: LatentCache | None = None) -> Tensor:
        """(B, T) new ids, behind the cache -> (B, T, V)."""
        begun = self.model.begins_bar(ids).cumsum(1)
        if cache is None:
            start, inner, pieces = 0, None, self._pieces(len(ids))
        else:
            start, inner, pieces = cache.length, cache.inner, cache.pieces
            begun = begun + cache.begun()
            cache.bars[:, start : start + ids.shape[1]] = begun
        places = begun.clamp(max=self.added[0].shape[1] - 1)
        table, x = self.model.rotary(start, ids.shape[1]), self.model.embed_tokens(ids)
        for number, layer in enumerate(self.model.writer.layers):
            added = self.added[number][pieces[:, None], places]
            x = layer(x + added, table, cache=inner, layer=number)
        if inner is not None:
            inner.advance(ids.shape[1])
        return F.linear(self.model.writer.norm(x), self.model.embed_tokens.weight)

    def scores(
        self, ids: NDArray[np.int64], cache: LatentCache | None = None
    ) -> NDArray[np.float32]:
        """(B, T) new ids, behind the cache -> (B, V) logits of the token after the last."""
        found: NDArray[np.float32] = self.logits(torch.from_numpy(ids), cache)[:, -1].numpy()
        return found

    def nats(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """(B, T) -> (B, T - 1) nats of each token after the first."""
        rows = torch.from_numpy(ids)
        logits = self.logits(rows[:, :-1])
        losses = F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten(), reduction="none")
        found: NDArray[np.float32] = losses.view(len(rows), -1).numpy()
        return found

    def new_cache(self, batch: int, length: int) -> LatentCache:
        """An empty cache for `batch` pieces of at most `length` tokens."""
        config = self.model.config
        inner = Cache.empty(config.decoder_layers, batch, config.groups, length, config.head_dim)
        bars = torch.zeros(batch, length, dtype=torch.int64)
        return LatentCache(inner, bars, self._pieces(batch))

    def _pieces(self, batch: int) -> Tensor:
        """Which piece's latents each row of a batch takes. Raises ValueError if they do not fit."""
        bound = len(self.added[0])
        if bound not in (1, batch):
            raise ValueError(f"the latents of {bound} pieces do not fit a batch of {batch}")
        return torch.arange(batch) if bound > 1 else torch.zeros(batch, dtype=torch.int64)
