"""The objective of a latent space of melodies: reconstruction and the price of the latents.

The bound of Kingma and Welling 2014, its second part weighted (Higgins et al. 2017, beta-VAE): with a small
`beta` the latents tell all of the tune (reconstruct first), with a larger one they tell what the
prior foresees (sample first). Free bits (Kingma et al. 2016) by number of the latent, over the
batch: what a number tells up to `free_nats` costs nothing. The decoder is shown its input with some
tokens hidden (Bowman et al. 2016), so that it asks the latents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.bundle_network import network_config
from muse.data.loader import Loader
from muse.data.shards import Shard
from muse.data.windows import WindowDraw, fixed_windows
from muse.models.latent import LatentModel, Posterior
from muse.models.latent_config import LatentConfig
from muse.tokens.melody import flatten, melody_vocabulary
from muse.train.recipe import TrainRecipe
from muse.train.shard import Place
from muse.works.base import WishError

ACTIVE_VARIANCE = 0.01
"""A number of a latent is active if its means vary more over data (Burda et al. 2016)."""


class LatentWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the objective, the section `objective` of a recipe.

    Attributes:
        beta: weight of the latents' nats.
        free_nats: nats of each number of a latent that cost nothing.
        anneal_steps: over so many steps `beta` rises from 0.
        hidden_share: how many of the decoder's input tokens are hidden, while training.
        style_share: how often the style is said.
        octave_share: how often a window is moved by an octave.
        held_out_windows: windows of 2 and of 16 bars each that an evaluation reads.
    """

    beta: float = 0.2
    free_nats: float = 0.1
    anneal_steps: int = 300
    hidden_share: float = 0.15
    style_share: float = 0.4
    octave_share: float = 0.15
    held_out_windows: int = 64

    def __post_init__(self) -> None:
        for name in ("hidden_share", "style_share", "octave_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie from 0 to 1, not {getattr(self, name)}")
        if self.beta < 0 or self.free_nats < 0 or self.anneal_steps < 0:
            raise ValueError("beta, free_nats and anneal_steps must not be negative")
        if self.held_out_windows < 2:
            raise ValueError(f"held_out_windows must be 2 or more, not {self.held_out_windows}")


def latent_wish(recipe: TrainRecipe) -> LatentWish:
    """The settings of a recipe's objective. Raises WishError for an unknown or wrong one."""
    try:
        return msgspec.convert(recipe.objective, LatentWish)
    except (msgspec.ValidationError, ValueError) as error:
        raise WishError(f"the recipe {recipe.name}, section objective: {error}") from error


def latent_config(recipe: TrainRecipe) -> LatentConfig:
    """The network's shape: the recipe's fields, and what the tokens say. Raises WishError."""
    ids = melody_vocabulary()
    bars = ids.family("Bar")
    known = {
        "vocab_size": len(ids), "pickup_id": ids["Pickup"], "first_bar_id": bars.start,
        "last_bar_id": bars.stop - 1,
    }  # fmt: skip
    found = network_config("blend", {**recipe.model, **known})
    assert isinstance(found, LatentConfig)
    return found


@dataclass(frozen=True)
class WindowBatch:
    """Packed windows, and the step that they are of."""

    ids: np.ndarray
    pieces: np.ndarray
    step: int


