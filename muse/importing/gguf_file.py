"""The file format GGUF: metadata, and tensors in llama.cpp's quantised types.

The layout is that of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3,
little-endian. The header is read here and not by the package `gguf`, whose reader believes every
length that a file states; block sizes and dequantisation are the package's.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from muse.importing.checkpoint import shown
from muse.works.base import WishError

LARGEST_FILE_BYTES = 40_000_000_000
LARGEST_HEADER_BYTES = 128_000_000
MOST_KEYS = 10_000
MOST_TENSORS = 100_000
MOST_ITEMS = 4_000_000
LONGEST_NAME = 1_000
LONGEST_TEXT = 16_000_000

SCALARS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q",
    12: "<d",
}  # fmt: skip
"""GGUF's value types that are one number, as `struct` writes them."""

TEXT, ARRAY, FLOAT = 8, 9, 6


@dataclass(frozen=True)
class TensorPlace:
    """Where a tensor lies.

    Attributes:
        shape: rows first, as numpy counts.
        kind: number of its type in GGML, such as 2 for Q4_0.
        start, size: bytes from the start of the file.
    """

    shape: tuple[int, ...]
    kind: int
    start: int
    size: int


@dataclass(frozen=True)
class GGUFFile:
    """An open file; tensors are read when they are asked for.

    Attributes:
        path: of the file.
        metadata: by key; numbers, truths, texts, and lists of those.
        tensors: by name.
        data: the bytes, mapped into memory.
    """

    path: Path
    metadata: dict[str, Any]
    tensors: dict[str, TensorPlace]
    data: np.ndarray

    def tensor(self, name: str) -> np.ndarray:
        """A tensor as float32, dequantised.

        Raises:
            WishError: if it is of a type that the package `gguf` cannot dequantise.
        """
        from gguf import GGMLQuantizationType, dequantize

        place = self.tensors[name]
        raw = self.data[place.start : place.start + place.size]
        rows = raw.reshape(*place.shape[:-1], -1)
        try:
            with np.errstate(all="ignore"):
                return dequantize(rows, GGMLQuantizationType(place.kind)).reshape(place.shape)
        except NotImplementedError as error:
            raise WishError(f"{self.path}: tensor {shown(name)}: {error}") from error

    def kinds(self) -> str:
        """The types of the tensors, in words: `Q4_1 x 210, F32 x 61`."""
        from gguf import GGMLQuantizationType

        counts = Counter(GGMLQuantizationType(place.kind).name for place in self.tensors.values())
        return ", ".join(f"{name} x {count}" for name, count in counts.most_common())


class _Cursor:
    """Reads a header from its start; every length is checked before it is believed."""

    def __init__(self, path: Path, data: np.ndarray) -> None:
        self.path, self.size, self.at = path, len(data), 0
        self.data = data.data[:LARGEST_HEADER_BYTES]

    def fail(self, words: str) -> WishError:
        return WishError(f"{self.path} is no GGUF file that Muse reads: {words}")

    def take(self, count: int) -> memoryview:
        """The next `count` bytes."""
        if count > len(self.data) - self.at:
            raise self.fail(f"its header wants {count} bytes at byte {self.at}; is the file whole?")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, code: str) -> Any:
        """One number, as `struct` writes it."""
        return struct.unpack(code, self.take(struct.calcsize(code)))[0]

    def text(self, most: int) -> str:
        """A string of at most `most` bytes."""
        length = self.number("<Q")
        if length > most:
            raise self.fail(f"a text of {length} bytes at byte {self.at}")
        raw = bytes(self.take(length))
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self.fail(f"the text before byte {self.at} is not UTF-8") from None

    def value(self, kind: int) -> Any:
        """One value of metadata of a GGUF type."""
        if kind == TEXT:
            return self.text(LONGEST_TEXT)
        if kind == ARRAY:
            return self.array()
        if kind not in SCALARS:
            raise self.fail(f"values of type {kind}")
        found = self.number(SCALARS[kind])
        # 1e-05 was stored as the nearest single-precision number; its shortest name is meant.
        return float(str(np.float32(found))) if kind == FLOAT else found

    def array(self) -> list[Any]:
        """A list of values of one type."""
        kind, count = self.number("<I"), self.number("<Q")
        if count > MOST_ITEMS:
            raise self.fail(f"a list of {count} values")
        if kind == TEXT:
            return [self.text(LONGEST_TEXT) for _ in range(count)]
        if kind not in SCALARS:
            raise self.fail(f"lists of type {kind}")
        raw = self.take(count * struct.calcsize(SCALARS[kind]))
        return np.frombuffer(raw, dtype=np.dtype(SCALARS[kind])).tolist()


