"""What a sampler is: an iterator of steps. Progress, preview, streaming and cancel are one thing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Array = TypeVar("Array")
"""What a sampler works on: numpy ids where tokens are drawn, torch tensors where noise is cleaned."""

Ids = NDArray[np.int64]
Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Step(Generic[Array]):
    """One step of a sampler.

    Attributes:
        index: number of the step, from 0.
        total: how many there will be, None if that is not known.
        state: all so far: ids (B, T), a sample (B, ...), or latents (n, D).
        fresh: what this step brought: ids (B, 1), a denoised preview, or a waypoint.
    """

    index: int
    total: int | None
    state: Array
    fresh: Array


class KeyValueCache(Protocol):
    """What a sampler needs of a cache."""

    @property
    def length(self) -> int:
        """Tokens that were read."""
        ...

    def fork(self, count: int) -> KeyValueCache:
        """So many copies of its one sequence."""
        ...

    def rewind(self, to: int) -> None:
        """Forget all tokens from place `to` on."""
        ...

    def keep(self, rows: Ids) -> None:
        """Keep only the sequences `rows` (n,), in that order."""
        ...


class NextToken(Protocol):
    """An engine that scores next tokens: of a decoder, a VAE's decoder, an image-code decoder."""

    def scores(self, ids: Ids, cache: Any) -> Logits:
        """Read ids (B, T) behind the cache; the logits (B, V) of the token after the last."""
        ...

    def nats(self, ids: Ids) -> NDArray[np.float32]:
        """Nats of each token of ids (B, T) after the first, (B, T - 1); no cache."""
        ...

    def new_cache(self, batch: int, length: int) -> Any:
        """An empty `KeyValueCache` for `batch` sequences of at most `length` tokens."""
        ...


class Denoiser(Protocol):
    """A network that cleans x_t = alpha x_0 + sigma noise: (B, ...) -> x_0 (B, ...)."""

    def __call__(self, x: Tensor, alpha: float, sigma: float, cond: Any) -> Tensor: ...


class Sampler(Protocol):
    """Turns a start into a sample, step by step."""

    def steps(
        self, model: Any, start: Any, *, rng: Sequence[np.random.Generator]
    ) -> Iterator[Step[Any]]:
        """Steps from `start`; `rng` holds one generator for each piece of the batch."""
        ...


def generators(seed: int, count: int, first: int = 0) -> list[np.random.Generator]:
    """Generators of pieces `first` to `first + count` of a seed.

    Piece i has its own generator, so it is the same alone and in a batch. The bits are Philox's
    (Salmon et al. 2011), whose streams are apart by their keys.
    """
    found = []
    for piece in range(first, first + count):
        digest = hashlib.blake2b(f"{seed}/{piece}".encode(), digest_size=16).digest()
        key = int.from_bytes(digest, "big")
        found.append(np.random.Generator(np.random.Philox(key=key)))
    return found


def draw(
    sampler: Sampler,
    model: Any,
    start: Array,
    *,
    rng: Sequence[np.random.Generator],
    watch: Callable[[Step[Array]], None] | None = None,
) -> Array:
    """Run a sampler to its end and return its last state."""
    state = start
    for step in sampler.steps(model, start, rng=rng):
        state = step.state
        if watch:
            watch(step)
    return state
