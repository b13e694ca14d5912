"""Objectives: the right sums, and losses that fall."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from muse.data.loader import Batch, melody_draw
from muse.models.decoder import DecoderConfig
from muse.tokens.melody import melody_vocabulary
from muse.train.kinds import decoder_config
from muse.train.objectives import NextTokenObjective
from muse.train.run import train
from muse.train.shard import Place
from muse.works.base import WishError

from .toys import read_log, toy_frames, toy_recipe, toy_shards


def objective(folder: Path, **changes: int) -> NextTokenObjective:
    recipe = toy_recipe(toy_shards(folder))
    settings = {"rows": 4, "length": 128, "seed": 0} | changes
    return NextTokenObjective(decoder_config(recipe), folder, melody_draw(0.1), **settings)


def test_melody_run_drives_its_losses_down(tmp_path: Path) -> None:
    recipe = toy_recipe(toy_shards(tmp_path / "shards"), steps=80, evaluate_every=20)
    measures = train(recipe, tmp_path)
    log = read_log(tmp_path / "toy")
    assert log[0]["loss"] > 4 and log[-1]["loss"] < 1.2, [line["loss"] for line in log]
    held_out = [line["held_out"]["nats/token"] for line in log if "held_out" in line]
    assert held_out == sorted(held_out, reverse=True) and held_out[-1] < 1.0
    assert measures == log[-1]["held_out"]
    assert set(measures) == {"nats/token", "bits/note"}


def test_frames_run_drives_its_losses_down(tmp_path: Path) -> None:
    recipe = toy_recipe(
        toy_frames(tmp_path / "shards"), name="jsb-sets", kind="frames", steps=60, evaluate_every=20
    )
    train(recipe, tmp_path)
    log = read_log(tmp_path / "jsb-sets")
    assert log[0]["loss"] > 2.5 and log[-1]["loss"] < 1.3
    assert log[-1]["held_out"]["nats/frame"] < 0.6 * log[1]["held_out"]["nats/frame"]


def test_loss_counts_each_piece_of_a_row_by_itself(tmp_path: Path) -> None:
    learned = objective(tmp_path)
    piece = torch.from_numpy(learned.valid_shard[0])
    other = torch.from_numpy(learned.valid_shard[1])
    length = len(piece) + len(other) + 5
    ids, pieces = np.zeros((1, length), np.int64), np.full((1, length), -1, np.int64)
    ids[0, : len(piece)], pieces[0, : len(piece)] = piece, 0
    ids[0, len(piece) : -5], pieces[0, len(piece) : -5] = other, 1
    total, count = learned.loss(learned.model, Batch(ids, pieces))
    apart = sum(learned.model.token_losses(each[None]).sum() for each in (piece, other))
    assert int(count) == len(piece) + len(other) - 2
    torch.testing.assert_close(total.detach(), apart, rtol=1e-5, atol=1e-3)


def test_held_out_is_the_mean_over_validation_pieces(tmp_path: Path) -> None:
    learned = objective(tmp_path)
    measures = learned.held_out(learned.model.eval())
    nats = tokens = 0.0
    for place in range(8):
        losses = learned.model.token_losses(torch.from_numpy(learned.valid_shard[place])[None])
        nats, tokens = nats + float(losses.sum()), tokens + losses.numel()
    assert measures["nats/token"] == pytest.approx(nats / tokens)
    assert measures["bits/note"] == pytest.approx(nats / np.log(2) / (8 * 16))


def test_batches_differ_by_rank_and_continue(tmp_path: Path) -> None:
    learned = objective(tmp_path)
    whole = learned.batches(0, Place())
    ranks = [learned.batches(0, Place(rank, 2)) for rank in range(2)]
    first, halves = next(whole), [next(each) for each in ranks]
    assert first.ids.shape == (4, 129)
    assert {tuple(row) for row in first.ids} == {tuple(row) for h in halves for row in h.ids}
    second = next(whole)
    assert (next(learned.batches(1, Place())).ids == second.ids).all()


def test_shards_of_another_vocabulary_are_refused(tmp_path: Path) -> None:
    recipe = toy_recipe(toy_shards(tmp_path))
    small = DecoderConfig(vocab_size=100, **recipe.model)
    assert len(melody_vocabulary()) != 100
    with pytest.raises(WishError, match="tokens"):
        NextTokenObjective(small, tmp_path, melody_draw(0.1), rows=4, length=128, seed=0)


def test_missing_shards_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(WishError, match="prepare the data"):
        train(toy_recipe(tmp_path / "nowhere"), tmp_path)
