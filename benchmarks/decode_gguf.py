"""A Llama as a GGUF file, as llama.cpp's own converter writes it, without a vocabulary."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType
from gguf.quants import quantize
from safetensors.numpy import load_file

NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}  # fmt: skip
"""Hugging Face's names and GGUF's."""


def gguf_name(name: str) -> str:
    """model.layers.3.mlp.up_proj.weight -> blk.3.ffn_up.weight."""
    name = name.removesuffix(".weight")
    block = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", name)
    return f"blk.{block[1]}.{NAMES[block[2]]}.weight" if block else f"{NAMES[name]}.weight"


def neighbours(weights: np.ndarray, head_dim: int) -> np.ndarray:
    """Rows of queries or keys: llama.cpp turns neighbours, Hugging Face rows half a head apart."""
    rows = weights.reshape(-1, 2, head_dim // 2, weights.shape[1])
    return np.ascontiguousarray(rows.swapaxes(1, 2)).reshape(weights.shape)


def write_gguf(folder: Path, kind: str) -> Path:
    """Write a Hugging Face folder's network beside it as "F32" or "Q8_0", if it is not yet there."""
    path = folder / f"{kind}.gguf"
    if path.exists():
        return path
    keys = json.loads((folder / "config.json").read_text())
    writer = GGUFWriter(path, "llama")
    writer.add_file_type(LlamaFileType.ALL_F32 if kind == "F32" else LlamaFileType.MOSTLY_Q8_0)
    writer.add_context_length(keys["max_position_embeddings"])
    writer.add_embedding_length(keys["hidden_size"])
    writer.add_block_count(keys["num_hidden_layers"])
    writer.add_feed_forward_length(keys["intermediate_size"])
    writer.add_head_count(keys["num_attention_heads"])
    writer.add_head_count_kv(keys["num_key_value_heads"])
    writer.add_rope_dimension_count(keys["head_dim"])
    writer.add_key_length(keys["head_dim"])
    writer.add_value_length(keys["head_dim"])
    writer.add_rope_freq_base(keys["rope_theta"])
    writer.add_layer_norm_rms_eps(keys["rms_norm_eps"])
    writer.add_vocab_size(keys["vocab_size"])
    writer.add_tokenizer_model("none")
    for name, weights in load_file(folder / "model.safetensors").items():
        if re.search(r"[qk]_proj", name):
            weights = neighbours(weights, keys["head_dim"])
        form = GGMLQuantizationType.F32
        if kind == "Q8_0" and weights.ndim == 2:
            form = GGMLQuantizationType.Q8_0
        writer.add_tensor(gguf_name(name), quantize(weights, form), raw_dtype=form)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
