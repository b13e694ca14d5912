"""The decoder that writes everything made of tokens: tunes, verse, scripts, image codes.

A Llama-shaped Transformer. Its parameter names are exactly those of Hugging Face's Llama (with
`qk_norm`: Qwen3's, with `qkv_bias`: Qwen2's), so a bundle loads in `transformers`, vLLM and llama.cpp
with no conversion, and their checkpoints load here.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.models.decoder_config import DecoderConfig
from muse.nn.attention import Attention
from muse.nn.cache import Cache
from muse.nn.feedforward import FeedForward
from muse.nn.norm import RMSNorm
from muse.nn.rotary import rotary_table

LONGEST_TABLE = 4096
"""Positions whose rotary angles are kept from the start."""


class Block(nn.Module):
    """Attention and feed-forward, each normalised before and added to the stream."""

    def __init__(self, config: DecoderConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        size, eps = config.hidden_size, config.rms_norm_eps
        self.input_layernorm = RMSNorm(size, eps)
        self.self_attn = Attention(
            size, config.num_attention_heads, config.num_key_value_heads, config.head_dim,
            config.qk_norm, eps, config.qkv_bias,
        )  # fmt: skip
        self.post_attention_layernorm = RMSNorm(size, eps)
        self.mlp = FeedForward(size, config.intermediate_size)

    def forward(self, x: Tensor, table: tuple[Tensor, Tensor], **attention: Any) -> Tensor:
        """(B, T, D) -> (B, T, D)."""
        x = x + self.dropout(self.self_attn(self.input_layernorm(x), table, **attention))
        return x + self.dropout(self.mlp(self.post_attention_layernorm(x)))


class Stack(nn.Module):
    """Embedding, blocks and the last norm: Hugging Face's `model.` prefix."""

    def __init__(self, config: DecoderConfig, dropout: float = 0.0) -> None:
        super().__init__()
        table = torch.empty(config.vocab_size, config.hidden_size)
        # Random numbers without memory would cost torch a second of imports, and no one sees them.
        if not table.is_meta:
            nn.init.normal_(table)
        self.embed_tokens = nn.Embedding.from_pretrained(table, freeze=False)
        self.layers = nn.ModuleList(Block(config, dropout) for _ in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)


class Decoder(nn.Module):
    """Next-token logits, with or without a cache. Implements the protocol `NextToken`.

    Args:
        config: its shape.
        dropout: of what each block adds to the stream, while training.
    """

    def __init__(self, config: DecoderConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.config = config
        self.model = Stack(config, dropout)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.model.embed_tokens.weight
        self._table: tuple[Tensor, Tensor] | None = None
        if not self.lm_head.weight.is_meta:
            self.apply(self._initialise)

    def _initialise(self, module: nn.Module) -> None:
        deviation = 0.02
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=deviation)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
        if isinstance(module, Block):
            # The residual stream grows with depth; its inputs start that much smaller (GPT-2).
            scale = deviation / math.sqrt(2 * self.config.num_hidden_layers)
            nn.init.normal_(module.self_attn.o_proj.weight, std=scale)
            nn.init.normal_(module.mlp.down_proj.weight, std=scale)

    def _rotary(self, start: int, length: int) -> tuple[Tensor, Tensor]:
        end = start + length
        if self._table is None or self._table[0].shape[0] < end:
            config = self.config
            # Some networks can see 100,000 positions; the table grows to those that are asked for.
            room = min(config.max_position_embeddings, LONGEST_TABLE)
            room = room if end <= room else 2 * end
            # Kept over calls: a table born in inference mode could not be trained with later.
            with torch.inference_mode(False):
                self._table = rotary_table(
                    room, config.head_dim, config.rope_theta, scaling=config.rope_scaling
                )
        return self._table[0][start:end], self._table[1][start:end]

    def hidden(
        self, ids: Tensor, cache: Cache | None = None, pieces: Tensor | None = None
    ) -> Tensor:
        """The last hidden state (B, T, D) of ids (B, T); see `forward`."""
        x = self.model.embed_tokens(ids)
        table = self._rotary(cache.length if cache else 0, ids.shape[1])
        mask = None
        if pieces is not None:
            mask = (pieces[:, None, :, None] == pieces[:, None, None, :]).tril()
        for number, layer in enumerate(self.model.layers):
            x = layer(x, table, mask=mask, cache=cache, layer=number)
        if cache is not None:
            cache.advance(ids.shape[1])
        return self.model.norm(x)

    def forward(
        self, ids: Tensor, cache: Cache | None = None, pieces: Tensor | None = None
    ) -> Tensor:
        """Logits of the token after each place.

        Args:
            ids: (B, T).
            cache: what came before; the ids are written behind it.
            pieces: (B, T), the number of the piece that each token of a packed row belongs to;
                a token sees only its own piece. Not together with a cache.

        Returns:
            (B, T, V).
        """
        return F.linear(self.hidden(ids, cache, pieces), self.lm_head.weight)

    def new_cache(self, batch: int, length: int) -> Cache:
        """An empty cache for `batch` sequences of at most `length` tokens."""
        config = self.config
        return Cache.empty(
            config.num_hidden_layers, batch, config.num_key_value_heads, length, config.head_dim
        )

    @property
    def parameter_count(self) -> int:
        """How many numbers the decoder learns; tied weights count once."""
        return sum(p.numel() for p in self.parameters())

    @torch.no_grad()
    def token_losses(self, ids: Tensor, pieces: Tensor | None = None) -> Tensor:
        """Nats of each token after the first, (B, T - 1)."""
        logits = self(ids[:, :-1], pieces=None if pieces is None else pieces[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none").view(
            ids.shape[0], -1
        )
