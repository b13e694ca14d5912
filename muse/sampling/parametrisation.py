"""What a network was trained to say, as the clean sample x0; guidance; what is kept as given.

Each wrapper is a `Denoiser`: (x, alpha, sigma, cond) -> x0, where x = alpha x0 + sigma noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from muse.sampling.base import Denoiser


class Raw(Protocol):
    """A network that says something of x (B, ...) at the times (B,): noise, x0, v or velocity."""

    def __call__(self, x: Tensor, time: Tensor, cond: Any) -> Tensor: ...


@dataclass(frozen=True)
class Velocity:
    """A network that says noise - x0, as on the straight path (flow matching, Lipman et al. 2023).

    The time it is told is sigma; alpha + sigma = 1.
    """

    network: Raw

    def __call__(self, x: Tensor, alpha: float, sigma: float, cond: Any) -> Tensor:
        return (x - sigma * self.network(x, _times(x, sigma), cond)) / (alpha + sigma)


@dataclass(frozen=True)
class Noise:
    """A network that says the noise (Ho et al. 2020); not for points with alpha 0."""

    network: Raw

    def __call__(self, x: Tensor, alpha: float, sigma: float, cond: Any) -> Tensor:
        return (x - sigma * self.network(x, _times(x, sigma), cond)) / alpha


@dataclass(frozen=True)
class Clean:
    """A network that says x0 itself."""

    network: Raw

    def __call__(self, x: Tensor, alpha: float, sigma: float, cond: Any) -> Tensor:
        return self.network(x, _times(x, sigma), cond)


@dataclass(frozen=True)
class Guided:
    """Classifier-free guidance (Ho and Salimans 2022): further from what is said unasked.

    Attributes:
        denoiser: answers both questions in one call of twice the batch.
        scale: 1 says what is asked, more says it louder.
        unasked: the condition that asks nothing, or what is not wanted (negative words). It has
            the same form as `cond`: a tensor (B, ...) or a tuple of such tensors.
    """

    denoiser: Denoiser
    scale: float
    unasked: Any

    def __call__(self, x: Tensor, alpha: float, sigma: float, cond: Any) -> Tensor:
        if self.scale == 1:
            return self.denoiser(x, alpha, sigma, cond)
        both = self.denoiser(torch.cat((x, x)), alpha, sigma, _joined(cond, self.unasked))
        asked, unasked = both.chunk(2)
        return unasked + self.scale * (asked - unasked)


@dataclass(frozen=True)
class Kept:
    """Holds parts of a sample as they are given: inpainting by replacing them in x0.

    Attributes:
        denoiser: for the rest.
        given: the sample, (B, ...) or (1, ...).
        mask: True where it is kept; its shape broadcasts to the sample's.
    """

    denoiser: Denoiser
    given: Tensor
    mask: Tensor

    def __call__(self, x: Tensor, alpha: float, sigma: float, cond: Any) -> Tensor:
        return torch.where(self.mask, self.given, self.denoiser(x, alpha, sigma, cond))


def _times(x: Tensor, sigma: float) -> Tensor:
    return x.new_full((len(x),), sigma)


def _joined(cond: Any, unasked: Any) -> Any:
    if isinstance(cond, tuple):
        return tuple(torch.cat(pair) for pair in zip(cond, unasked))
    return torch.cat((cond, unasked))
