"""The decoder: equal to Hugging Face's networks, and the same with a cache as without."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from muse.models.decoder import Decoder
from muse.models.decoder_config import DecoderConfig, weight_shapes
from muse.nn.rope_scaling import RopeScaling

SHAPES = {
    "one key head": {"num_attention_heads": 4, "num_key_value_heads": 1},
    "two key heads": {"num_attention_heads": 4, "num_key_value_heads": 2},
    "a key head for each": {"num_attention_heads": 4, "num_key_value_heads": 4},
}


def small(**changes: Any) -> Decoder:
    """A tiny decoder with weights large enough that mistakes show."""
    shape = {
        "vocab_size": 50, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "max_position_embeddings": 64,
    }  # fmt: skip
    torch.manual_seed(1)
    decoder = Decoder(DecoderConfig(**(shape | changes))).eval()
    with torch.no_grad():
        for name, parameter in decoder.named_parameters():
            parameter.add_(torch.randn_like(parameter) * (0.15 if parameter.ndim > 1 else 0.1))
            assert parameter.requires_grad, name
    return decoder


def some_ids(batch: int = 2, length: int = 24, size: int = 50) -> Tensor:
    """Random ids (batch, length)."""
    return torch.randint(0, size, (batch, length), generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("heads", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize("normed", [True, False], ids=["qwen3", "llama"])
def test_equals_transformers(normed: bool, tied: bool, heads: dict[str, int]) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

    ours = small(qk_norm=normed, tie_word_embeddings=tied, rope_theta=500.0, **heads)
    keys = ours.config.to_huggingface()
    kinds = (Qwen3Config, Qwen3ForCausalLM) if normed else (LlamaConfig, LlamaForCausalLM)
    assert keys["architectures"] == [kinds[1].__name__]
    theirs = kinds[1](kinds[0](**keys)).eval()
    assert set(theirs.state_dict()) == set(ours.state_dict())
    theirs.load_state_dict(ours.state_dict())
    ids = some_ids()
    with torch.no_grad():
        torch.testing.assert_close(ours(ids), theirs(ids).logits, rtol=0, atol=1e-5)


STRETCHED = {
    "as it stands": None,
    "linear": RopeScaling(rope_type="linear", factor=4.0),
    # Of the four pairs of a head, some are slowed down, some not, and one in between.
    "llama3": RopeScaling(rope_type="llama3", factor=8.0, original_max_position_embeddings=64),
}


@pytest.mark.parametrize("scaling", STRETCHED.values(), ids=STRETCHED)
@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen3"])
def test_equals_transformers_when_stretched_and_biased(
    kind: str, scaling: RopeScaling | None
) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    ours = small(
        qk_norm=kind == "qwen3", qkv_bias=kind == "qwen2", rope_theta=500.0, rope_scaling=scaling
    )
    keys = ours.config.to_huggingface()
    assert keys["model_type"] == kind
    config = AutoConfig.for_model(**keys)
    assert DecoderConfig.from_huggingface(config.to_dict()) == ours.config
    theirs = AutoModelForCausalLM.from_config(config).eval()
    assert set(theirs.state_dict()) == set(ours.state_dict())
    theirs.load_state_dict(ours.state_dict())
    ids = some_ids()
    with torch.no_grad():
        torch.testing.assert_close(ours(ids), theirs(ids).logits, rtol=0, atol=1e-5)
        cache = ours.new_cache(2, 24)
        cached = torch.cat([ours(part, cache) for part in ids.split([9, 1, 14], dim=1)], dim=1)
        torch.testing.assert_close(cached, ours(ids), rtol=0, atol=1e-5)


def test_large_layers_apart_equal_small_ones_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    for changes in ({}, {"qk_norm": False, "qkv_bias": True}):
        model, ids = small(**changes), some_ids()
        joined = model(ids)
        monkeypatch.setattr("muse.nn.joint.LARGEST_JOINT", 0)
        torch.testing.assert_close(model(ids), joined, rtol=0, atol=1e-5)
        monkeypatch.undo()


@pytest.mark.parametrize("heads", SHAPES.values(), ids=SHAPES)
def test_cached_equals_full_pass(heads: dict[str, int]) -> None:
    model, ids = small(**heads), some_ids()
    whole = model(ids)
    for chunks in ([24], [1] * 24, [7, 1, 9, 7], [20, 1, 1, 1, 1], [1, 23]):
        cache = model.new_cache(2, 24)
        found = torch.cat([model(part, cache) for part in ids.split(chunks, dim=1)], dim=1)
        torch.testing.assert_close(found, whole, rtol=0, atol=1e-5)
        assert cache.length == 24


def test_no_token_sees_a_later_one() -> None:
    model, ids = small(), some_ids()
    changed = ids.clone()
    changed[:, 15:] = (changed[:, 15:] + 1) % 50
    torch.testing.assert_close(model(changed)[:, :15], model(ids)[:, :15], rtol=0, atol=1e-5)
    assert not torch.allclose(model(changed)[:, 15:], model(ids)[:, 15:], atol=1e-2)


def test_fork_copies_one_prefill() -> None:
    model, prompt, tails = small(), some_ids(1, 10), some_ids(3, 6)
    cache = model.new_cache(1, 16)
    model(prompt, cache)
    forked = cache.fork(3)
    assert (forked.batch, forked.length, forked.capacity) == (3, 10, 16)
    found = model(tails, forked)
    whole = model(torch.cat((prompt.expand(3, -1), tails), dim=1))
    torch.testing.assert_close(found, whole[:, 10:], rtol=0, atol=1e-5)
    assert cache.length == 10, "the fork leaves the first cache as it is"
    with pytest.raises(ValueError, match="one sequence"):
        forked.fork(2)


def test_rewind_redoes_from_there() -> None:
    model, ids, other = small(), some_ids(2, 20), (some_ids(2, 20) + 7) % 50
    cache = model.new_cache(2, 20)
    model(ids, cache)
    cache.rewind(8)
    found = model(other[:, 8:], cache)
    whole = model(torch.cat((ids[:, :8], other[:, 8:]), dim=1))
    torch.testing.assert_close(found, whole[:, 8:], rtol=0, atol=1e-5)
    for wrong in (-1, 21):
        with pytest.raises(ValueError, match="cannot rewind"):
            cache.rewind(wrong)


def test_kept_rows_go_on_alone() -> None:
    model, ids = small(), some_ids(3, 12)
    cache = model.new_cache(3, 12)
    model(ids[:, :10], cache)
    cache.keep(torch.tensor([2, 0]))
    found = model(ids[[2, 0], 10:], cache)
    torch.testing.assert_close(found, model(ids)[[2, 0], 10:], rtol=0, atol=1e-5)


def test_full_cache_refuses_more() -> None:
    model, ids = small(), some_ids(1, 9)
    cache = model.new_cache(1, 8)
    model(ids[:, :8], cache)
    with pytest.raises(ValueError, match="holds 8 tokens, 9 are too many"):
        model(ids[:, 8:], cache)


def test_longer_than_its_position_table() -> None:
    model, ids = small(max_position_embeddings=8), some_ids(1, 24)
    torch.testing.assert_close(model(ids), small()(ids), rtol=0, atol=1e-5)


def test_a_network_that_can_see_far_keeps_a_small_position_table() -> None:
    model, ids = small(max_position_embeddings=10_000_000), some_ids(1, 24)
    torch.testing.assert_close(model(ids), small()(ids), rtol=0, atol=1e-5)
    assert model._table is not None and model._table[0].shape[0] <= 4096


def test_without_memory_it_has_shapes_alone() -> None:
    model = small()
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    assert weight_shapes(model.config) == shapes


def test_can_be_trained_after_it_has_drawn() -> None:
    model, ids = small(), some_ids()
    with torch.inference_mode():
        model(ids)
    model(ids).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_packed_pieces_equal_separate_passes() -> None:
    model, ids = small(), some_ids(2, 24)
    pieces = torch.tensor([[0] * 9 + [1] * 11 + [-1] * 4, [0] * 3 + [1] * 1 + [2] * 20])
    packed = model(ids, pieces=pieces)
    for row, lengths in enumerate(([9, 11], [3, 1, 20])):
        at = 0
        for length in lengths:
            alone = model(ids[row : row + 1, at : at + length])
            # Rotary positions are relative, so a piece may stand anywhere in its row.
            torch.testing.assert_close(packed[row, at : at + length], alone[0], rtol=0, atol=2e-5)
            at += length


def test_token_losses_are_nats_of_each_token() -> None:
    model, ids = small(), some_ids(2, 12)
    chances = model(ids).log_softmax(-1)
    expected = torch.stack([-chances[:, t, :].gather(1, ids[:, t + 1 : t + 2])[:, 0]
                            for t in range(11)], dim=1)  # fmt: skip
    torch.testing.assert_close(model.token_losses(ids), expected.detach(), rtol=0, atol=1e-5)


def test_starts_near_uniform_and_counts_tied_weights_once() -> None:
    config = DecoderConfig(vocab_size=50, hidden_size=32, num_hidden_layers=2)
    torch.manual_seed(0)
    model = Decoder(config)
    losses = model.token_losses(some_ids(4, 32))
    assert abs(float(losses.mean()) - float(torch.tensor(50.0).log())) < 0.2
    names = {name for name, _ in model.named_parameters()}
    assert "lm_head.weight" not in names
    assert model.parameter_count == sum(p.numel() for p in model.parameters())


def test_config_goes_to_huggingface_and_back() -> None:
    for changes in ({}, {"qk_norm": False}, {"qk_norm": False, "qkv_bias": True}):
        config = small(tie_word_embeddings=False, **changes).config
        assert DecoderConfig.from_huggingface(config.to_huggingface()) == config


def test_what_a_config_leaves_out_is_what_huggingface_takes() -> None:
    from transformers import LlamaConfig, MistralConfig, Qwen3Config

    shape = {
        "vocab_size": 50, "hidden_size": 64, "intermediate_size": 48, "num_hidden_layers": 3,
        "num_attention_heads": 4,
    }  # fmt: skip
    for kind, theirs, more in [("llama", LlamaConfig, {}),
                               ("mistral", MistralConfig, {"num_key_value_heads": 2}),
                               ("qwen3", Qwen3Config, {"num_key_value_heads": 2})]:  # fmt: skip
        keys = {"model_type": kind, **shape, **more}
        found, expected = DecoderConfig.from_huggingface(keys), theirs(**shape, **more)
        for name in ("head_dim", "num_key_value_heads", "tie_word_embeddings", "rms_norm_eps"):
            assert getattr(found, name) == getattr(expected, name), (kind, name)
        assert found.rope_theta == expected.rope_parameters["rope_theta"]


def test_reads_what_transformers_writes() -> None:
    from transformers import Qwen3Config

    config = small(rope_theta=500.0).config
    assert (
        DecoderConfig.from_huggingface(Qwen3Config(**config.to_huggingface()).to_dict()) == config
    )


ABSURD = {
    "another network": {"model_type": "gpt2"},
    "no kind": {"model_type": None},
    "no vocabulary": {"vocab_size": None},
    "no layers": {"num_hidden_layers": 0},
    "a million layers": {"num_hidden_layers": 1_000_000},
    "negative width": {"hidden_size": -32},
    "width in words": {"hidden_size": "32"},
    "width as truth": {"hidden_size": True},
    "huge width": {"intermediate_size": 10**9},
    "heads that do not divide": {"num_attention_heads": 5, "num_key_value_heads": 2},
    "no heads": {"num_attention_heads": 0},
    "odd heads": {"head_dim": 7},
    "half a head": {"head_dim": 7.5},
    "too many key heads": {"num_key_value_heads": 10**7},
    "rates that are words": {"rope_theta": "fast"},
    "rates below zero": {"rope_theta": -1.0},
    "a norm that divides by zero": {"rms_norm_eps": -1e-6},
    "a tie that is a word": {"tie_word_embeddings": "yes"},
    "biases": {"attention_bias": True},
    "another activation": {"hidden_act": "gelu"},
    "stretched positions": {"rope_scaling": {"rope_type": "yarn", "factor": 8.0}},
    "stretched by words": {"rope_scaling": {"rope_type": "linear", "factor": "8"}},
    "stretched by half a table": {"rope_scaling": {"rope_type": "llama3", "factor": 8.0}},
    "frequencies upside down": {
        "rope_scaling": {
            "rope_type": "llama3",
            "factor": 8.0,
            "low_freq_factor": 4.0,
            "high_freq_factor": 1.0,
            "original_max_position_embeddings": 64,
        }
    },
    "a list of positions": {"rope_scaling": ["llama3"]},
    "a window": {"model_type": "mistral", "sliding_window": 64},
    "windows by layer": {"layer_types": ["sliding_attention"]},
    "half-turned heads": {"partial_rotary_factor": 0.5},
    "no width": {"hidden_size": None},
}


@pytest.mark.parametrize("changes", ABSURD.values(), ids=ABSURD)
def test_absurd_configs_are_refused(changes: dict[str, Any]) -> None:
    keys = small().config.to_huggingface() | changes
    keys = {name: value for name, value in keys.items() if value is not None}
    with pytest.raises(ValueError):
        DecoderConfig.from_huggingface(keys)
