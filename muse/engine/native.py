"""The native decode engine: the decoder's forward pass in C, for CPUs, without torch.

Sampling with a key-value cache reads every weight once a token and calls few and small products, so
a general library spends most of its time between them. Here a step is one call: norms are folded
into the matrices behind them, products, rotation, attention and gates follow one another in the
cache, and weights may be halves or bytes, which are read in half or a quarter of the time.
"""

from __future__ import annotations

import ctypes
import os
import threading
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np

from muse.engine.native_cache import NativeCache
from muse.engine.native_library import (
    ALL,
    LAST,
    NOTHING,
    PRECISIONS,
    Call,
    Library,
    available,
    library,
)
from muse.engine.native_rotary import rotary_table
from muse.engine.native_weights import aligned, pack
from muse.models.decoder_config import DecoderConfig

ROWS_AT_ONCE = 256
"""Ids of one call to C: enough that each weight read serves many, few enough to stay near."""

LARGEST_LOGITS = 1 << 22
"""Logits of one call to C when they are wanted of every token."""

MOST_THREADS = 64


def is_built() -> bool:
    """Whether a library was built that this machine can run."""
    return bool(available())


class NativeDecoder:
    """Next-token logits on the CPU, from numpy to numpy.

    One call runs at a time; other Python threads run meanwhile, and other decoders.

    Args:
        config: the network's shape.
        weights: tensors by their Hugging Face names, float32 or float16; they are copied.
        precision: of weights and cache. "fp32" gives torch's logits but for rounding. "fp16"
            rounds weights and cache to halves. "int8" rounds weights to bytes with one step width
            a row, and what they are multiplied with to bytes with one step width a token; the
            cache is of halves.
        threads: how many cores one call may use, 1 to 64.
        instructions: the library to take, one of `native_library.available()`; None is the fastest.

    Raises:
        ValueError: if a weight is missing or misshapen, or a setting is unknown.
        WishError: if no library was built for this machine.
    """

    def __init__(
        self,
        config: DecoderConfig,
        weights: Mapping[str, np.ndarray],
        precision: str = "fp32",
        threads: int = 1,
        *,
        instructions: str | None = None,
    ) -> None:
        if precision not in PRECISIONS:
            raise ValueError(f"precision is {precision!r}; it must be one of {tuple(PRECISIONS)}")
        if not 1 <= threads <= MOST_THREADS:
            raise ValueError(f"threads is {threads}; it must be from 1 to {MOST_THREADS}")
        self.config, self.precision, self.threads = config, precision, threads
        self._library = library(instructions)
        self._packed = pack(self._library, config, weights, precision)
        self._kind = np.float32 if precision == "fp32" else np.float16
        self._call = Call()
        self._room = (0, 0)
        self._scratch = aligned(0)
        self._table = rotary_table(config, 1)
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._team: int | None = None

    @property
    def instructions(self) -> str:
        """The instruction set at work."""
        return self._library.name

    @property
    def weight_bytes(self) -> int:
        """Bytes of the packed weights, their scales and the table of embeddings."""
        return self._packed.weight_bytes

    def new_cache(self, batch: int, length: int) -> NativeCache:
        """An empty cache for `batch` sequences of at most `length` tokens."""
        config = self.config
        return NativeCache.empty(
            config.num_hidden_layers, batch, config.num_key_value_heads, length, config.head_dim,
            self._library.panel, self._kind,
        )  # fmt: skip

    def scores(self, ids: np.ndarray, cache: NativeCache | None = None) -> np.ndarray:
        """Logits of the token after the last place.

        Args:
            ids: (B, T) of integers; T above 1 is a prefill.
            cache: what came before; the ids are written behind it.

        Returns:
            (B, V) of float32.

        Raises:
            ValueError: if an id is no token, or ids or cache do not fit.
        """
        ids, cache = self._checked(ids, cache)
        batch, length = ids.shape
        logits = np.empty((batch, self.config.vocab_size), np.float32)
        step = max(1, ROWS_AT_ONCE // batch)
        with self._locked():
            for start in range(0, length, step):
                last = start + step >= length
                self._run(ids[:, start : start + step], cache, logits, LAST if last else NOTHING)
        return logits

    def logits(self, ids: np.ndarray, cache: NativeCache | None = None) -> np.ndarray:
        """Logits of the token after each place, (B, T, V) of float32; otherwise as `scores`."""
        ids, cache = self._checked(ids, cache)
        found = np.empty((*ids.shape, self.config.vocab_size), np.float32)
        with self._locked():
            for start, stop in self._pieces(*ids.shape):
                piece = np.empty((len(ids), stop - start, self.config.vocab_size), np.float32)
                self._run(ids[:, start:stop], cache, piece, ALL)
                found[:, start:stop] = piece
        return found

    def nats(self, ids: np.ndarray) -> np.ndarray:
        """Nats of each token after the first, (B, T - 1) of float32, of ids (B, T).

        Raises:
            ValueError: if an id is no token.
        """
        ids, cache = self._checked(ids, None)
        batch, length = ids.shape
        found = np.empty((batch, length - 1), np.float32)
        with self._locked():
            for start, stop in self._pieces(batch, length - 1):
                shape = (batch, stop - start)
                logits = np.empty((*shape, self.config.vocab_size), np.float32)
                targets = np.ascontiguousarray(ids[:, start + 1 : stop + 1])
                nats = np.empty(shape, np.float32)
                self._run(ids[:, start:stop], cache, logits, ALL)
                self._library.nats(
                    logits.ctypes.data, targets.size, self.config.vocab_size,
                    targets.ctypes.data, nats.ctypes.data,
                )  # fmt: skip
                found[:, start:stop] = nats
        return found

    def _pieces(self, batch: int, length: int) -> list[tuple[int, int]]:
        """Stretches of places whose logits are not too many for one call."""
        rows = min(ROWS_AT_ONCE, LARGEST_LOGITS // self.config.vocab_size)
        step = max(1, rows // batch)
        return [(start, min(start + step, length)) for start in range(0, length, step)]

    def _checked(self, ids: np.ndarray, cache: NativeCache | None) -> tuple[np.ndarray, Any]:
        """Ids as the library takes them, and a cache that has room. Raises ValueError."""
        if ids.ndim != 2 or not ids.size or ids.dtype.kind not in "iu":
            raise ValueError(f"ids are {ids.shape} of {ids.dtype}; they must be (B, T) of integers")
        if not 0 <= ids.min() <= ids.max() < self.config.vocab_size:
            raise ValueError(f"ids must be from 0 to {self.config.vocab_size - 1}")
        batch, length = ids.shape
        if cache is None:
            cache = self.new_cache(batch, length)
        self._check_cache(cache, batch, length)
        return ids.astype(np.int64, copy=False), cache

    def _check_cache(self, cache: NativeCache, batch: int, length: int) -> None:
        """Raise ValueError unless the library may write `length` places into the cache."""
        config, panel, places = self.config, self._library.panel, cache.places
        layers, heads, dim = config.num_hidden_layers, config.num_key_value_heads, config.head_dim
        wide = -(-dim // panel)
        if (
            cache.keys.shape != (layers, batch, heads, places // panel, dim, panel)
            or cache.values.shape != (layers, batch, heads, wide, places, panel)
            or places % panel
        ):
            raise ValueError(f"the cache is not of this network or not of {batch} sequences")
        for kept in (cache.keys, cache.values):
            if kept.dtype != self._kind or not kept.flags.c_contiguous or not kept.flags.writeable:
                raise ValueError("the cache is not of this decoder's precision")
        if not 0 <= cache.length <= min(cache.capacity, places) - length:
            raise ValueError(
                f"the cache holds {cache.capacity} tokens, {cache.length + length} are too many"
            )

    def _locked(self) -> threading.Lock:
        """The lock of this process: after a fork neither lock nor threads of the parent serve."""
        if self._process != os.getpid():
            self._process, self._lock, self._team = os.getpid(), threading.Lock(), None
        return self._lock

    def _pool(self) -> int | None:
        """The threads that work beside the caller's, started at the first call."""
        if self.threads > 1 and self._team is None:
            self._team = self._library.pool_new(self.threads)
            if self._team is None:
                raise MemoryError(f"the system gives no {self.threads} threads")
            weakref.finalize(self, _dismiss, self._library, self._team, os.getpid())
        return self._team

    def _make_room(self, rows: int, cache: NativeCache, end: int) -> None:
        """Grow what C works in, and the table of angles, to what a call needs."""
        if rows > self._room[0] or cache.places > self._room[1]:
            self._room = (max(rows, self._room[0]), max(cache.places, self._room[1]))
            wanted = self._library.scratch_bytes(self._packed.network, *self._room, self.threads)
            self._scratch = aligned(wanted)
            self._scratch[:] = 0
        if end > len(self._table[0]):
            self._table = rotary_table(self.config, max(end, min(2 * end, cache.places)))

    def _run(self, ids: np.ndarray, cache: NativeCache, logits: np.ndarray, wanted: int) -> None:
        """Write ids (B, T) behind the cache; `logits` takes those that are wanted."""
        ids = np.ascontiguousarray(ids)
        batch, length = ids.shape
        self._make_room(ids.size, cache, cache.length + length)
        call = self._call
        call.ids, call.logits, call.scratch = address(ids), address(logits), address(self._scratch)
        call.cosines, call.sines = address(self._table[0]), address(self._table[1])
        call.keys, call.values = address(cache.keys), address(cache.values)
        call.batch, call.length, call.start = batch, length, cache.length
        call.capacity, call.wanted, call.pool = cache.places, wanted, self._pool()
        self._library.forward(ctypes.byref(self._packed.network), ctypes.byref(call))
        cache.length += length


def address(array: np.ndarray) -> int:
    """Where an array lies."""
    return int(array.__array_interface__["data"][0])


def _dismiss(library: Library, team: int, process: int) -> None:
    """End a team's threads; those of another process ended when it forked."""
    if os.getpid() == process:
        library.pool_free(team)
