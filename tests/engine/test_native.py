"""The native engine scores as torch does, however it is called."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.engine.native import ROWS_AT_ONCE, NativeDecoder, is_built
from muse.models.decoder_config import DecoderConfig
from tests.engine.native_networks import NETWORKS, draw_ids, torch_logits, untrained

pytestmark = pytest.mark.skipif(not is_built(), reason="no C compiler when Muse was installed")


@pytest.fixture(params=NETWORKS)
def config(request: pytest.FixtureRequest) -> DecoderConfig:
    return NETWORKS[request.param]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_logits_are_torchs(config: DecoderConfig, threads: int) -> None:
    decoder, weights = untrained(config)
    ids = draw_ids(config, 3, 45)
    logits = NativeDecoder(config, weights, threads=threads).logits(ids)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, torch_logits(decoder, ids), atol=3e-5)


def test_a_prefill_and_single_steps_come_to_the_same(config: DecoderConfig) -> None:
    _, weights = untrained(config)
    ids = draw_ids(config, 2, 40)
    native = NativeDecoder(config, weights)
    whole, cache = native.logits(ids), native.new_cache(2, 40)
    found = [native.scores(ids[:, :23], cache)]
    found += [native.scores(ids[:, place : place + 1], cache) for place in range(23, 40)]
    np.testing.assert_allclose(np.stack(found, 1), whole[:, 22:], atol=1e-5)
    assert cache.length == 40


def test_a_long_prefill_is_cut_into_calls_that_fit() -> None:
    config = NETWORKS["groups and normed heads"]
    decoder, weights = untrained(config)
    ids = draw_ids(config, 2, ROWS_AT_ONCE + 30)
    found = NativeDecoder(config, weights, threads=2).scores(ids)
    np.testing.assert_allclose(found, torch_logits(decoder, ids)[:, -1], atol=3e-5)


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 20), st.integers(1, 40),
    st.integers(1, 150), st.integers(1, 27), st.integers(1, 19), st.booleans(),
)  # fmt: skip
def test_shapes_of_any_size(
    groups: int, shared: int, half: int, size: int, vocabulary: int, batch: int, length: int,
    normed: bool,
) -> None:  # fmt: skip
    config = DecoderConfig(
        vocab_size=vocabulary, hidden_size=size, intermediate_size=size + 5, num_hidden_layers=2,
        num_attention_heads=groups * shared, num_key_value_heads=groups, head_dim=2 * half,
        qk_norm=normed, tie_word_embeddings=normed,
    )  # fmt: skip
    decoder, weights = untrained(config)
    ids = draw_ids(config, batch, length)
    logits = NativeDecoder(config, weights).logits(ids)
    np.testing.assert_allclose(logits, torch_logits(decoder, ids), atol=1e-4)


def test_nats_are_torchs(config: DecoderConfig) -> None:
    import torch

    decoder, weights = untrained(config)
    ids = draw_ids(config, 4, 90)
    nats = NativeDecoder(config, weights).nats(ids)
    assert nats.shape == (4, 89)
    np.testing.assert_allclose(nats, decoder.token_losses(torch.from_numpy(ids)), atol=1e-4)


def test_certain_and_impossible_tokens_have_finite_nats() -> None:
    config = NETWORKS["biased and untied"]
    _, weights = untrained(config)
    weights["lm_head.weight"] = 1000 * weights["lm_head.weight"]
    nats = NativeDecoder(config, weights).nats(draw_ids(config, 2, 50))
    assert np.isfinite(nats).all() and nats.min() >= 0 and nats.max() > 200


@pytest.mark.parametrize(("precision", "most"), [("fp16", 1e-5), ("int8", 0.03)])
def test_rounded_weights_say_nearly_the_same(
    config: DecoderConfig, precision: str, most: float
) -> None:
    """Kullback-Leibler divergence from the exact network's distribution, in nats a token."""
    decoder, weights = untrained(config)
    ids = draw_ids(config, 4, 60)
    exact = log_softmax(torch_logits(decoder, ids))
    found = log_softmax(NativeDecoder(config, weights, precision).logits(ids))
    divergence = (np.exp(exact) * (exact - found)).sum(-1)
    assert 0 < divergence.mean() < most


def log_softmax(logits: np.ndarray) -> np.ndarray:
    logits = logits.astype(np.float64)
    return (
        logits
        - np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1, keepdims=True))
        - (logits.max(-1, keepdims=True))
    )


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_the_same_call_gives_the_same_bits(precision: str) -> None:
    config = NETWORKS["groups and normed heads"]
    _, weights = untrained(config)
    ids = draw_ids(config, 5, 33)
    one, two = (NativeDecoder(config, weights, precision, threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.logits(ids), one.logits(ids))
    np.testing.assert_array_equal(one.logits(ids), two.logits(ids))


def test_places_far_beyond_the_first_table_of_angles() -> None:
    config = NETWORKS["slowed down, wide heads"]
    decoder, weights = untrained(config)
    ids = draw_ids(config, 1, 3000)
    found = NativeDecoder(config, weights).scores(ids)
    np.testing.assert_allclose(found, torch_logits(decoder, ids)[:, -1], atol=1e-3)


def test_half_precision_weights_are_taken_as_they_are() -> None:
    config = NETWORKS["biased and untied"]
    _, weights = untrained(config)
    halves = {name: tensor.astype(np.float16) for name, tensor in weights.items()}
    again = {name: tensor.astype(np.float32) for name, tensor in halves.items()}
    ids = draw_ids(config, 1, 9)
    np.testing.assert_array_equal(
        NativeDecoder(config, halves).scores(ids), NativeDecoder(config, again).scores(ids)
    )


def test_weights_are_copied() -> None:
    config = NETWORKS["groups and normed heads"]
    _, weights = untrained(config)
    ids, native = draw_ids(config, 1, 9), NativeDecoder(config, weights)
    before = native.scores(ids)
    for tensor in weights.values():
        tensor[:] = 0
    np.testing.assert_array_equal(native.scores(ids), before)
