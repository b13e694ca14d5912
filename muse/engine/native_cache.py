"""The native engine's key-value cache: `muse.nn.cache.Cache` in numpy, in the kernels' order."""

from __future__ import annotations

from typing import Any

import numpy as np


class NativeCache:
    """Keys and values of all layers for the tokens seen so far.

    A panel of keys holds as many places as the machine's vectors are wide, a panel of values as
    many dimensions of a head, so that attention is products of packed matrices.

    Shapes:
        keys: (layers, B, heads, place panels, head_dim, panel).
        values: (layers, B, heads, dimension panels, places, panel).

    Attributes:
        length: how many places are filled.
        capacity: how many tokens fit.
    """

    def __init__(
        self, keys: np.ndarray, values: np.ndarray, capacity: int, length: int = 0
    ) -> None:
        self.keys = keys
        self.values = values
        self.capacity = capacity
        self.length = length

    @classmethod
    def empty(
        cls, layers: int, batch: int, heads: int, capacity: int, head_dim: int, panel: int,
        kind: Any = np.float32,
    ) -> NativeCache:  # fmt: skip
        """Room for `capacity` tokens of `batch` sequences.

        Raises:
            ValueError: if one of them is below 1.
        """
        if batch < 1 or capacity < 1:
            raise ValueError(f"a cache of {batch} sequences of {capacity} tokens holds nothing")
        blocks, wide = -(-capacity // panel), -(-head_dim // panel)
        keys = np.zeros((layers, batch, heads, blocks, head_dim, panel), kind)
        values = np.zeros((layers, batch, heads, wide, blocks * panel, panel), kind)
        return cls(keys, values, capacity)

    @property
    def batch(self) -> int:
        """How many sequences are held."""
        return int(self.keys.shape[1])

    @property
    def places(self) -> int:
        """How many tokens there is memory for: whole panels."""
        return int(self.values.shape[4])

    def fork(self, count: int) -> NativeCache:
        """A cache of `count` copies of this one's single sequence: one prefill, many variations.

        Raises:
            ValueError: if this cache holds more than one sequence, or `count` is below 1.
        """
        if self.batch != 1:
            raise ValueError(f"only a cache of one sequence forks, this one holds {self.batch}")
        if count < 1:
            raise ValueError(f"{count} copies are none")
        keys, values = self._gathered(np.zeros(count, dtype=np.intp))
        return NativeCache(keys, values, self.capacity, self.length)

    def rewind(self, to: int) -> None:
        """Forget all tokens from place `to` on: redo from there without a new prefill.

        Raises:
            ValueError: if there are not so many.
        """
        if not 0 <= to <= self.length:
            raise ValueError(f"cannot rewind to {to}: the cache holds {self.length} tokens")
        self.length = to

    def keep(self, rows: Any) -> None:
        """Keep only the sequences `rows` (n,), in that order.

        Raises:
            ValueError: if there is none, or one is not held.
        """
        kept = np.asarray(rows)
        if kept.dtype == np.bool_:
            kept = np.flatnonzero(kept)
        if kept.ndim != 1 or not kept.size or kept.min() < 0 or kept.max() >= self.batch:
            raise ValueError(f"the cache holds sequences 0 to {self.batch - 1}; keep some of them")
        self.keys, self.values = self._gathered(kept.astype(np.intp))

    def _gathered(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Keys and values of `rows`; only what is filled is copied."""
        panel = self.keys.shape[-1]
        blocks = -(-self.length // panel)
        shape = (self.keys.shape[0], len(rows))
        keys = np.zeros(shape + self.keys.shape[2:], self.keys.dtype)
        values = np.zeros(shape + self.values.shape[2:], self.values.dtype)
        keys[:, :, :, :blocks] = self.keys[:, rows, :, :blocks]
        values[:, :, :, :, : self.length] = self.values[:, rows, :, :, : self.length]
        return keys, values
