"""The key-value cache: preallocated, so that a step writes in place and copies nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Cache:
    """Keys and values of all layers for the tokens seen so far.

    Shapes:
        keys, values: (layers, B, heads, capacity, head_dim); the first `length` places are filled.
    """

    def __init__(self, keys: Tensor, values: Tensor, length: int = 0) -> None:
        self.keys = keys
        self.values = values
        self.length = length

    @classmethod
    def empty(cls, layers: int, batch: int, heads: int, capacity: int, head_dim: int) -> Cache:
        """Room for `capacity` tokens of `batch` sequences."""
        shape = (layers, batch, heads, capacity, head_dim)
        return cls(torch.zeros(shape), torch.zeros(shape))

    @property
    def capacity(self) -> int:
        """How many tokens fit."""
        return self.keys.shape[3]

    @property
    def batch(self) -> int:
        """How many sequences are held."""
        return self.keys.shape[1]

    def write(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Put new keys and values (B, heads, T, head_dim) behind the old ones of a layer.

        Returns:
            All keys and all values of the layer, (B, heads, length + T, head_dim), as views.

        Raises:
            ValueError: if they do not fit.
        """
        end = self.length + key.shape[2]
        if end > self.capacity:
            raise ValueError(f"the cache holds {self.capacity} tokens, {end} are too many")
        self.keys[layer, :, :, self.length : end] = key
        self.values[layer, :, :, self.length : end] = value
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

    def advance(self, count: int) -> None:
        """Count `count` new tokens as seen, once all layers have written them."""
        self.length += count

    def fork(self, count: int) -> Cache:
        """A cache of `count` copies of this one's single sequence: one prefill, many variations.

        Raises:
            ValueError: if this cache holds more than one sequence.
        """
        if self.batch != 1:
            raise ValueError(f"only a cache of one sequence forks, this one holds {self.batch}")
        repeated = []
        for kept in (self.keys, self.values):
            grown = kept.new_zeros(kept.shape[0], count, *kept.shape[2:])
            grown[:, :, :, : self.length] = kept[:, :, :, : self.length]
            repeated.append(grown)
        return Cache(repeated[0], repeated[1], self.length)

    def rewind(self, to: int) -> None:
        """Forget all tokens from place `to` on: redo from there without a new prefill.

        Raises:
            ValueError: if there are not so many.
        """
        if not 0 <= to <= self.length:
            raise ValueError(f"cannot rewind to {to}: the cache holds {self.length} tokens")
        self.length = to

    def keep(self, rows: Sequence[int] | NDArray[np.int64] | Tensor) -> None:
        """Keep only the sequences `rows` (n,), in that order."""
        rows = torch.as_tensor(rows)
        self.keys = self.keys[:, rows]
        self.values = self.values[:, rows]
