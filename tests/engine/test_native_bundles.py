"""On every bundle that ships, the native engine writes what torch writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

import muse
from muse.engine.native import NativeDecoder, is_built
from muse.models.decoder import Decoder
from muse.models.decoder_config import DecoderConfig

pytestmark = pytest.mark.skipif(not is_built(), reason="no C compiler when Muse was installed")

BUNDLES = sorted(path.parent for path in Path(muse.__file__).parent.glob("bundles/*/config.json"))
TOKENS = 64


@pytest.fixture(scope="module", params=BUNDLES, ids=lambda folder: folder.name)
def pair(request: pytest.FixtureRequest) -> tuple[Decoder, dict[str, np.ndarray]]:
    """A shipped network in torch, and its weights."""
    config = DecoderConfig.from_huggingface(
        json.loads((request.param / "config.json").read_text(encoding="utf-8"))
    )
    weights = load_file(request.param / "model.safetensors")
    decoder = Decoder(config).eval().requires_grad_(False)
    tensors = {name: torch.from_numpy(tensor).float() for name, tensor in weights.items()}
    left = decoder.load_state_dict(tensors, strict=False)
    assert not left.unexpected_keys and set(left.missing_keys) <= {"lm_head.weight"}
    return decoder, weights


def greedy_in_torch(decoder: Decoder, begin: list[int]) -> tuple[list[int], np.ndarray]:
    """The likeliest tokens, and the logits that they were taken from (TOKENS, V)."""
    cache, ids, seen = decoder.new_cache(1, len(begin) + TOKENS), list(begin), []
    with torch.inference_mode():
        fresh = torch.tensor([begin])
        for _ in range(TOKENS):
            seen.append(decoder(fresh, cache)[0, -1].numpy())
            ids.append(int(seen[-1].argmax()))
            fresh = torch.tensor([ids[-1:]])
    return ids, np.array(seen)


def greedy_in_c(native: NativeDecoder, begin: list[int]) -> tuple[list[int], np.ndarray]:
    cache, ids, seen = native.new_cache(1, len(begin) + TOKENS), list(begin), []
    fresh = np.array([begin])
    for _ in range(TOKENS):
        seen.append(native.scores(fresh, cache)[0])
        ids.append(int(seen[-1].argmax()))
        fresh = np.array([ids[-1:]])
    return ids, np.array(seen)


@pytest.mark.parametrize("threads", [1, 2])
def test_greedy_tokens_and_logits(
    pair: tuple[Decoder, dict[str, np.ndarray]], threads: int
) -> None:
    decoder, weights = pair
    native = NativeDecoder(decoder.config, weights, threads=threads)
    for begin in ([1], [1, 40, 300]):
        wanted, logits = greedy_in_torch(decoder, begin)
        found, others = greedy_in_c(native, begin)
        assert found == wanted
        np.testing.assert_allclose(others, logits, atol=1e-4)


def test_rounded_weights_write_nearly_as_likely(
    pair: tuple[Decoder, dict[str, np.ndarray]],
) -> None:
    """Mean nats of a text that the network itself finds likely, exactly and rounded."""
    decoder, weights = pair
    ids = np.array([greedy_in_torch(decoder, [1])[0]])
    exact = NativeDecoder(decoder.config, weights).nats(ids).mean()
    for precision, most in (("fp16", 1e-3), ("int8", 0.03)):
        rounded = NativeDecoder(decoder.config, weights, precision).nats(ids).mean()
        assert abs(rounded - exact) < most, precision
