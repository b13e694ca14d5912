"""Flow matching: a network learns the velocity of the straight path from data to noise.

Lipman et al. (2023); Liu et al. (2023); times drawn as Esser et al. (2024) found best.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def logit_normal_times(
    count: int, rng: torch.Generator | None = None, mean: float = 0.0, spread: float = 1.0
) -> Tensor:
    """Times (count,) in 0 to 1 whose logits are normal; middle ones are the most frequent."""
    return torch.sigmoid(torch.randn(count, generator=rng) * spread + mean)


def even_times(count: int) -> Tensor:
    """Times (count,) in the middle of equal parts of 0 to 1: for measuring."""
    return (torch.arange(count) + 0.5) / count


def flow_matching_loss(
    network: Callable[[Tensor, Tensor, Any], Tensor], x0: Tensor, cond: Any,
    rng: torch.Generator | None = None, times: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The squared error of the velocity, a mean over each sample: (B,).

    Args:
        network: (x (B, ...), times (B,), cond) -> velocity, noise - x0.
        x0: clean samples (B, ...).
        cond: handed to the network.
        rng: of noise and times; torch's own by default.
        times: (B,); drawn logit-normally by default.
    """
    if times is None:
        times = logit_normal_times(len(x0), rng)
    times = times.to(x0)
    noise = torch.empty_like(x0).normal_(generator=rng)
    t = times.view(-1, *(1,) * (x0.ndim - 1))
    velocity = network((1 - t) * x0 + t * noise, times, cond)
    return (velocity - (noise - x0)).square().flatten(1).mean(1)
