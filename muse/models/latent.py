"""A latent space of token sequences: a variational autoencoder of Transformer blocks.

The encoder reads a window in both directions. Its outputs are averaged over all of the window, and
over each bar, to means and variances of one latent of the whole and one of each bar. The decoder is
causal, and the latents of a token's window and bar are added to its stream before every block
("in-attention", Wu and Yang 2021, MuseMorphose). What stands before the first bar (meter, mode, tonic) is
a condition: the decoder sees it, the latents do not hold it.

The bound is that of Kingma and Welling 2014; a latent for each part under one for the whole replaces the
conductor of MusicVAE (Roberts et al. 2018).

Shapes:
    Packed rows: ids (B, T) and `pieces` (B, T), the number of the window that each token of a row belongs
    to, counted from 0, -1 behind the last. Windows and bars of all rows are counted through: W and N.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.models.decoder import Block
from muse.models.latent_config import LatentConfig
from muse.nn.norm import RMSNorm
from muse.nn.rotary import rotary_table

LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE = -10.0, 4.0
FIRST_LOG_VARIANCE = -3.0
"""Latents begin narrow, so that the decoder learns early that they say something."""


@dataclass(frozen=True)
class Places:
    """Which bar and window each token of packed rows belongs to.

    Attributes:
        bar: (B, T), its bar, counted through all rows; -1 before a window's first bar.
        window: (B, T), its window, counted through all rows; -1 for padding.
        window_of_bar: (N,), the window that each bar belongs to.
        windows: how many there are.
    """

    bar: Tensor
    window: Tensor
    window_of_bar: Tensor
    windows: int


@dataclass(frozen=True)
class Posterior:
    """Gaussians of latents: mean and logarithm of the variance, each (n, size)."""

    mean: Tensor
    log_variance: Tensor

    def drawn(self, noise: Tensor) -> Tensor:
        """A draw by standard normal `noise` (n, size)."""
        return self.mean + noise * (self.log_variance / 2).exp()

    def nats(self) -> Tensor:
        """Nats that each number tells beyond the standard normal prior, (n, size)."""
        return (self.mean.square() + self.log_variance.exp() - 1 - self.log_variance) / 2


class Encoder(nn.Module):
    """Tokens to posteriors: blocks that see in both directions, then averages."""

    def __init__(self, config: LatentConfig, dropout: float) -> None:
        super().__init__()
        size = config.hidden_size
        self.layers = nn.ModuleList(
            Block(config.block, dropout) for _ in range(config.encoder_layers)
        )
        self.norm = RMSNorm(size)
        self.whole_mean = nn.Linear(size, config.whole_size)
        self.bar_mean = nn.Linear(size, config.bar_size)
        self.whole_variance = nn.Linear(size, config.whole_size)
        self.bar_variance = nn.Linear(size, config.bar_size)


class Writer(nn.Module):
    """Latents and tokens to next-token scores."""

    def __init__(self, config: LatentConfig, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            Block(config.block, dropout) for _ in range(config.decoder_layers)
        )
        self.inputs = nn.ModuleList(
            nn.Linear(config.latent_size, config.hidden_size, bias=False)
            for _ in range(config.decoder_layers)
        )
        self.norm = RMSNorm(config.hidden_size)


class LatentModel(nn.Module):
    """The autoencoder.

    Args:
        config: its shape.
        dropout: of what each block adds to the stream, while training.
    """

    def __init__(self, config: LatentConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.encoder = Encoder(config, dropout)
        self.writer = Writer(config, dropout)
        self._table: tuple[Tensor, Tensor] | None = None
        if not self.embed_tokens.weight.is_meta:
            self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        for layers in (self.encoder.layers, self.writer.layers):
            for block in layers:
                assert isinstance(block, Block)
                scale = 0.02 / math.sqrt(2 * len(layers))
                nn.init.normal_(block.self_attn.o_proj.weight, std=scale)
                nn.init.normal_(block.mlp.down_proj.weight, std=scale)
        for variance in (self.encoder.whole_variance, self.encoder.bar_variance):
            nn.init.constant_(variance.bias, FIRST_LOG_VARIANCE)
        for entry in self.writer.inputs:
            assert isinstance(entry, nn.Linear)
            nn.init.normal_(entry.weight, std=1 / math.sqrt(entry.in_features))

    @property
    def parameter_count(self) -> int:
        """How many numbers the network learns."""
        return sum(p.numel() for p in self.parameters())

    def rotary(self, start: int, length: int) -> tuple[Tensor, Tensor]:
        """Cosines and sines of positions `start` to `start + length`."""
        end = start + length
        if self._table is None or len(self._table[0]) < end:
            # A table born in inference mode could not be trained with later.
            with torch.inference_mode(False):
                self._table = rotary_table(max(1024, 2 * end), self.config.head_dim, 10_000.0)
        return self._table[0][start:end], self._table[1][start:end]

    def begins_bar(self, ids: Tensor) -> Tensor:
        """Whether each id begins a bar; of the ids' shape."""
        config = self.config
        counted = (ids >= config.first_bar_id) & (ids <= config.last_bar_id)
        return counted | (ids == config.pickup_id)

    def places(self, ids: Tensor, pieces: Tensor) -> Places:
        """Where the tokens of packed rows belong."""
        marks = self.begins_bar(ids) & (pieces >= 0)
        seen = marks.cumsum(1)
        new = torch.ones_like(marks)
        new[:, 1:] = pieces[:, 1:] != pieces[:, :-1]
        # Marks that stand before the window's own first token.
        before = torch.where(new, seen - marks.long(), 0).cummax(1).values
        rows = marks.sum(1)
        first_bar = (rows.cumsum(0) - rows)[:, None]
        bar = torch.where((seen > before) & (pieces >= 0), first_bar + seen - 1, -1)
        counts = pieces.amax(1) + 1
        first_window = (counts.cumsum(0) - counts)[:, None]
        window = torch.where(pieces >= 0, first_window + pieces, -1)
        return Places(bar, window, window[marks], int(counts.sum()))

    def encode(
        self, ids: Tensor, pieces: Tensor, places: Places | None = None
    ) -> tuple[Posterior, Posterior]:
        """Posteriors of the windows (W, whole_size) and of the bars (N, bar_size)."""
        places = places or self.places(ids, pieces)
        read = places.bar >= 0
        mask = (pieces[:, :, None] == pieces[:, None, :]) & read[:, None, :]
        mask |= torch.eye(ids.shape[1], dtype=torch.bool)
        table, x = self.rotary(0, ids.shape[1]), self.embed_tokens(ids)
        for layer in self.encoder.layers:
            x = layer(x, table, mask=mask[:, None], causal=False)
        x = self.encoder.norm(x)[read]
        whole = _averages(x, places.window[read], places.windows)
        bars = _averages(x, places.bar[read], len(places.window_of_bar))
        parts = self.encoder
        return (
            Posterior(parts.whole_mean(whole), _bounded(parts.whole_variance(whole))),
            Posterior(parts.bar_mean(bars), _bounded(parts.bar_variance(bars))),
        )

    def score(
        self, ids: Tensor, pieces: Tensor, places: Places, whole: Tensor, bars: Tensor
    ) -> Tensor:
        """Logits of the token after each place of packed rows, (B, T, V).

        Args:
            ids: what the decoder is shown, of which some may be hidden; `places` are of the true ids.
            pieces: as in `encode`.
            places: of the rows.
            whole: (W, whole_size).
            bars: (N, bar_size).
        """
        # The rows of one table: bars first, then what stands before each window's bars.
        latents = torch.cat(
            (
                torch.cat((whole[places.window_of_bar], bars), dim=1),
                F.pad(whole, (0, self.config.bar_size)),
            )
        )
        header = len(bars) + places.window.clamp(min=0)
        rows = torch.where(places.bar >= 0, places.bar, header)
        mask = (pieces[:, None, :, None] == pieces[:, None, None, :]).tril()
        table, x = self.rotary(0, ids.shape[1]), self.embed_tokens(ids)
        for entry, layer in zip(self.writer.inputs, self.writer.layers):
            x = layer(x + entry(latents)[rows], table, mask=mask)
        return F.linear(self.writer.norm(x), self.embed_tokens.weight)

    def forward(
        self, ids: Tensor, pieces: Tensor, shown: Tensor, noise: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Posterior, Posterior]:
        """Logits of packed rows from latents drawn for them, and their posteriors.

        Args:
            ids, pieces: packed rows.
            shown: the ids with some hidden from the decoder.
            noise: standard normal (W, whole_size) and (N, bar_size); None draws it.
        """
        places = self.places(ids, pieces)
        whole, bars = self.encode(ids, pieces, places)
        if noise is None:
            noise = torch.randn_like(whole.mean), torch.randn_like(bars.mean)
        drawn = whole.drawn(noise[0]), bars.drawn(noise[1])
        return self.score(shown, pieces, places, *drawn), whole, bars


def _averages(x: Tensor, groups: Tensor, count: int) -> Tensor:
    """The mean of the rows of x (n, D) of each group, (count, D)."""
    sums = x.new_zeros(count, x.shape[1]).index_add(0, groups, x)
    return sums / groups.bincount(minlength=count).clamp(min=1)[:, None]


def _bounded(log_variance: Tensor) -> Tensor:
    return log_variance.clamp(LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE)
