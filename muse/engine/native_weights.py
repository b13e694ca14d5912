"""Weights by their Hugging Face names, checked and packed for the kernels.

The weight of each norm is multiplied into the matrix behind it, queries, keys and values are one
matrix, and so are gate and up, panel by panel in turn.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from muse.engine.native_library import PRECISIONS, Layer, Library, Matrix, Network
from muse.models.decoder_config import DecoderConfig, weight_shapes

ROOM_BYTES = 1 << 24
"""Memory for weights is taken in pieces of so many bytes; what is not written takes none."""

LONGEST_BYTE_ROW = 65_536
"""Columns whose products of bytes fit the 32 bits that they are added in."""


def check_weights(config: DecoderConfig, weights: Mapping[str, np.ndarray]) -> None:
    """Raise ValueError, naming the tensor, if one is missing or has another shape or kind."""
    for name, shape in weight_shapes(config).items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        found = weights.get(name)
        if found is None or found.shape != shape:
            raise ValueError(f"tensor {name} is missing or not {shape}")
        if found.dtype not in (np.float32, np.float16):
            raise ValueError(f"tensor {name} is of {found.dtype}; it must be float32 or float16")


@dataclass(frozen=True)
class Packed:
    """A network as the library takes it.

    Attributes:
        network: points into `held`.
        held: the memory that it points to; it must live as long.
        weight_bytes: of what is read, without what is kept free.
    """

    network: Network
    held: list[object]
    weight_bytes: int


class Packer:
    """Packs matrices and holds their memory."""

    def __init__(self, library: Library, precision: str) -> None:
        self.library, self.precision = library, PRECISIONS[precision]
        self.held: list[object] = []
        self.room = np.empty(0, np.uint8)
        self.weight_bytes = 0

    def address(self, array: np.ndarray) -> int:
        """Where an array lies, which is held from now on."""
        self.held.append(array)
        self.weight_bytes += array.nbytes
        return int(array.ctypes.data)

    def floats(self, values: np.ndarray, count: int | None = None) -> int:
        """The address of values as float32, with zeros behind them up to `count`."""
        flat = np.zeros(count or values.size, np.float32)
        flat[: values.size] = values
        return self.address(flat)

    def memory(self, count: int) -> np.ndarray:
        """`count` zero bytes for weights, one matrix behind the other.

        numpy asks the system for large pages from 4 MB on: a fifth more speed where the weights
        do not fit the processor's cache.
        """
        if count > len(self.room):
            self.room = aligned(max(count, ROOM_BYTES))
            self.held.append(self.room)
        found, self.room = np.split(self.room, [-(-count // 64) * 64])
        found[:] = 0
        self.weight_bytes += count
        return found

    def matrix(self, rows: np.ndarray, bias: np.ndarray | None = None) -> Matrix:
        """Pack (rows, columns) weights. Raises ValueError if rows are too long for bytes."""
        count, columns = rows.shape
        padded = -(-count // self.library.panel) * self.library.panel
        if self.precision == PRECISIONS["int8"] and columns > LONGEST_BYTE_ROW:
            raise ValueError(f"rows of {columns} weights are too long for int8; take fp16")
        width = {0: 4 * columns, 1: 2 * columns, 2: -(-columns // 4) * 4}[self.precision]
        weights = self.memory(padded * width)
        scales, starts = np.zeros(padded, np.float32), np.zeros(padded, np.int32)
        source = np.ascontiguousarray(rows, np.float32)
        packed = Matrix(
            weights=weights.ctypes.data, scales=self.address(scales),
            starts=self.address(starts), rows=count, columns=columns, precision=self.precision,
            bias=None if bias is None else self.floats(bias, padded),
        )  # fmt: skip
        self.library.pack(
            self.precision, source.ctypes.data, count, columns,
            packed.weights, packed.scales, packed.starts,
        )  # fmt: skip
        return packed

    def layer(self, config: DecoderConfig, weights: Mapping[str, np.ndarray], number: int) -> Layer:
        """Pack one block."""
        prefix = f"model.layers.{number}."

        def of(name: str) -> np.ndarray:
            return weights[prefix + name].astype(np.float32, copy=False)

        names = [f"self_attn.{part}_proj." for part in "qkv"]
        qkv = np.concatenate([of(name + "weight") for name in names])
        bias = np.concatenate([of(name + "bias") for name in names]) if config.qkv_bias else None
        before, between = of("input_layernorm.weight"), of("post_attention_layernorm.weight")
        gate_up = self.in_turn(of("mlp.gate_proj.weight"), of("mlp.up_proj.weight"))
        layer = Layer(
            qkv=self.matrix(qkv * before, bias), out=self.matrix(of("self_attn.o_proj.weight")),
            gate_up=self.matrix(gate_up * between), down=self.matrix(of("mlp.down_proj.weight")),
        )  # fmt: skip
        if config.qk_norm:
            layer.q_norm = self.floats(of("self_attn.q_norm.weight"))
            layer.k_norm = self.floats(of("self_attn.k_norm.weight"))
        return layer

    def in_turn(self, gate: np.ndarray, up: np.ndarray) -> np.ndarray:
        """A panel of gate, a panel of up, and so on; both filled up with zeros to whole panels."""
        count, columns = gate.shape
        panels = -(-count // self.library.panel)
        both = np.zeros((2, panels * self.library.panel, columns), np.float32)
        both[0, :count], both[1, :count] = gate, up
        parted = both.reshape(2, panels, self.library.panel, columns)
        return parted.swapaxes(0, 1).reshape(-1, columns)


def aligned(count: int) -> np.ndarray:
    """`count` bytes or a few more, of any value; whole cache lines."""
    room = np.empty(count + 128, np.uint8)
    skip = -room.ctypes.data % 64
    return room[skip : skip + -(-count // 64) * 64]


def pack(
    library: Library, config: DecoderConfig, weights: Mapping[str, np.ndarray], precision: str
) -> Packed:
    """Check and pack all weights.

    Raises:
        ValueError: if a tensor is missing, has another shape, or is too wide for int8.
    """
    check_weights(config, weights)
    packer = Packer(library, precision)
    embedding = weights["model.embed_tokens.weight"]
    head = embedding if config.tie_word_embeddings else weights["lm_head.weight"]
    kind = np.float32 if precision == "fp32" else np.float16
    layers = (Layer * config.num_hidden_layers)(
        *(packer.layer(config, weights, number) for number in range(config.num_hidden_layers))
    )
    network = Network(
        layers=ctypes.cast(layers, ctypes.POINTER(Layer)),
        # A copy of its own: the caller may change or free what was handed in.
        embedding=packer.address(np.array(embedding, kind, order="C")),
        head=packer.matrix(head.astype(np.float32) * weights["model.norm.weight"]),
        layer_count=config.num_hidden_layers, size=config.hidden_size,
        inner=config.intermediate_size, heads=config.num_attention_heads,
        groups=config.num_key_value_heads, head_dim=config.head_dim,
        precision=PRECISIONS[precision], eps=config.rms_norm_eps,
    )  # fmt: skip
    return Packed(network, [*packer.held, layers], packer.weight_bytes)
