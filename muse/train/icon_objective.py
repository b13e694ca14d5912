"""What the painter of icons learns: the velocity, told a phrase and a style, each sometimes left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from muse.bundle_network import network_config
from muse.data.icons import STYLES, caption_rows, read_words, stored_concepts
from muse.data.pictures import PictureBatch
from muse.tokens.captions import caption_ids
from muse.train.flow_matching import even_times, flow_matching_loss
from muse.train.picture_objectives import PictureObjective, settings_of, signed
from muse.train.recipe import TrainRecipe


class IconWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings: how often the phrase, and how often the style, is left unsaid."""

    drop_words: float = 0.1
    drop_style: float = 0.15

    def __post_init__(self) -> None:
        if not 0 <= self.drop_words < 1 or not 0 <= self.drop_style < 1:
            raise ValueError("drop_words and drop_style lie from 0 to below 1")


class IconObjective(PictureObjective):
    """The flow of icons. The words of the network are those of the prepared data."""

    def __init__(self, recipe: TrainRecipe) -> None:
        self.wish = settings_of(recipe, IconWish)
        shards = Path(recipe.data.shards)
        self.concepts, words = stored_concepts(shards), read_words(shards)
        self.places = {word: place for place, word in enumerate(words)}
        self.fields = recipe.model | {"words": words, "styles": len(STYLES)}
        super().__init__(recipe)

    def configured(self) -> Any:
        """The recipe's shape with the words of the data."""
        return network_config(self.recipe.kind, self.fields)

    def told(self, phrases: list[str], labels: np.ndarray) -> tuple[Tensor, Tensor]:
        """Ids of phrases (B, S) and styles (B,)."""
        ids = [caption_ids(phrase, self.places)[0] for phrase in phrases]
        return torch.tensor(ids), torch.from_numpy(labels % len(STYLES))

    def loss(self, model: nn.Module, batch: PictureBatch) -> tuple[Tensor, Tensor]:
        """The sum of the icons' losses, and how many they are."""
        # Seeded by torch's generator, which the loop sets at each step.
        rng = np.random.default_rng(int(torch.randint(2**31, (1,))))
        phrases = list(caption_rows(batch.labels, self.concepts, rng))
        unsaid = rng.random(len(phrases)) < self.wish.drop_words
        phrases = ["" if none else phrase for phrase, none in zip(phrases, unsaid)]
        ids, style = self.told(phrases, batch.labels)
        free = torch.from_numpy(rng.random(len(phrases)) < self.wish.drop_style)
        style = style.masked_fill(free, len(STYLES))
        losses = flow_matching_loss(model, signed(batch.pixels), (ids, style))
        return losses.sum(), torch.tensor(len(losses))

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """The loss at even times of icons by their English names: seen ones, then unseen concepts."""
        found = {}
        for name, shard in (("seen", self.train_shard), ("unseen", self.valid_shard)):
            count = min(len(shard), 240)
            places = np.linspace(0, len(shard) - 1, count).astype(int)
            pixels, labels = np.asarray(shard.pixels[places]), shard.labels[places]
            phrases = [self.concepts[label // len(STYLES)].en for label in labels.tolist()]
            rng = torch.Generator().manual_seed(0)
            order = torch.from_numpy(np.random.default_rng(0).permutation(count))
            times = even_times(count)[order]
            told = self.told(phrases, labels)
            losses = flow_matching_loss(model, signed(pixels), told, rng, times)
            found[name] = float(losses.mean())
        return found
