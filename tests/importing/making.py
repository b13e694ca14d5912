"""Tiny checkpoints as others write them: networks of `transformers`, files of the package `gguf`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.models.auto.configuration_auto import AutoConfig

TEXTS = [
    "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:",
    "In 1609, 154 sonnets; 3.14159 and 2,000,000. ½ ٣",
    "春江潮水連海平，海上明月共潮生。\r\n",
    "🎼 a song 👩‍🚀 of flags 🇫🇷",
    "tabs\tand   blanks  \n\n\n newlines ",
    " a blank first, naïve café — “quotes” … I'm WE'LL",
    "",
    "<|end|> is no end here",
]
"""What tokenizers are compared on."""

CORPUS = [*TEXTS[:-1], "the sea, the sea in 1984 and the day thou art lovely"] * 4
SPECIAL = "<|end|>"
LLAMA3_CUT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def byte_level_tokenizer(pre: str = "gpt-2", size: int = 400) -> Tokenizer:
    """A byte-level tokenizer trained on the texts, with the cut that llama.cpp calls `pre`."""
    tokenizer = Tokenizer(models.BPE())
    steps: list[Any] = [pre_tokenizers.ByteLevel(add_prefix_space=False)]
    if pre == "smollm":
        steps.insert(0, pre_tokenizers.Digits(individual_digits=True))
    if pre in ("llama-bpe", "qwen2"):
        cut = LLAMA3_CUT if pre == "llama-bpe" else LLAMA3_CUT.replace("{1,3}", "")
        steps = [
            pre_tokenizers.Split(Regex(cut), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    if pre == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=[SPECIAL], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def tiny_network(kind: str = "llama", vocabulary: int = 400, **changes: Any) -> PreTrainedModel:
    """An untrained network of `transformers`, with weights large enough that mistakes show."""
    shape = {
        "vocab_size": vocabulary, "hidden_size": 64, "intermediate_size": 96,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32,
        "max_position_embeddings": 512, "rope_theta": 5000.0, "rms_norm_eps": 1e-5,
        "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 0,
    }  # fmt: skip
    if kind == "qwen2":
        shape["head_dim"] = 16
    torch.manual_seed(2)
    network = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **(shape | changes)))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return network.eval()


@torch.no_grad()
def round_to_half(network: PreTrainedModel) -> None:
    """Round the weights as a bundle does, and nothing else."""
    for parameter in network.parameters():
        parameter.copy_(parameter.half().float())


NAMES = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "model.embed_tokens": "token_embd", "model.norm": "output_norm",
    "lm_head": "output",
}  # fmt: skip


def gguf_tensors(network: PreTrainedModel) -> dict[str, np.ndarray]:
    """The tensors of a network under llama.cpp's names, rows ordered as its converter orders them."""
    config, found = network.config, {}
    for name, tensor in network.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        weights = tensor.numpy()
        if config.model_type == "llama" and re.search("[qk]_proj", name):
            halves = weights.reshape(-1, 2, config.head_dim // 2, weights.shape[-1])
            weights = halves.swapaxes(1, 2).reshape(weights.shape)
        layer = re.match(r"model\.layers\.(\d+)\.(.+)\.(weight|bias)", name)
        stem, _, end = name.rpartition(".")
        new = f"blk.{layer[1]}.{NAMES[layer[2]]}" if layer else NAMES[stem]
        found[f"{new}.{end}"] = np.ascontiguousarray(weights)
    return found


def metadata_of(network: PreTrainedModel) -> dict[str, Any]:
    """The hyperparameters of a network under llama.cpp's keys."""
    config = network.config
    kind = config.model_type
    numbers = {
        "context_length": config.max_position_embeddings, "embedding_length": config.hidden_size,
        "feed_forward_length": config.intermediate_size, "block_count": config.num_hidden_layers,
        "attention.head_count": config.num_attention_heads,
        "attention.head_count_kv": config.num_key_value_heads,
        "attention.layer_norm_rms_epsilon": config.rms_norm_eps,
        "rope.freq_base": config.rope_parameters["rope_theta"],
    }  # fmt: skip
    if kind != "qwen2":
        numbers["attention.key_length"] = numbers["attention.value_length"] = config.head_dim
        numbers["rope.dimension_count"] = config.head_dim
    return {f"{kind}.{name}": value for name, value in numbers.items()}


def byte_level_metadata(tokenizer: Tokenizer, pre: str = "gpt-2") -> dict[str, Any]:
    """A byte-level tokenizer under llama.cpp's keys."""
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    names = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    return {
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": pre, "tokenizer.ggml.tokens": names,
        "tokenizer.ggml.token_type": [3 if name == SPECIAL else 1 for name in names],
        "tokenizer.ggml.merges": [" ".join(pair) for pair in merges],
        "tokenizer.ggml.bos_token_id": 0, "tokenizer.ggml.eos_token_id": 0,
        "tokenizer.ggml.add_bos_token": False,
    }  # fmt: skip


def write_gguf(
    path: Path, tensors: Mapping[str, np.ndarray], metadata: Mapping[str, Any], kind: str = "F32",
    architecture: str = "llama",
) -> Path:  # fmt: skip
    """Write a GGUF file; matrices are quantised to `kind`, vectors stay as they are."""
    writer = GGUFWriter(path, architecture)
    for key, value in metadata.items():
        put(writer, key, value)
    for name, tensor in tensors.items():
        type_ = GGMLQuantizationType[kind if tensor.ndim > 1 else "F32"]
        writer.add_tensor(name, gguf.quantize(tensor, type_), raw_dtype=type_)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def put(writer: GGUFWriter, key: str, value: Any) -> None:
    """Add one value of metadata, as the type that llama.cpp's converter gives it."""
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    elif isinstance(value, str):
        writer.add_string(key, value)
    else:
        writer.add_array(key, value)


def tiny_gguf(path: Path, network: PreTrainedModel | None = None, kind: str = "F32", pre: str = "gpt-2",
              **metadata: Any) -> Path:  # fmt: skip
    """A whole file: a network with a byte-level tokenizer."""
    network = network or tiny_network()
    told = metadata_of(network) | byte_level_metadata(byte_level_tokenizer(pre), pre)
    told |= {"general.name": "Tiny", "general.license": "cc0-1.0"}
    return write_gguf(
        path, gguf_tensors(network), told | metadata, kind, network.config.model_type
    )  # fmt: skip
