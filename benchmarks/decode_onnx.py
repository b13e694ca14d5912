"""A Llama as an ONNX graph, with onnxruntime's own fused operators, as its makers export it.

Attention is `GroupQueryAttention`, which rotates and keeps keys and values in place; weights of
int8 are made by onnxruntime's dynamic quantisation, one scale a column.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper, save
from safetensors.numpy import load_file

POSITIONS = 1024


class Graph:
    """Nodes and weights that are being put together."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def weight(self, name: str, array: np.ndarray) -> str:
        """Put in a constant."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, inputs: list[str], *outputs: str, **settings: Any) -> str:
        """Put in an operator; returns its first output."""
        self.nodes.append(
            helper.make_node(kind, inputs, list(outputs), name=outputs[0], **settings)
        )
        return outputs[0]

    def norm(self, x: str, name: str, weight: np.ndarray, eps: float) -> str:
        """RMSNorm."""
        return self.node(
            "SimplifiedLayerNormalization", [x, self.weight(name, weight)], name + ".out",
            axis=-1, epsilon=eps, stash_type=1,
        )  # fmt: skip

    def linear(self, x: str, name: str, weight: np.ndarray) -> str:
        """x times a weight (rows, columns) of Hugging Face's."""
        return self.node("MatMul", [x, self.weight(name, weight.T)], name + ".out")


def _layer(graph: Graph, x: str, number: int, keys: dict[str, Any], of: Any) -> str:
    """One block: attention and feed-forward; returns the stream behind it."""
    name = f"layers.{number}"
    normed = graph.norm(x, name + ".before", of("input_layernorm.weight"), keys["rms_norm_eps"])
    q, k, v = (
        graph.linear(normed, f"{name}.{part}", of(f"self_attn.{part}_proj.weight"))
        for part in "qkv"
    )
    past = [f"past_{part}.{number}" for part in ("key", "value")]
    mixed = graph.node(
        "GroupQueryAttention", [q, k, v, *past, "last", "total", "cosines", "sines"],
        name + ".mixed", f"present_key.{number}", f"present_value.{number}",
        domain="com.microsoft", num_heads=keys["num_attention_heads"],
        kv_num_heads=keys["num_key_value_heads"], do_rotary=1,
    )  # fmt: skip
    out = graph.linear(mixed, name + ".o", of("self_attn.o_proj.weight"))
    x = graph.node("Add", [x, out], name + ".between")
    weight = of("post_attention_layernorm.weight")
    normed = graph.norm(x, name + ".after", weight, keys["rms_norm_eps"])
    gate = graph.linear(normed, name + ".gate", of("mlp.gate_proj.weight"))
    up = graph.linear(normed, name + ".up", of("mlp.up_proj.weight"))
    sigmoid = graph.node("Sigmoid", [gate], name + ".sigmoid")
    silu = graph.node("Mul", [gate, sigmoid], name + ".silu")
    inner = graph.node("Mul", [silu, up], name + ".inner")
    down = graph.linear(inner, name + ".down", of("mlp.down_proj.weight"))
    return graph.node("Add", [x, down], name + ".end")


def _model(keys: dict[str, Any], weights: dict[str, np.ndarray]) -> ModelProto:
    graph, half = Graph(), keys["head_dim"] // 2
    rates = keys["rope_theta"] ** -(np.arange(half) / half)
    angles = np.outer(np.arange(POSITIONS), rates)
    graph.weight("cosines", np.cos(angles).astype(np.float32))
    graph.weight("sines", np.sin(angles).astype(np.float32))
    table = graph.weight("embedding", weights["model.embed_tokens.weight"])
    x = graph.node("Gather", [table, "ids"], "embedded")
    for number in range(keys["num_hidden_layers"]):
        prefix = f"model.layers.{number}."
        x = _layer(graph, x, number, keys, lambda name, prefix=prefix: weights[prefix + name])
    place = graph.weight("minus one", np.array([-1], np.int64))
    x = graph.node("Gather", [x, place], "the last", axis=1)
    x = graph.norm(x, "norm", weights["model.norm.weight"], keys["rms_norm_eps"])
    logits = graph.linear(x, "head", weights["lm_head.weight"])
    graph.node("Identity", [logits], "logits")
    kept = ["B", keys["num_key_value_heads"], "S", keys["head_dim"]]
    layers = range(keys["num_hidden_layers"])
    names = [f"{part}.{number}" for number in layers for part in ("key", "value")]
    value = helper.make_tensor_value_info
    inputs = [
        value("ids", TensorProto.INT64, ["B", "T"]), value("last", TensorProto.INT32, ["B"]),
        value("total", TensorProto.INT32, []),
        *(value(f"past_{name}", TensorProto.FLOAT, kept) for name in names),
    ]  # fmt: skip
    outputs = [
        *(value(f"present_{name}", TensorProto.FLOAT, kept) for name in names),
        value("logits", TensorProto.FLOAT, ["B", 1, keys["vocab_size"]]),
    ]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    made = helper.make_graph(graph.nodes, "llama", inputs, outputs, graph.weights)
    return helper.make_model(made, opset_imports=opsets, ir_version=8)


def write_graph(folder: Path, precision: str) -> Path:
    """Write the graph of a Hugging Face folder beside its weights, if it is not yet there."""
    path = folder / f"{precision}.onnx"
    if path.exists():
        return path
    if precision == "int8":
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(
            write_graph(folder, "fp32"), path, weight_type=QuantType.QInt8, per_channel=True,
            op_types_to_quantize=["MatMul"],
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )  # fmt: skip
        return path
    keys = json.loads((folder / "config.json").read_text())
    save(_model(keys, load_file(folder / "model.safetensors")), path)
    return path
