"""Gaussian latents: their divergences, draws from them, and how strongly they are held down.

Shapes:
    mu, log_variance, z (..., D): of diagonal normal distributions; all results are in nats.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def gaussian_kl(
    mu: Tensor, log_variance: Tensor,
    prior_mu: Tensor | None = None, prior_log_variance: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """KL(q || p) of each latent dimension (..., D); p is the standard normal by default.

    Source: Kingma and Welling (2014), appendix B.
    """
    if prior_mu is None or prior_log_variance is None:
        return 0.5 * (mu.square() + log_variance.exp() - 1 - log_variance)
    apart = (mu - prior_mu).square() + log_variance.exp()
    return 0.5 * (apart * (-prior_log_variance).exp() - 1 + prior_log_variance - log_variance)


def reparameterised(mu: Tensor, log_variance: Tensor, rng: torch.Generator | None = None) -> Tensor:
    """A draw z = mu + sigma noise, through which gradients flow (Kingma and Welling 2014)."""
    noise = torch.empty_like(mu).normal_(generator=rng)
    return mu + (0.5 * log_variance).exp() * noise


def log_normal(z: Tensor, mu: Tensor, log_variance: Tensor) -> Tensor:
    """The log density of z under a diagonal normal, summed over its D dimensions: (...)."""
    scaled = (z - mu).square() * (-log_variance).exp()
    return -0.5 * (scaled + log_variance + math.log(2 * math.pi)).sum(-1)


def free_bits(kl: Tensor, floor: float) -> Tensor:
    """The divergence of a batch (B, D) that is paid for, a mean over the batch: a scalar.

    What a dimension says for less than `floor` nats in the mean of the batch costs no more than
    that, so that it is not switched off (Kingma et al. 2016).
    """
    return kl.mean(dim=0).clamp(min=floor).sum()


def risen(step: int, steps: int, end: float = 1.0) -> float:
    """A weight that rises in a line from 0 to `end` over `steps` (Bowman et al. 2016)."""
    return end * min(1.0, (step + 1) / steps) if steps > 0 else end
