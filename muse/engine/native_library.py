"""The compiled library: which one this machine can run, and the structures that it is handed.

`csrc/network.h` has the same structures; their sizes are compared when a library is loaded.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, c_float, c_int32, c_int64, c_void_p
from functools import cache
from pathlib import Path

from muse.works.base import WishError

INSTRUCTION_SETS = {"avx512": 4, "avxvnni": 2, "avx2": 1, "plain": 0}
"""Libraries, the fastest first, and the bit of the machine's answer that each needs."""

PRECISIONS = {"fp32": 0, "fp16": 1, "int8": 2}
"""Of the weights; the numbers are those of `Precision` in csrc/network.h."""

NOTHING, LAST, ALL = 0, 1, 2
"""Of which tokens logits are wanted: `Wanted` in csrc/network.h."""


class Matrix(Structure):
    """A packed matrix."""

    _fields_ = (
        ("weights", c_void_p), ("scales", c_void_p), ("starts", c_void_p), ("bias", c_void_p),
        ("rows", c_int32), ("columns", c_int32), ("precision", c_int32), ("padding", c_int32),
    )  # fmt: skip


class Layer(Structure):
    """One block's matrices."""

    _fields_ = (
        ("qkv", Matrix), ("out", Matrix), ("gate_up", Matrix), ("down", Matrix),
        ("q_norm", c_void_p), ("k_norm", c_void_p),
    )  # fmt: skip


class Network(Structure):
    """All weights and the shape."""

    _fields_ = (
        ("layers", POINTER(Layer)), ("embedding", c_void_p), ("head", Matrix),
        ("layer_count", c_int32), ("size", c_int32), ("inner", c_int32), ("heads", c_int32),
        ("groups", c_int32), ("head_dim", c_int32), ("precision", c_int32), ("eps", c_float),
    )  # fmt: skip


class Call(Structure):
    """Ids, cache and room of one call."""

    _fields_ = (
        ("ids", c_void_p), ("cosines", c_void_p), ("sines", c_void_p), ("keys", c_void_p),
        ("values", c_void_p), ("scratch", c_void_p), ("logits", c_void_p), ("pool", c_void_p),
        ("batch", c_int32), ("length", c_int32), ("start", c_int32), ("capacity", c_int32),
        ("wanted", c_int32), ("padding", c_int32),
    )  # fmt: skip


class Library:
    """A loaded library; functions are csrc/exports.h's without their prefix.

    Attributes:
        name: one of `INSTRUCTION_SETS`.
        panel: rows of a panel, to which packed sizes are rounded up.
    """

    def __init__(self, name: str, path: Path) -> None:
        """Load it. Raises OSError if it is missing or of another version of Muse."""
        self.name = name
        found = ctypes.CDLL(str(path))
        try:
            self.pack = found.muse_pack
            self.forward = found.muse_forward
            self.nats = found.muse_nats
            self.scratch_bytes = found.muse_scratch_bytes
            self.pool_new, self.pool_free = found.muse_pool_new, found.muse_pool_free
            self.machine, self._bytes = found.muse_machine, found.muse_structure_bytes
            self.panel = int(found.muse_panel())
        except AttributeError as error:
            raise OSError(f"{path} is of another version of Muse") from error
        self.pack.argtypes = (c_int32, c_void_p, c_int32, c_int32, c_void_p, c_void_p, c_void_p)
        self.forward.argtypes = (POINTER(Network), POINTER(Call))
        self.nats.argtypes = (c_void_p, c_int32, c_int32, c_void_p, c_void_p)
        self.scratch_bytes.argtypes = (POINTER(Network), c_int32, c_int32, c_int32)
        self.scratch_bytes.restype = c_int64
        self.pool_new.argtypes, self.pool_new.restype = (c_int32,), c_void_p
        self.pool_free.argtypes, self.pool_free.restype = (c_void_p,), None
        for function in (self.pack, self.forward, self.nats):
            function.restype = None
        for number, structure in enumerate((Matrix, Layer, Network, Call)):
            if self._bytes(number) != ctypes.sizeof(structure):
                raise OSError(f"{path} is of another version of Muse")


@cache
def _load(name: str) -> Library | None:
    path = Path(__file__).with_name(f"native-{name}.so")
    if not path.is_file():
        return None
    try:
        return Library(name, path)
    except OSError:
        return None


@cache
def available() -> tuple[str, ...]:
    """Names of the libraries that were built and that this machine can run, the fastest first."""
    plain = _load("plain")
    if plain is None:
        return ()
    machine = plain.machine()
    return tuple(
        name for name, bit in INSTRUCTION_SETS.items()
        if machine & bit == bit and (name == "plain" or _load(name) is not None)
    )  # fmt: skip


def library(name: str | None = None) -> Library:
    """The library `name`, or the fastest that this machine can run.

    Raises:
        WishError: if there is none.
    """
    names = available()
    chosen = name or (names[0] if names else "")
    found = _load(chosen) if chosen in names else None
    if found is None:
        raise WishError(
            f"no native engine{f' {name}' if name else ''} was built for this machine; "
            "install a C compiler and then Muse once more, or write with torch"
        )
    return found
