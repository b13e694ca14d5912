"""Small networks of every kind that the decoder has, untrained, for the native engine's tests."""

from __future__ import annotations

import numpy as np
import torch

from muse.models.decoder import Decoder
from muse.models.decoder_config import DecoderConfig
from muse.nn.rotary import RopeScaling

NETWORKS = {
    "groups and normed heads": DecoderConfig(
        vocab_size=101, hidden_size=40, intermediate_size=52, num_hidden_layers=2,
        num_attention_heads=6, num_key_value_heads=2, head_dim=10,
    ),
    "biased and untied": DecoderConfig(
        vocab_size=33, hidden_size=64, intermediate_size=99, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=4, head_dim=16, qk_norm=False, qkv_bias=True,
        tie_word_embeddings=False,
    ),
    "one group of many heads, stretched": DecoderConfig(
        vocab_size=700, hidden_size=30, intermediate_size=60, num_hidden_layers=2,
        num_attention_heads=14, num_key_value_heads=1, head_dim=6, qk_norm=False,
        rope_scaling=RopeScaling(
            rope_type="llama3", factor=8.0, original_max_position_embeddings=32
        ),
    ),
    "slowed down, wide heads": DecoderConfig(
        vocab_size=5, hidden_size=7, intermediate_size=3, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, head_dim=66, qk_norm=False,
        rope_scaling=RopeScaling(rope_type="linear", factor=4.0),
    ),
}  # fmt: skip
"""Odd sizes on purpose: none is a multiple of a vector's width."""


def untrained(config: DecoderConfig, seed: int = 0) -> tuple[Decoder, dict[str, np.ndarray]]:
    """A decoder of random weights, none of them one or zero, and its weights."""
    torch.manual_seed(seed)
    decoder = Decoder(config).eval().requires_grad_(False)
    for parameter in decoder.parameters():
        parameter += 0.1 * torch.randn_like(parameter)
    return decoder, {name: tensor.numpy() for name, tensor in decoder.state_dict().items()}


def draw_ids(config: DecoderConfig, batch: int, length: int, seed: int = 0) -> np.ndarray:
    """Random ids (B, T)."""
    return np.random.default_rng(seed).integers(0, config.vocab_size, (batch, length))


def torch_logits(decoder: Decoder, ids: np.ndarray) -> np.ndarray:
    """What torch says, (B, T, V)."""
    with torch.inference_mode():
        return decoder(torch.from_numpy(ids)).numpy()
