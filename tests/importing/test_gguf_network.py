"""Networks out of GGUF files: the same weights and logits as in `transformers`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType

from muse.bundle import load_bundle
from muse.importing.bundling import import_model
from muse.importing.gguf_file import open_gguf
from muse.importing.gguf_network import network_config, read_network
from muse.works.base import WishError

from .making import (
    gguf_tensors,
    metadata_of,
    round_to_half,
    tiny_gguf,
    tiny_network,
    write_gguf,
)

LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 5000.0, "factor": 8.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "llama": {},
    "llama, untied": {"tie_word_embeddings": False},
    "llama, a key head for each": {"num_key_value_heads": 4},
    "qwen2": {},
    "qwen3": {},
}
IDS = torch.randint(0, 400, (2, 40), generator=torch.Generator().manual_seed(7))


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("case", KINDS)
def test_logits_are_those_of_the_network_that_was_converted(tmp_path: Path, case: str) -> None:
    theirs = tiny_network(case.partition(",")[0], **KINDS[case])
    folder = import_model(tiny_gguf(tmp_path / "tiny.gguf", theirs))
    ours = load_bundle(folder).network()
    assert set(ours.state_dict()) == set(theirs.state_dict())
    round_to_half(theirs)
    with torch.no_grad():
        torch.testing.assert_close(ours(IDS), theirs(IDS).logits, rtol=0, atol=2e-4)


@pytest.mark.parametrize("kind", ["F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"])
@pytest.mark.parametrize("architecture", ["llama", "qwen3"])
def test_weights_are_those_that_transformers_reads(
    tmp_path: Path, kind: str, architecture: str
) -> None:
    from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

    network = tiny_network(architecture)
    path = tiny_gguf(tmp_path / "tiny.gguf", network, kind)
    theirs = load_gguf_checkpoint(str(path), return_tensors=True, model_to_load=network)["tensors"]
    config, read = read_network(open_gguf(path))
    assert config.hidden_size == 64
    assert set(theirs) == {name for name, _ in network.named_parameters()}
    for name, weights in theirs.items():
        assert torch.equal(read(name), weights.half()), name


SCALES = {"Q2_K": (80, 82), "Q3_K": (108,), "Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,)}
"""Where the half-precision scales stand in a block of 256 weights."""


@pytest.mark.parametrize("kind", SCALES)
def test_k_quants_are_read(tmp_path: Path, kind: str) -> None:
    type_ = GGMLQuantizationType[kind]
    network = tiny_network(hidden_size=256, intermediate_size=256, head_dim=64)
    metadata, tensors = metadata_of(network), gguf_tensors(network)
    rng, raw = np.random.default_rng(3), {}
    writer = gguf.GGUFWriter(tmp_path / "k.gguf", "llama")
    for key, value in metadata.items():
        writer.add_uint32(key, value) if type(value) is int else writer.add_float32(key, value)
    for name, tensor in tensors.items():
        if tensor.ndim == 1:
            writer.add_tensor(name, tensor)
            continue
        size = gguf.GGML_QUANT_SIZES[type_][1]
        blocks = rng.integers(0, 256, (tensor.shape[0], tensor.shape[1] // 256, size), np.uint8)
        for place in SCALES[kind]:
            blocks[..., place : place + 2] = np.frombuffer(np.float16(0.01).tobytes(), np.uint8)
        raw[name] = blocks.reshape(tensor.shape[0], -1)
        writer.add_tensor(name, raw[name], raw_dtype=type_)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    file = open_gguf(tmp_path / "k.gguf")
    for name, bytes_ in raw.items():
        expected = gguf.dequantize(bytes_, type_)
        assert np.abs(expected).max() > 0.01 and np.array_equal(file.tensor(name), expected)
    _, read = read_network(file)
    ours = read("model.layers.0.mlp.down_proj.weight")
    assert torch.equal(
        ours, torch.from_numpy(gguf.dequantize(raw["blk.0.ffn_down.weight"], type_)).half()
    )


@pytest.mark.parametrize("factor", [8.0, 32.0])
def test_llama3_is_recognised_by_its_rotary_factors(tmp_path: Path, factor: float) -> None:
    """GGUF files of Llama 3.1 say nothing of its scaling but by a tensor."""
    theirs = tiny_network(rope_parameters=LLAMA3 | {"factor": factor}, head_dim=64)
    plain = 5000.0 ** -(torch.arange(0, 64, 2) / 64)
    factors = (plain / theirs.model.rotary_emb.inv_freq).numpy()
    assert len(set(factors.round(3))) > 3
    path = write_gguf(
        tmp_path / "llama3.gguf", gguf_tensors(theirs) | {"rope_freqs.weight": factors},
        metadata_of(theirs),
    )  # fmt: skip
    config, read = read_network(open_gguf(path))
    assert config.rope_scaling is not None
    assert (config.rope_scaling.rope_type, config.rope_scaling.factor) == ("llama3", factor)

    from muse.models.decoder import Decoder

    ours = Decoder(config).eval()
    names = [name for name in ours.state_dict() if name != "lm_head.weight"]
    ours.load_state_dict({name: read(name).float() for name in names}, strict=False)
    round_to_half(theirs)
    with torch.no_grad():
        torch.testing.assert_close(ours(IDS), theirs(IDS).logits, rtol=0, atol=2e-4)


def test_linear_scaling_and_defaults(tmp_path: Path) -> None:
    network = tiny_network()
    metadata = metadata_of(network) | {
        "llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 4.0,
    }  # fmt: skip
    for key in ("llama.rope.freq_base", "llama.attention.head_count_kv"):
        del metadata[key]
    tensors = gguf_tensors(tiny_network(num_key_value_heads=4))
    config = network_config(open_gguf(write_gguf(tmp_path / "a.gguf", tensors, metadata)))
    assert config.rope_scaling is not None and config.rope_scaling.factor == 4.0
    assert (config.rope_theta, config.num_key_value_heads) == (10_000.0, 4)
    assert config.rms_norm_eps == 1e-5, "not the nearest single-precision number"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another architecture": ({"general.architecture": "mamba"}, "architecture 'mamba'; .*llama, qwen2"),
    "experts": ({"llama.expert_count": 8}, "llama.expert_count is '8'"),
    "a window": ({"llama.attention.sliding_window": 128}, "sliding_window is '128'"),
    "yarn": ({"llama.rope.scaling.type": "yarn"}, "rope.scaling.type is 'yarn'"),
    "half-turned heads": ({"llama.rope.dimension_count": 16}, "dimension_count is '16', not the 32"),
    "other values": ({"llama.attention.value_length": 16}, "value_length is '16'"),
    "parts": ({"split.count": 3}, "one of several parts"),
    "no layers": ({"llama.block_count": 0}, "llama.block_count is 0; it must be a whole number"),
    "heads in words": ({"llama.attention.head_count": "four"}, "llama.attention.head_count is 'four'"),
    "heads by layer": ({"llama.attention.head_count": [4, 4]}, "head_count is .4, 4.; it must"),
    "odd groups": ({"llama.attention.head_count_kv": 3}, "must be a multiple"),
    "more layers": ({"llama.block_count": 3}, "model.layers.2.* is missing"),
    "fewer layers": ({"llama.block_count": 1}, "'blk.1.*has no place in the decoder"),
    "another width": ({"llama.embedding_length": 32}, "is missing or not"),
    "a scale": ({"llama.logit_scale": 0.5}, "logit_scale is '0.5'"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG)
def test_other_networks_are_refused_by_name(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    network = tiny_network()
    metadata = metadata_of(network) | changes
    architecture = metadata.pop("general.architecture", "llama")
    path = write_gguf(tmp_path / "a.gguf", gguf_tensors(network), metadata, "F32", architecture)
    with pytest.raises(WishError, match=words) as raised:
        read_network(open_gguf(path))
    assert "\n" not in str(raised.value) and "a.gguf" in str(raised.value)


TENSORS: dict[str, tuple[str, np.ndarray | None, str]] = {
    "no embedding": ("token_embd.weight", None, "token_embd.weight is missing"),
    "a part more": ("blk.0.ffn_gate_inp.weight", np.ones((4, 64), np.float32), "no place"),
    "a bias": ("blk.0.attn_q.bias", np.ones(128, np.float32), "'blk.0.attn_q.bias' has no place"),
    "a hole": ("blk.1.attn_v.weight", None, "v_proj.weight is missing"),
    "another shape": ("blk.1.attn_v.weight", np.ones((64, 32), np.float32), "missing or not"),
    "rotary factors": ("rope_freqs.weight", np.full(16, 3.0, np.float32), "not Llama 3's"),
    "too many factors": ("rope_freqs.weight", np.ones(17, np.float32), "not one number for each"),
    "rotary nonsense": ("rope_freqs.weight", np.full(16, np.nan, np.float32), "not Llama 3's"),
}


@pytest.mark.parametrize(("name", "tensor", "words"), TENSORS.values(), ids=TENSORS)
def test_other_tensors_are_refused_by_name(
    tmp_path: Path, name: str, tensor: np.ndarray | None, words: str
) -> None:
    network = tiny_network()
    tensors = gguf_tensors(network)
    tensors.pop(name, None)
    if tensor is not None:
        tensors[name] = tensor
    path = write_gguf(tmp_path / "a.gguf", tensors, metadata_of(network))
    with pytest.raises(WishError, match=words):
        read_network(open_gguf(path))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_numbers_beyond_half_precision_are_refused(tmp_path: Path, value: float) -> None:
    network = tiny_network()
    tensors = gguf_tensors(network)
    tensors["output_norm.weight"][3] = value
    path = write_gguf(tmp_path / "a.gguf", tensors, metadata_of(network))
    _, read = read_network(open_gguf(path))
    with pytest.raises(WishError, match=r"'model.norm.weight' holds numbers beyond half precision"):
        read("model.norm.weight")
