"""Generator and discriminator of small pictures, both told the class."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class PictureGanConfig:
    """The shape of both.

    Attributes:
        latent: dimensions of what a picture is made of.
        width: channels at a quarter of the size; half as many at half of it.
        size: rows and columns of a picture, a multiple of 4.
        classes: of pictures.
    """

    latent: int = 64
    width: int = 96
    size: int = 28
    classes: int = 10

    def __post_init__(self) -> None:
        if min(self.latent, self.width, self.size, self.classes) < 1:
            raise ValueError("all numbers are at least 1")
        if self.size % 4 or self.width % 8:
            raise ValueError("size is a multiple of 4, width of 8")


def _told(classes: Tensor, count: int) -> Tensor:
    return F.one_hot(classes, count).float()


class Generator(nn.Module):
    """Latents and classes to pictures in -1 to 1."""

    def __init__(self, config: PictureGanConfig) -> None:
        super().__init__()
        self.config = config
        width, rows = config.width, config.size // 4
        self.start = nn.Linear(config.latent + config.classes, width * rows**2)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1)
        self.third = nn.ConvTranspose2d(width // 2, width // 4, 4, stride=2, padding=1)
        self.last = nn.Conv2d(width // 4, 1, 3, padding=1)
        self.first_norm = nn.GroupNorm(8, width)
        self.second_norm = nn.GroupNorm(4, width // 2)
        self.third_norm = nn.GroupNorm(2, width // 4)

    def forward(self, z: Tensor, classes: Tensor) -> Tensor:
        """z (B, D), classes (B,) -> (B, 1, H, W)."""
        rows = self.config.size // 4
        x = self.start(torch.cat((z, _told(classes, self.config.classes)), dim=-1))
        x = x.unflatten(1, (self.config.width, rows, rows))
        x = x + self.first(F.leaky_relu(self.first_norm(x), 0.2))
        x = self.second(F.leaky_relu(x, 0.2))
        x = self.third(F.leaky_relu(self.second_norm(x), 0.2))
        return torch.tanh(self.last(F.leaky_relu(self.third_norm(x), 0.2)))


class Critic(nn.Module):
    """How real a picture looks as one of its class; the class takes part by a projection.

    Miyato and Koyama (2018). There is no normalisation, as gradient penalties want it.
    """

    def __init__(self, config: PictureGanConfig) -> None:
        super().__init__()
        width, rows = config.width, -(-config.size // 8)
        self.first = nn.Conv2d(4, width // 2, 3, padding=1)
        self.second = nn.Conv2d(width // 2, width, 4, stride=2, padding=1)
        self.third = nn.Conv2d(width, width, 3, padding=1)
        self.fourth = nn.Conv2d(width, width, 3, stride=2, padding=1)
        self.features = nn.Linear(width * rows**2, 128)
        self.out = nn.Linear(128, 1)
        self.class_embed = nn.Embedding(config.classes, 128)
        nn.init.normal_(self.class_embed.weight, std=0.02)

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        """x (B, 1, H, W), classes (B,) -> (B,)."""
        y = F.leaky_relu(self.first(F.pixel_unshuffle(x, 2)), 0.2)
        y = F.leaky_relu(self.second(y), 0.2)
        y = y + F.leaky_relu(self.third(y), 0.2)
        y = F.leaky_relu(self.fourth(y), 0.2)
        y = F.leaky_relu(self.features(y.flatten(1)), 0.2)
        return self.out(y)[:, 0] + (y * self.class_embed(classes)).sum(-1) / 128**0.5