class LatentObjective:
    """The weighted bound over packed windows of tunes.

    Args:
        recipe: of kind `blend`.
    """

    def __init__(self, recipe: TrainRecipe) -> None:
        self.wish, config = latent_wish(recipe), latent_config(recipe)
        self.rows, self.length, self.seed = recipe.rows, recipe.length, recipe.seed
        torch.manual_seed(recipe.seed)
        self.model = LatentModel(config, recipe.dropout)
        shards = Path(recipe.data.shards)
        self.train_shard, self.valid_shard = (
            Shard(shards / "train.bin"),
            Shard(shards / "valid.bin"),
        )
        if self.train_shard.index.vocabulary != config.vocab_size:
            raise WishError(f"{shards} has other tokens than the network; prepare the data again")
        self.draw = WindowDraw(self.wish.style_share, self.wish.octave_share)
        self.written = torch.from_numpy(written_ids())
        self._held_out: list[list[int]] | None = None

    def batches(self, first_step: int, place: Place) -> Iterator[WindowBatch]:
        """This process's part of the batches, from `first_step` on."""
        loader = Loader(
            self.train_shard, self.draw, rows=self.rows, length=self.length, seed=self.seed,
            rank=place.rank, world=place.world,
        )  # fmt: skip
        for step, batch in enumerate(loader.batches(first_step), first_step):
            yield WindowBatch(batch.ids, batch.pieces, step)

    def beta(self, step: int) -> float:
        """The weight of the latents' nats at a step."""
        return self.wish.beta * min(1.0, (step + 1) / max(self.wish.anneal_steps, 1))

    def loss(self, model: nn.Module, batch: WindowBatch) -> tuple[Tensor, Tensor]:
        """Sum of the weighted nats of a batch, and how many tokens were written."""
        ids, pieces = torch.from_numpy(batch.ids), torch.from_numpy(batch.pieces)
        wanted = self._wanted(ids, pieces)
        hidden = self.written[ids] & (torch.rand(ids.shape) < self.wish.hidden_share)
        shown = ids.masked_fill(hidden, melody_vocabulary()["PAD"])
        logits, whole, bars = model(ids, pieces, shown)
        nats = _written_nats(logits, ids, wanted)
        told = sum(priced(each, self.wish.free_nats) for each in (whole, bars))
        return nats + self.beta(batch.step) * told, wanted.sum()

    @torch.no_grad()
    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Measures of held-out windows of 2 and of 16 bars, their latents drawn once.

        The first is what is trained: nats a note of the tune and, weighted by `beta`, of its latents.
        The unweighted bound follows, then what it is made of: nats a note of the tune from its latents,
        nats that the latents tell of a bar, and how many of their numbers are active.
        """
        assert isinstance(model, LatentModel)
        written = told = 0.0
        notes = bars_seen = 0
        means: tuple[list[Tensor], list[Tensor]] = ([], [])
        generator = torch.Generator().manual_seed(0)
        pitches = melody_vocabulary().family("Pitch")
        for row in self._windows():
            ids, pieces = torch.tensor([row]), torch.zeros(1, len(row), dtype=torch.int64)
            places = model.places(ids, pieces)
            found = model.encode(ids, pieces, places)
            drawn = [p.drawn(torch.randn(p.mean.shape, generator=generator)) for p in found]
            logits = model.score(ids, pieces, places, drawn[0], drawn[1])
            written += float(_written_nats(logits, ids, self._wanted(ids, pieces)))
            told += sum(float(p.nats().sum()) for p in found)
            notes += sum(i in pitches for i in row)
            bars_seen += len(found[1].mean)
            for kept, posterior in zip(means, found):
                kept.append(posterior.mean)
        active = [int((torch.cat(kept).var(0) > ACTIVE_VARIANCE).sum()) for kept in means]
        return {
            "weighted nats/note": (written + self.wish.beta * told) / notes,
            "bound nats/note": (written + told) / notes,
            "written nats/note": written / notes,
            "latent nats/bar": told / bars_seen,
            "active of whole": float(active[0]),
            "active of bar": float(active[1]),
        }

    def _wanted(self, ids: Tensor, pieces: Tensor) -> Tensor:
        """(B, T - 1), whether the token after each place is written and not given."""
        same = (pieces[:, 1:] == pieces[:, :-1]) & (pieces[:, 1:] >= 0)
        after_pickup = ids[:, :-1] == melody_vocabulary()["Pickup"]
        return same & self.written[ids[:, 1:]] & ~after_pickup

    def _windows(self) -> list[list[int]]:
        if self._held_out is None:
            pieces, count = list(self.valid_shard), self.wish.held_out_windows
            self._held_out = [
                flatten(sheet)
                for bars in (2, 16)
                for sheet in fixed_windows(pieces, bars, count, most=self.length)
            ]
            if not self._held_out:
                raise WishError("no validation tune has two bars of melody")
        return self._held_out


def written_ids() -> np.ndarray:
    """Which ids the decoder writes, (V,) bool: notes, rests and ends. All others are given."""
    names = melody_vocabulary().names
    return np.array([n.startswith(("Pitch_", "End_")) or n in ("Rest", "Tie") for n in names])


def priced(posterior: Posterior, free: float) -> Tensor:
    """Nats of a batch of latents, each number's mean over the batch at least `free`."""
    return posterior.nats().mean(0).clamp(min=free).sum() * len(posterior.mean)


def _written_nats(logits: Tensor, ids: Tensor, wanted: Tensor) -> Tensor:
    """Sum of nats of the tokens that are `wanted`."""
    return F.cross_entropy(logits[:, :-1][wanted], ids[:, 1:][wanted], reduction="sum")
