"""What is learned: next tokens of packed pieces."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from muse.data.characters import VOCABULARY, WindowLoader
from muse.data.chinese import ChineseDraw
from muse.data.loader import Batch, Draw, Loader
from muse.data.shards import Shard
from muse.evaluate.characters import character_score
from muse.evaluate.frames import frame_score
from muse.evaluate.likelihood import network_nats
from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.characters import load_characters
from muse.train.shard import Place
from muse.works.base import WishError


class NextTokenObjective:
    """Cross-entropy of the next token within each packed piece.

    Args:
        config: the decoder's shape.
        shards: folder of `train.bin` and `valid.bin`.
        draw: how a piece is shown.
        rows, length, seed: of the loader.
        dropout: of the decoder's blocks.
        held_out_pieces: how many validation pieces an evaluation reads.
    """

    def __init__(
        self, config: DecoderConfig, shards: Path, draw: Draw, *, rows: int, length: int,
        seed: int, dropout: float = 0.0, held_out_pieces: int = 160,
    ) -> None:  # fmt: skip
        torch.manual_seed(seed)
        self.model = Decoder(config, dropout)
        self.draw, self.rows, self.length, self.seed = draw, rows, length, seed
        self.train_shard = Shard(shards / "train.bin")
        self.valid_shard = Shard(shards / "valid.bin")
        self.held_out_pieces = held_out_pieces
        if self.train_shard.index.vocabulary != config.vocab_size:
            raise WishError(f"{shards} has other tokens than the network; prepare the data again")

    def batches(self, first_step: int, place: Place) -> Iterator[Batch]:
        """This process's part of the batches, from `first_step` on."""
        loader = Loader(
            self.train_shard, self.draw, rows=self.rows, length=self.length, seed=self.seed,
            rank=place.rank, world=place.world,
        )  # fmt: skip
        return loader.batches(first_step)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Sum of nats over the targets of a batch, and their number."""
        ids, pieces = torch.from_numpy(batch.ids), torch.from_numpy(batch.pieces)
        logits = model(ids[:, :-1], pieces=pieces[:, :-1])
        wanted = (pieces[:, 1:] == pieces[:, :-1]) & (pieces[:, 1:] >= 0)
        targets = ids[:, 1:].masked_fill(~wanted, -100)
        total = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum")
        return total, wanted.sum()

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Nats a token and bits a note of validation pieces as they are, without holes."""
        places = np.linspace(0, len(self.valid_shard) - 1, self.held_out_pieces).astype(int)
        chosen = sorted(set(places.tolist()))
        nats, tokens, notes = 0.0, 0, 0
        assert isinstance(model, Decoder)
        for place in chosen:
            piece = self.valid_shard[place][: self.length + 1]
            losses = model.token_losses(torch.from_numpy(piece)[None])
            share = len(piece) / max(len(self.valid_shard[place]), 1)
            nats += float(losses.sum())
            tokens += losses.numel()
            notes += round(self.valid_shard.index.pieces[place].notes * share)
        return {"nats/token": nats / tokens, "bits/note": nats / math.log(2) / notes}


class FramesObjective(NextTokenObjective):
    """Next tokens of frame data, measured in exact joint nats a frame."""

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Nats a frame of the validation split's first pieces."""
        assert isinstance(model, Decoder)
        score = frame_score(model, self.valid_shard, self.length, self.held_out_pieces)
        return {"nats/frame": score.nats_per_frame, "nats/token": score.nats_per_token}


class CharactersObjective(NextTokenObjective):
    """Next characters, measured in exact nats a character of the whole validation split.

    The arguments are those of `NextTokenObjective`. A split of one text is shown as windows of it,
    others as packed texts.
    """

    def __init__(self, config: DecoderConfig, shards: Path, draw: Draw, **settings: Any) -> None:
        super().__init__(config, shards, draw, **settings)
        self.tokenizer = load_characters(shards / VOCABULARY)

    def batches(self, first_step: int, place: Place) -> Iterator[Batch]:
        """This process's part of the batches, from `first_step` on."""
        if len(self.train_shard) > 1:
            return super().batches(first_step, place)
        loader = WindowLoader(
            self.train_shard[0], rows=self.rows, length=self.length, seed=self.seed,
            rank=place.rank, world=place.world,
        )  # fmt: skip
        return loader.batches(first_step)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Sum of nats over the targets of a batch, and their number."""
        if batch.pieces.any():
            return super().loss(model, batch)
        # Each row is one piece: without a mask, attention takes its causal path, which is faster.
        ids = torch.from_numpy(batch.ids)
        logits, targets = model(ids[:, :-1]), ids[:, 1:]
        total = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum")
        return total, torch.tensor(targets.numel())

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Nats a character of the validation split (see `evaluate/characters.py`)."""
        score = character_score(network_nats(model), self.valid_shard, self.tokenizer, self.length)
        return {"nats/character": score.nats_per_character}


class VerseObjective(NextTokenObjective):
    """Next tokens of verse, measured behind the header: what it says is asked for, not written."""

    def __init__(self, config: DecoderConfig, shards: Path, draw: Draw, **settings: Any) -> None:
        super().__init__(config, shards, draw, **settings)
        if not isinstance(draw, ChineseDraw):
            raise TypeError("Chinese verse is shown by ChineseDraw")
        self.body = draw.tokenizer.pieces["Body"]

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Nats a token and bits a character of validation poems as they are, without holes."""
        assert isinstance(model, Decoder)
        chosen = np.linspace(0, len(self.valid_shard) - 1, self.held_out_pieces).astype(int)
        nats, tokens, characters = 0.0, 0, 0
        for place in sorted(set(chosen.tolist())):
            piece = self.valid_shard[place]
            if len(piece) > self.length + 1:
                continue
            body = int(np.flatnonzero(piece == self.body)[0]) if self.body in piece else 0
            losses = model.token_losses(torch.from_numpy(piece)[None])[..., body:]
            nats += float(losses.sum())
            tokens += losses.numel()
            characters += self.valid_shard.index.pieces[place].notes
        return {"nats/token": nats / tokens, "bits/character": nats / math.log(2) / characters}
