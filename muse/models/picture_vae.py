"""A variational autoencoder of small pictures whose prior knows the classes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.nn.variational import gaussian_kl, log_normal


@dataclass(frozen=True)
class PictureVaeConfig:
    """Its shape.

    Attributes:
        size: rows and columns of a picture.
        width: of the hidden layers.
        blocks: of the encoder, and of the decoder.
        latent: dimensions of a latent.
        classes: each has a normal distribution of its own in the prior.
    """

    size: int = 28
    width: int = 480
    blocks: int = 1
    latent: int = 40
    classes: int = 10

    def __post_init__(self) -> None:
        if min(self.size, self.width, self.latent, self.classes) < 1 or self.blocks < 0:
            raise ValueError("all numbers are at least 1")


class Residual(nn.Module):
    """x + linear(gelu(linear(norm(x))))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, width)
        self.down = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) -> (B, D)."""
        return x + self.down(F.gelu(self.up(self.norm(x))))


class PictureVae(nn.Module):
    """q(z | x), p(x | z) of Bernoulli pixels, and p(z) = a mixture of a normal a class.

    The prior makes it class-conditional (z drawn from the class's normal) while the likelihood of
    a picture stays one number without any class: p(z) is summed over the classes exactly.
    """

    def __init__(self, config: PictureVaeConfig) -> None:
        super().__init__()
        self.config = config
        pixels, width = config.size**2, config.width
        self.pixels_in = nn.Linear(pixels, width)
        self.encoder = nn.Sequential(*(Residual(width) for _ in range(config.blocks)))
        self.encoder_norm = nn.LayerNorm(width)
        self.latent_out = nn.Linear(width, 2 * config.latent)
        self.latent_in = nn.Linear(config.latent, width)
        self.decoder = nn.Sequential(*(Residual(width) for _ in range(config.blocks)))
        self.decoder_norm = nn.LayerNorm(width)
        self.pixels_out = nn.Linear(width, pixels)
        self.prior_mu_embed = nn.Parameter(torch.randn(config.classes, config.latent) * 0.1)
        self.prior_log_variance_embed = nn.Parameter(torch.zeros(config.classes, config.latent))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (B, H, W) in 0 to 1 -> mu and log variance of z, each (B, D)."""
        y = self.encoder_norm(self.encoder(F.gelu(self.pixels_in(x.flatten(1) - 0.13))))
        mu, log_variance = self.latent_out(y).chunk(2, dim=-1)
        return mu, log_variance.clamp(-12, 4)

    def decode(self, z: Tensor) -> Tensor:
        """Latents (B, D) -> logits of the pixels (B, H, W)."""
        y = self.decoder_norm(self.decoder(self.latent_in(z)))
        return self.pixels_out(y).unflatten(1, (self.config.size, self.config.size))

    def prior(self, classes: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the latents of classes (B,), each (B, D)."""
        return self.prior_mu_embed[classes], self.prior_log_variance_embed[classes].clamp(-8, 2)

    def log_prior(self, z: Tensor) -> Tensor:
        """The log density of z (..., D) under the whole prior: (...)."""
        every = torch.arange(self.config.classes)
        mu, log_variance = self.prior(every)
        each = log_normal(z[..., None, :], mu, log_variance)
        return each.logsumexp(-1) - math.log(self.config.classes)

    def forward(self, x: Tensor, noise: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and divergence of pictures, whose latents are drawn by `noise` (B, D).

        Args:
            x: (B, H, W) in 0 to 1.
            noise: standard normal.
            classes: (B,).

        Returns:
            (B, H, W), and KL from the prior of the classes by dimension (B, D).
        """
        mu, log_variance = self.encode(x)
        logits = self.decode(mu + (0.5 * log_variance).exp() * noise)
        return logits, gaussian_kl(mu, log_variance, *self.prior(classes))
