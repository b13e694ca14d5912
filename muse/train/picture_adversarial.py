"""Generator against critic, as one module with one loss.

The critic says how much more real a real picture looks than a made one (relativistic pairing,
Jolicoeur-Martineau 2019), held down by the gradient penalties R1 and R2 at real and made pictures, which
makes training converge without other help (R3GAN, Huang et al. 2024). The generator's part calls
the critic with parameters that take no gradient, so that one backward pass serves both.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from muse.data.pictures import PictureBatch
from muse.evaluate.picture import class_distance, principal_components
from muse.models.picture_gan import Critic, Generator, PictureGanConfig
from muse.train.picture_objectives import PictureObjective, settings_of, signed
from muse.train.recipe import TrainRecipe

COMPONENTS = 40
"""Principal components of pixels in which the held-out distance is measured."""


class GanWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings.

    Attributes:
        penalty: weight of the gradient penalties (gamma).
        penalty_every: steps between them; each counts that much more (Karras et al. 2020).
    """

    penalty: float = 1.0
    penalty_every: int = 4

    def __post_init__(self) -> None:
        if self.penalty < 0 or self.penalty_every < 1:
            raise ValueError("penalty is at least 0 and penalty_every at least 1")


class Adversaries(nn.Module):
    """Generator and critic; called, it says their common loss."""

    def __init__(self, config: PictureGanConfig) -> None:
        super().__init__()
        self.generator = Generator(config)
        self.critic = Critic(config)

    def forward(self, real: Tensor, classes: Tensor, z: Tensor, penalty: float) -> Tensor:
        """The loss of the critic and of the generator, summed, of each pair: (B,).

        Args:
            real: pictures (B, 1, H, W) in -1 to 1.
            classes: (B,), of the real and of the made pictures.
            z: what is made a picture of, (B, D).
            penalty: weight of the gradient penalties; they are left out at 0.
        """
        made = self.generator(z, classes)
        shown = made.detach()
        if penalty:
            real, shown = real.requires_grad_(), shown.requires_grad_()
        of_real, of_made = self.critic(torch.cat((real, shown)), classes.repeat(2)).chunk(2)
        loss = F.softplus(of_made - of_real)
        if penalty:
            for scores, pictures in ((of_real, real), (of_made, shown)):
                (slope,) = torch.autograd.grad(scores.sum(), pictures, create_graph=True)
                loss = loss + penalty / 2 * slope.square().flatten(1).sum(1)
        still = {name: each.detach() for name, each in self.critic.named_parameters()}
        hoped = functional_call(self.critic, still, (made, classes))
        return loss + F.softplus(of_real.detach() - hoped)


class AdversarialObjective(PictureObjective):
    """A generator of labelled pictures."""

    def __init__(self, recipe: TrainRecipe) -> None:
        self.wish = settings_of(recipe, GanWish)
        super().__init__(recipe)
        count = min(len(self.valid_shard), 5000)
        self.real = signed(np.asarray(self.valid_shard.pixels[:count])).flatten(1).numpy()
        self.labels = self.valid_shard.labels[:count]
        parts = min(COMPONENTS, self.real.shape[1], max(2, count // 20))
        self.mean, self.directions = principal_components(self.real, parts)

    def network(self) -> nn.Module:
        """Generator and critic."""
        return Adversaries(self.config)

    def loss(self, model: nn.Module, batch: PictureBatch) -> tuple[Tensor, Tensor]:
        """The sum of the losses of both, and the number of pairs."""
        z = torch.randn(len(batch.labels), self.config.latent)
        every = self.wish.penalty_every
        penalty = self.wish.penalty * every if batch.step % every == 0 else 0.0
        losses = model(signed(batch.pixels), torch.from_numpy(batch.labels), z, penalty)
        return losses.sum(), torch.tensor(len(losses))

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """The distance to validation pictures of the same classes, in principal components."""
        network: Any = model
        rng = torch.Generator().manual_seed(0)
        labels, drawn = torch.from_numpy(self.labels), []
        for at in range(0, len(labels), 500):
            z = torch.randn(len(labels[at : at + 500]), self.config.latent, generator=rng)
            drawn.append(network.generator(z, labels[at : at + 500]).flatten(1).numpy())
        rows = [
            (each - self.mean) @ self.directions.T for each in (np.concatenate(drawn), self.real)
        ]
        return {"distance": class_distance(rows[0], self.labels, rows[1], self.labels)}
