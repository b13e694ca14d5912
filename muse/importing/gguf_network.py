"""The network of a GGUF file: hyperparameters, names and the order of rows become Hugging Face's.

Names and keys are those of llama.cpp's converter, `convert_hf_to_gguf.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from muse.importing.checkpoint import half_precision, shown
from muse.importing.gguf_file import GGUFFile
from muse.models.decoder_config import DecoderConfig, weight_shapes
from muse.nn.rope_scaling import RopeScaling
from muse.nn.rotary import rotary_rates
from muse.works.base import WishError

ARCHITECTURES = ("llama", "qwen2", "qwen3")

NUMBERS = {
    "embedding_length": "hidden_size",
    "feed_forward_length": "intermediate_size",
    "block_count": "num_hidden_layers",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim",
    "context_length": "max_position_embeddings",
    "rope.freq_base": "rope_theta",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps",
}
"""Keys of GGUF, behind the architecture's name, and Hugging Face's names of the same numbers."""

NEUTRAL: dict[str, tuple[Any, ...]] = {
    "expert_count": (0,),
    "attention.sliding_window": (0,),
    "attention.scale": (0.0,),
    "attention.clamp_kqv": (0.0,),
    "attention.causal": (True,),
    "logit_scale": (0.0, 1.0),
    "embedding_scale": (0.0, 1.0),
    "residual_scale": (0.0, 1.0),
    "use_parallel_residual": (False,),
    "rope.scaling.type": ("none", "linear"),
    "rope.scaling.attn_factor": (0.0, 1.0),
}
"""Keys that change the network, and the values with which it is a plain one."""

WHOLE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
OF_A_BLOCK = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
ROTARY = "rope_freqs.weight"
"""By how much each rotary pair of a Llama 3.1 is slowed down."""

LLAMA3 = RopeScaling(rope_type="llama3", factor=8.0)
"""The frequencies and first length that all of Llama 3.1, 3.2 and 3.3 were stretched with."""


def read_network(file: GGUFFile) -> tuple[DecoderConfig, Callable[[str], Tensor]]:
    """The shape of a file's network, and how to read its tensors by Hugging Face's names.

    Raises:
        WishError: if the network is none that the decoder holds; the message names what is other.
    """
    config = network_config(file)
    names = _tensor_names(file, config)

    def read(name: str) -> Tensor:
        weights = file.tensor(names[name])
        # llama.cpp turns neighbouring rows of a head, Hugging Face rows half a head apart. The
        # converter reorders the rows of Llama's queries and keys; here they are put back.
        if file.metadata["general.architecture"] == "llama" and re.search(r"\.[qk]_proj\.", name):
            weights = put_rows_back(weights, config.head_dim)
        return half_precision(torch.from_numpy(np.array(weights)), name, file.path)

    return config, read


def put_rows_back(weights: np.ndarray, head_dim: int) -> np.ndarray:
    """Rows of queries or keys (heads * head_dim, D): pairs side by side to halves of each head."""
    rows = weights.reshape(-1, head_dim // 2, 2, *weights.shape[1:])
    return rows.swapaxes(1, 2).reshape(weights.shape)


def network_config(file: GGUFFile) -> DecoderConfig:
    """The decoder's shape that a file's metadata state. Raises WishError."""
    metadata = file.metadata
    kind = metadata.get("general.architecture")
    if kind not in ARCHITECTURES:
        raise WishError(
            f"{file.path} holds a network of the architecture {shown(kind)}; Muse's decoder takes "
            f"{', '.join(ARCHITECTURES)}"
        )
    if metadata.get("split.count", 0) not in (0, 1):
        raise WishError(
            f"{file.path} is one of several parts; join them with llama-gguf-split --merge"
        )
    for name, values in NEUTRAL.items():
        value = metadata.get(f"{kind}.{name}", values[0])
        if value not in values:
            raise WishError(
                f"{file.path}: {kind}.{name} is {shown(value)}; the decoder has no such kind"
            )
    keys = {
        new: metadata[f"{kind}.{old}"] for old, new in NUMBERS.items() if f"{kind}.{old}" in metadata
    }  # fmt: skip
    if "token_embd.weight" not in file.tensors:
        raise WishError(f"{file.path}: tensor token_embd.weight is missing")
    keys |= {
        "model_type": kind,
        "vocab_size": file.tensors["token_embd.weight"].shape[0],
        "tie_word_embeddings": "output.weight" not in file.tensors,
    }
    if kind != "llama":
        keys.setdefault("num_key_value_heads", keys.get("num_attention_heads"))
    factor = metadata.get(
        f"{kind}.rope.scaling.factor", metadata.get(f"{kind}.rope.scale_linear", 1.0)
    )
    if factor not in (0.0, 1.0):
        keys["rope_scaling"] = {"rope_type": "linear", "factor": factor}
    try:
        config = DecoderConfig.from_huggingface(keys)
    except ValueError as error:
        message = str(error)
        for old, new in NUMBERS.items():
            message = re.sub(rf"\b{new}\b", f"{kind}.{old}", message)
        raise WishError(f"{file.path}: {message}") from error
    if ROTARY in file.tensors:
        config = replace(config, rope_scaling=llama3_scaling(file, config))
    for name in ("attention.value_length", "rope.dimension_count"):
        stated = metadata.get(f"{kind}.{name}", config.head_dim)
        if stated != config.head_dim:
            raise WishError(
                f"{file.path}: {kind}.{name} is {shown(stated)}, not the {config.head_dim} of a "
                "head; the decoder has no such kind"
            )
    return config


def llama3_scaling(file: GGUFFile, config: DecoderConfig) -> RopeScaling:
    """The settings behind a file's list of rotary factors. Raises WishError if there are none."""
    if file.tensors[ROTARY].shape != (config.head_dim // 2,):
        raise WishError(f"{file.path}: tensor {ROTARY} is not one number for each rotary pair")
    factors = torch.from_numpy(np.array(file.tensor(ROTARY)))
    highest = float(factors.max())
    scaling = replace(LLAMA3, factor=round(highest, 4) if 1 <= highest < 1000 else 1.0)
    plain = rotary_rates(config.head_dim, config.rope_theta)
    wanted = plain / rotary_rates(config.head_dim, config.rope_theta, scaling)
    if config.rope_scaling or not torch.allclose(factors, wanted, rtol=1e-3):
        raise WishError(
            f"{file.path}: tensor {ROTARY} is not Llama 3's; the decoder has no such kind"
        )
    return scaling


def _tensor_names(file: GGUFFile, config: DecoderConfig) -> dict[str, str]:
    """Hugging Face's name of each tensor to the file's. Raises WishError if one is not as it must be."""
    given = {translated(name): name for name in file.tensors if name != ROTARY}
    shapes = weight_shapes(config)
    if config.tie_word_embeddings:
        del shapes["lm_head.weight"]
    for name, shape in shapes.items():
        if name not in given or file.tensors[given[name]].shape != tuple(shape):
            raise WishError(f"{file.path}: the tensor for {name} is missing or not {tuple(shape)}")
    for name, old in given.items():
        if name not in shapes:
            raise WishError(f"{file.path}: tensor {shown(old)} has no place in the decoder")
    return {name: given[name] for name in shapes}


def translated(name: str) -> str:
    """Hugging Face's name of a tensor of llama.cpp's; a name that is not known stays."""
    found = re.fullmatch(r"blk\.(\d{1,4})\.(\w+)\.(weight|bias)", name)
    if found and found[2] in OF_A_BLOCK:
        return f"model.layers.{int(found[1])}.{OF_A_BLOCK[found[2]]}.{found[3]}"
    return WHOLE.get(name, name)
