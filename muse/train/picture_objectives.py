"""What networks of labelled pictures learn: a flow, a variational bound, a mosaic and its tokens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.bundle_network import build_network, network_config
from muse.data.loader import Batch
from muse.data.pictures import PictureBatch, PictureShard, picture_batches
from muse.nn.variational import free_bits, risen
from muse.train.flow_matching import even_times, flow_matching_loss
from muse.train.objectives import NextTokenObjective
from muse.train.recipe import TrainRecipe
from muse.train.shard import Place
from muse.works.base import WishError

HELD_OUT = 2000
"""Validation pictures that an evaluation looks at."""

S = TypeVar("S")


def settings_of(recipe: TrainRecipe, kind: type[S]) -> S:
    """The section `objective` of a recipe. Raises WishError for unknown or wrong settings."""
    try:
        return msgspec.convert(recipe.objective, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise WishError(f"the recipe {recipe.name}, section objective: {error}") from error


def signed(pixels: np.ndarray) -> Tensor:
    """Pictures (B, H, W) or (B, H, W, C) uint8 as (B, C, H, W) in -1 to 1."""
    x = torch.from_numpy(np.array(pixels)).float() / 127.5 - 1
    return x[:, None] if x.ndim == 3 else x.permute(0, 3, 1, 2).contiguous()


def unit(pixels: np.ndarray) -> Tensor:
    """Grey pictures (B, H, W) uint8 in 0 to 1."""
    return torch.from_numpy(np.array(pixels)).float() / 255


class PictureObjective:
    """What the objectives of pictures share: the network, the shards, the batches."""

    def __init__(self, recipe: TrainRecipe) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.config = self.configured()
        self.model = self.network()
        shards = Path(recipe.data.shards)
        self.train_shard = PictureShard(shards / "train.npy")
        self.valid_shard = PictureShard(shards / "valid.npy")
        size = self.train_shard.pixels.shape[1:3]
        if size != (self.config.size, self.config.size):
            raise WishError(f"{shards} holds pictures of {size}, the network is of another size")

    def configured(self) -> Any:
        """The network's shape. Raises WishError."""
        return network_config(self.recipe.kind, self.recipe.model)

    def network(self) -> nn.Module:
        """A new network."""
        return build_network(self.recipe.kind, self.config)

    def batches(self, first_step: int, place: Place) -> Iterator[PictureBatch]:
        """This process's part of the batches, from `first_step` on."""
        return picture_batches(
            self.train_shard, rows=self.recipe.rows, seed=self.recipe.seed,
            first_step=first_step, rank=place.rank, world=place.world,
        )  # fmt: skip

    def validation(self) -> Iterator[tuple[np.ndarray, Tensor]]:
        """Pixels and labels of the first validation pictures, some at a time."""
        for at in range(0, min(HELD_OUT, len(self.valid_shard)), 500):
            some = slice(at, min(at + 500, HELD_OUT, len(self.valid_shard)))
            yield (
                np.asarray(self.valid_shard.pixels[some]),
                torch.from_numpy(self.valid_shard.labels[some]),
            )


class FlowWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings: `drop_class` is how often the class is left unsaid, for guidance."""

    drop_class: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.drop_class < 1:
            raise ValueError("drop_class lies from 0 to below 1")


class PictureFlowObjective(PictureObjective):
    """The velocity from pictures to noise, told the class (see `flow_matching.py`)."""

    def __init__(self, recipe: TrainRecipe) -> None:
        self.wish = settings_of(recipe, FlowWish)
        super().__init__(recipe)

    def loss(self, model: nn.Module, batch: PictureBatch) -> tuple[Tensor, Tensor]:
        """The sum of the pictures' losses, and how many they are."""
        labels = torch.from_numpy(batch.labels)
        unsaid = torch.rand(len(labels)) < self.wish.drop_class
        told = labels.masked_fill(unsaid, self.config.classes)
        losses = flow_matching_loss(model, signed(batch.pixels), told)
        return losses.sum(), torch.tensor(len(losses))

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """The loss at even times, with the class said, and with it left unsaid."""
        sums, count = np.zeros(2), 0
        for number, (pixels, labels) in enumerate(self.validation()):
            x0, times = signed(pixels), even_times(len(pixels))
            nothing = torch.full_like(labels, self.config.classes)
            for place, told in enumerate((labels, nothing)):
                rng = torch.Generator().manual_seed(number)
                sums[place] += float(flow_matching_loss(model, x0, told, rng, times).sum())
            count += len(pixels)
        return {"squared error": float(sums[0]) / count, "unasked": float(sums[1]) / count}


class VaeWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings.

    Attributes:
        beta: weight of the divergence (Higgins et al. 2017); 1 is the bound itself.
        warm_steps: over which it rises.
        floor: nats of a dimension that cost nothing less (free bits).
    """

    beta: float = 1.0
    warm_steps: int = 2000
    floor: float = 0.0


class PictureVaeObjective(PictureObjective):
    """The evidence bound of pictures whose pixels are set with a chance of their grey value.

    This is dynamic binarisation: each showing of a picture is another draw.
    """

    def __init__(self, recipe: TrainRecipe) -> None:
        self.wish = settings_of(recipe, VaeWish)
        super().__init__(recipe)

    def loss(self, model: nn.Module, batch: PictureBatch) -> tuple[Tensor, Tensor]:
        """Sum of nats, with the divergence weighted, and the number of pictures."""
        x = torch.bernoulli(unit(batch.pixels))
        noise = torch.randn(len(x), self.config.latent)
        logits, kl = model(x, noise, torch.from_numpy(batch.labels))
        told = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        beta = risen(batch.step, self.wish.warm_steps, self.wish.beta)
        return told + beta * free_bits(kl, self.wish.floor) * len(x), torch.tensor(len(x))

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """The bound in nats a picture at beta 1, and its two parts."""
        told, apart, count = 0.0, 0.0, 0
        for number, (pixels, labels) in enumerate(self.validation()):
            rng = torch.Generator().manual_seed(number)
            x = torch.bernoulli(unit(pixels), generator=rng)
            noise = torch.randn(len(x), self.config.latent, generator=rng)
            logits, kl = model(x, noise, labels)
            told += float(F.binary_cross_entropy_with_logits(logits, x, reduction="sum"))
            apart += float(kl.sum())
            count += len(x)
        return {"nats": (told + apart) / count, "pixels": told / count, "latents": apart / count}


class MosaicObjective(PictureObjective):
    """The pixels of a picture from its codes: cross-entropy with the grey values as chances."""

    def loss(self, model: nn.Module, batch: PictureBatch) -> tuple[Tensor, Tensor]:
        """Sum of nats and the number of pictures."""
        x = unit(batch.pixels)
        loss = F.binary_cross_entropy_with_logits(model(x), x, reduction="sum")
        return loss, torch.tensor(len(x))

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Nats a picture, the squared error of a pixel, and in how many nats codes differ."""
        nats, squares, count = 0.0, 0.0, 0
        network: Any = model
        times = torch.zeros(self.config.codes)
        for pixels, _ in self.validation():
            x = unit(pixels)
            logits = model(x)
            nats += float(F.binary_cross_entropy_with_logits(logits, x, reduction="sum"))
            squares += float((logits.sigmoid() - x).square().sum())
            times += torch.bincount(network.codes(x).flatten(), minlength=len(times))
            count += len(x)
        shares = times / times.sum()
        entropy = float(-(shares * shares.clamp(min=1e-12).log()).sum())
        return {"nats": nats / count, "squared error": squares / count / x[0].numel(),
                "entropy of a code": entropy}  # fmt: skip


class MosaicTokensObjective(NextTokenObjective):
    """The next code of a mosaic. Each row is one picture: attention takes its causal path."""

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Sum of nats over the codes of a batch, and their number."""
        ids = torch.from_numpy(batch.ids)
        logits, targets = model(ids[:, :-1]), ids[:, 1:]
        total = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum")
        return total, torch.tensor(targets.numel())

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Nats of all codes of a picture, given its class, over validation pictures."""
        nats, count = 0.0, min(HELD_OUT, len(self.valid_shard))
        network: Any = model
        for at in range(0, count, 250):
            rows = [self.valid_shard[place] for place in range(at, min(at + 250, count))]
            nats += float(network.token_losses(torch.from_numpy(np.stack(rows))).sum())
        return {"nats/picture": nats / count}
