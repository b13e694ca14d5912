"""The engine that torch runs: works wherever torch does, and is the yardstick of the others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from muse.models.decoder import Decoder
from muse.models.decoder_config import DecoderConfig
from muse.nn.cache import Cache


class TorchEngine:
    """A decoder as a `NextToken`.

    Attributes:
        decoder: the network, in evaluation mode.
        precision: of weights and arithmetic.
    """

    precision = "fp32"

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder.eval()

    @property
    def config(self) -> DecoderConfig:
        """The decoder's shape."""
        return self.decoder.config

    @torch.inference_mode()
    def scores(self, ids: NDArray[np.int64], cache: Cache) -> NDArray[np.float32]:
        """Read ids (B, T) behind the cache; the logits (B, V) of the token after the last."""
        hidden = self.decoder.hidden(torch.from_numpy(ids), cache)[:, -1]
        return self.decoder.lm_head(hidden).numpy()

    @torch.inference_mode()
    def nats(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Nats of each token of ids (B, T) after the first, (B, T - 1)."""
        return self.decoder.token_losses(torch.from_numpy(ids)).numpy()

    def new_cache(self, batch: int, length: int) -> Cache:
        """An empty cache for `batch` sequences of at most `length` tokens."""
        return self.decoder.new_cache(batch, length)


def decoder_of(config: DecoderConfig, weights: Mapping[str, NDArray[np.float32]]) -> Decoder:
    """A decoder with these weights, to draw from: nothing of it learns.

    Args:
        config: its shape.
        weights: as `weight_shapes` lists them; they are taken over, not copied.
    """
    with torch.device("meta"):
        decoder = Decoder(config)
    # Arrays that may not be written to are copied, for torch knows no such tensors.
    tensors = {
        name: torch.from_numpy(np.require(array, requirements=["C", "W"]))
        for name, array in weights.items()
    }
    decoder.load_state_dict(tensors, assign=True)
    if config.tie_word_embeddings:
        decoder.lm_head.weight = decoder.model.embed_tokens.weight
    return decoder.requires_grad_(False).eval()
