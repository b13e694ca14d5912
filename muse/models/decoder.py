"""The decoder that writes everything made of tokens: tunes, verse, scripts, image codes.

A Llama-shaped Transformer. Its parameter names are exactly those of Hugging Face's Llama (with
`qk_norm`: Qwen3's), so a bundle loads in `transformers`, vLLM and llama.cpp with no conversion.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.nn.attention import Attention
from muse.nn.cache import Cache
from muse.nn.feedforward import FeedForward
from muse.nn.norm import RMSNorm
from muse.nn.rotary import rotary_table


def _check_number(name: str, value: Any) -> None:
    """Raise ValueError if a field of a Hugging Face config has an absurd value."""
    if name == "tie_word_embeddings":
        good, wanted = isinstance(value, bool), "true or false"
    elif name in ("rope_theta", "rms_norm_eps"):
        good, wanted = isinstance(value, int | float) and 0 < value < 1e12, "a number above 0"
    else:
        most = 1000 if name == "num_hidden_layers" else 1_000_000
        good, wanted = type(value) is int and 1 <= value <= most, f"a whole number from 1 to {most}"
    if not good:
        raise ValueError(f"{name} is {value!r}; it must be {wanted}")


@dataclass(frozen=True, kw_only=True)
class DecoderConfig:
    """The decoder's shape; field names are Hugging Face's."""

    vocab_size: int
    hidden_size: int = 256
    intermediate_size: int = 768
    num_hidden_layers: int = 6
    num_attention_heads: int = 8
    num_key_value_heads: int = 4
    head_dim: int = 32
    max_position_embeddings: int = 2048
    rope_theta: float = 10_000.0
    rms_norm_eps: float = 1e-6
    tie_word_embeddings: bool = True
    qk_norm: bool = True

    def __post_init__(self) -> None:
        if self.num_attention_heads % self.num_key_value_heads:
            raise ValueError("num_attention_heads must be a multiple of num_key_value_heads")
        if self.head_dim % 2:
            raise ValueError("head_dim must be even: rotary positions turn pairs")

    def to_huggingface(self) -> dict[str, Any]:
        """The keys of a Hugging Face `config.json`."""
        keys = asdict(self)
        normed = keys.pop("qk_norm")
        kind = "Qwen3" if normed else "Llama"
        return {
            "architectures": [f"{kind}ForCausalLM"],
            "model_type": kind.lower(),
            "hidden_act": "silu",
            "attention_bias": False,
            "mlp_bias": False,
            "torch_dtype": "float32",
            **keys,
        }

    @classmethod
    def from_huggingface(cls, keys: dict[str, Any]) -> DecoderConfig:
        """The shape that a Hugging Face `config.json` describes; other keys are passed over.

        Raises:
            ValueError: if it is no plain Llama or Qwen3, or a number is missing or absurd.
        """
        kind = keys.get("model_type")
        if kind not in ("llama", "qwen3"):
            raise ValueError(f"model_type is {kind!r}; the decoder takes 'llama' or 'qwen3'")
        # transformers 5 writes the rotary settings as a table, earlier versions beside the rest.
        rope = keys.get("rope_parameters") or keys.get("rope_scaling") or {}
        plain = {
            "hidden_act": "silu", "attention_bias": False, "mlp_bias": False,
            "use_sliding_window": False,
        }  # fmt: skip
        other = [name for name, value in plain.items() if keys.get(name, value) != value]
        if other or rope.get("rope_type", "default") != "default":
            raise ValueError(f"{', '.join(other) or 'rope_type'}: the decoder has no such kind")
        fields = {name: keys[name] for name in cls.__dataclass_fields__ if name in keys}
        if "rope_theta" in rope:
            fields["rope_theta"] = rope["rope_theta"]
        for name, value in fields.items():
            _check_number(name, value)
        fields["qk_norm"] = kind == "qwen3"
        heads = fields.get("num_attention_heads", 8)
        fields.setdefault("num_key_value_heads", heads)
        fields.setdefault("head_dim", fields.get("hidden_size", 256) // heads)
        if "vocab_size" not in fields:
            raise ValueError("vocab_size is missing")
        return cls(**fields)


class Block(nn.Module):
    """Attention and feed-forward, each normalised before and added to the stream."""

    def __init__(self, config: DecoderConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        size, eps = config.hidden_size, config.rms_norm_eps
        self.input_layernorm = RMSNorm(size, eps)
        self.self_attn = Attention(
            size, config.num_attention_heads, config.num_key_value_heads, config.head_dim,
            config.qk_norm, eps,
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
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
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
        self.apply(self._initialise)

    def _initialise(self, module: nn.Module) -> None:
        deviation = 0.02
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=deviation)
        if isinstance(module, Block):
            # The residual stream grows with depth; its inputs start that much smaller (GPT-2).
            scale = deviation / math.sqrt(2 * self.config.num_hidden_layers)
            nn.init.normal_(module.self_attn.o_proj.weight, std=scale)
            nn.init.normal_(module.mlp.down_proj.weight, std=scale)

    def _rotary(self, start: int, length: int) -> tuple[Tensor, Tensor]:
        end = start + length
        if self._table is None or self._table[0].shape[0] < end:
            config = self.config
            room = max(end, config.max_position_embeddings)
            # Kept over calls: a table born in inference mode could not be trained with later.
            with torch.inference_mode(False):
                self._table = rotary_table(room, config.head_dim, config.rope_theta)
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