def open_gguf(path: Path) -> GGUFFile:
    """Read the header of a file.

    Raises:
        WishError: if it is no GGUF file, is cut, or states sizes that it does not have.
    """
    try:
        size = path.stat().st_size
        if not 24 <= size <= LARGEST_FILE_BYTES:
            raise WishError(f"{path} is no GGUF file: it has {size} bytes")
        data = np.memmap(path, dtype=np.uint8, mode="r")
    except OSError as error:
        raise WishError(f"cannot read {path}: {error.strerror or error}") from error
    cursor = _Cursor(path, data)
    if bytes(cursor.take(4)) != b"GGUF":
        raise cursor.fail("it does not begin with GGUF")
    version = cursor.number("<I")
    if version not in (2, 3):
        raise cursor.fail(
            f"its version is {version}; little-endian files of version 2 or 3 are read"
        )
    tensor_count, key_count = cursor.number("<Q"), cursor.number("<Q")
    if tensor_count > MOST_TENSORS or key_count > MOST_KEYS:
        raise cursor.fail(f"{tensor_count} tensors and {key_count} keys")
    metadata: dict[str, Any] = {}
    for _ in range(key_count):
        key = cursor.text(LONGEST_NAME)
        if key in metadata:
            raise cursor.fail(f"the key {shown(key)} stands there twice")
        metadata[key] = cursor.value(cursor.number("<I"))
    return GGUFFile(path, metadata, _tensors(cursor, tensor_count, metadata), data)


def _tensors(cursor: _Cursor, count: int, metadata: dict[str, Any]) -> dict[str, TensorPlace]:
    stated = [(cursor.text(LONGEST_NAME), *_tensor_info(cursor)) for _ in range(count)]
    alignment = metadata.get("general.alignment", 32)
    if type(alignment) is not int or alignment not in {2**power for power in range(3, 17)}:
        raise cursor.fail(f"general.alignment is {shown(alignment)}")
    start = -(-cursor.at // alignment) * alignment
    total = 0
    found: dict[str, TensorPlace] = {}
    for name, shape, kind, offset in stated:
        length = _byte_length(cursor, name, shape, kind)
        total += length
        if start + offset + length > cursor.size or total > cursor.size:
            raise cursor.fail(f"tensor {shown(name)} lies beyond its end: is the file whole?")
        if name in found:
            raise cursor.fail(f"tensor {shown(name)} stands there twice")
        found[name] = TensorPlace(shape, kind, start + offset, length)
    return found


def _tensor_info(cursor: _Cursor) -> tuple[tuple[int, ...], int, int]:
    """Shape, type and offset of the next tensor."""
    axes = cursor.number("<I")
    if not 1 <= axes <= 4:
        raise cursor.fail(f"a tensor of {axes} dimensions")
    shape = tuple(cursor.number("<Q") for _ in range(axes))[::-1]
    return shape, cursor.number("<I"), cursor.number("<Q")


def _byte_length(cursor: _Cursor, name: str, shape: tuple[int, ...], kind: int) -> int:
    """How many bytes a tensor takes. Raises WishError for a shape that its type cannot have."""
    try:
        from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
    except ImportError as error:
        raise WishError("GGUF files need: pip install 'muse-engine[import]'") from error
    try:
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    except (ValueError, KeyError):
        raise cursor.fail(f"tensor {shown(name)} is of the unknown type {kind}") from None
    if min(shape) < 1 or shape[-1] % block:
        raise cursor.fail(f"tensor {shown(name)} has the shape {shape}, its type blocks of {block}")
    return math.prod(shape) // block * size
