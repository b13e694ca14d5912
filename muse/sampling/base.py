"""What a sampler is: an iterator of steps. Progress, preview, streaming and cancel are one thing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class Step:
    """One step of a sampler.

    Attributes:
        index: number of the step, from 0.
        total: how many there will be, None if that is not known.
        state: all so far: ids (B, T), a sample (B, ...), or latents (n, D).
        fresh: what this step brought: ids (B, 1), a denoised preview, or a waypoint.
    """

    index: int
    total: int | None
    state: Tensor
    fresh: Tensor


class KeyValueCache(Protocol):
    """What a sampler needs of a cache."""

    length: int

    def fork(self, count: int) -> KeyValueCache: ...
    def rewind(self, to: int) -> None: ...


class NextToken(Protocol):
    """A network that scores next tokens: a decoder, a VAE's decoder, an image-code decoder."""

    def __call__(self, ids: Tensor, cache: Any = None) -> Tensor:
        """(B, T) -> logits (B, T, V)."""
        ...

    def new_cache(self, batch: int, length: int) -> Any: ...


class Denoiser(Protocol):
    """A network that cleans x_t = alpha x_0 + sigma noise: (B, ...) -> x_0 (B, ...)."""

    def __call__(self, x: Tensor, alpha: float, sigma: float, cond: Any) -> Tensor: ...


class Sampler(Protocol):
    """Turns a start into a sample, step by step."""

    def steps(self, model: Any, start: Tensor, *, rng: Sequence[torch.Generator]) -> Iterator[Step]:
        """Steps from `start`; `rng` holds one generator for each piece of the batch."""
        ...


def generators(seed: int, count: int, first: int = 0) -> list[torch.Generator]:
    """Generators of pieces `first` to `first + count` of a seed.

    Piece i has its own generator, so it is the same alone and in a batch.
    """
    found = []
    for piece in range(first, first + count):
        digest = hashlib.blake2b(f"{seed}/{piece}".encode(), digest_size=8).digest()
        found.append(torch.Generator().manual_seed(int.from_bytes(digest, "big") >> 1))
    return found


def draw(
    sampler: Sampler,
    model: Any,
    start: Tensor,
    *,
    rng: Sequence[torch.Generator],
    watch: Callable[[Step], None] | None = None,
) -> Tensor:
    """Run a sampler to its end and return its last state."""
    state = start
    with torch.inference_mode():
        for step in sampler.steps(model, start, rng=rng):
            state = step.state
            if watch:
                watch(step)
    return state
