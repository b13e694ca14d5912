"""The objective of the latent space: windows of tunes, its price, and that it learns to use latents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from muse.data.shards import PieceInfo, Shard, write_shard
from muse.data.windows import (
    WindowDraw,
    fixed_windows,
    full_bars,
    melody_sheet,
    octave_shifted,
    transposed,
    window,
)
from muse.models.latent import Posterior
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody import flatten, melody_vocabulary
from muse.tokens.melody_reading import read_sheet, score_of_sheet
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.train.latent_objective import LatentObjective, priced
from muse.train.optim import make_optimisers
from muse.train.recipe import DataWish, TrainRecipe
from muse.train.shard import Place
from muse.works.base import WishError
from muse.works.score import Note, Part, Score

IDS = melody_vocabulary()
SHAPE = {
    "hidden_size": 48, "intermediate_size": 64, "encoder_layers": 1, "decoder_layers": 1,
    "heads": 2, "groups": 1, "head_dim": 24, "whole_size": 4, "bar_size": 12,
}  # fmt: skip


def tune(seed: int, bars: int, pickup: int = 0, meter: str = "2/4") -> Score:
    """Random notes; some are tied over bar lines."""
    rng = np.random.default_rng(seed)
    length = Meter.parse(meter).bar_ticks * bars + pickup
    notes, at = [], 0
    while at < length:
        size = min(int(rng.choice((12, 24, 36))), length - at)
        notes.append(Note(at, size, 60 + int(rng.choice((0, 2, 4, 5, 7, 9)))))
        at += size
    return Score((Part(tuple(notes)),), bars, ((1, Meter.parse(meter)),), ((0, Key(seed % 12)),),
                 pickup=pickup, style="polka")  # fmt: skip


def written(folder: Path, count: int = 10, bars: int = 6) -> Path:
    for split in ("train", "valid"):
        pieces = []
        for seed in range(count):
            score = tune(seed, bars + 12 * (seed % 2), 24 * (seed % 3 == 0))
            info = PieceInfo("made", str(seed), str(seed), len(score.melody.notes), "polka")
            pieces.append((MelodyTokenizer().encode(score), info))
        write_shard(folder / f"{split}.bin", pieces, "melody", len(IDS))
    return folder


def recipe(shards: Path, **objective: float) -> TrainRecipe:
    return TrainRecipe(
        name="small", kind="blend", data=DataWish(shards=str(shards), sources=()), steps=10,
        rows=1, length=256, model=SHAPE, objective=dict(objective),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_windows_say_what_the_score_says_there(seed: int) -> None:
    score = replace(tune(seed, 9, 12 * (seed % 2), ("2/4", "6/8", "3/4")[seed % 3]), style="")
    sheet = melody_sheet(MelodyTokenizer().encode(score))
    pickup = int(bool(score.pickup))
    for first, last in ((1, 4), (3, 3), (5, 9)):
        places = range(0 if first == 1 else first - 1 + pickup, last + pickup)
        found = window(sheet, places.start, places.stop)
        wanted = replace(score.bar_slice(first, last), style="")
        assert score_of_sheet(read_sheet(flatten(found))) == wanted
        assert flatten(read_sheet(flatten(found))) == flatten(found)


def test_transposing_and_octaves_change_the_score_as_they_say() -> None:
    sheet = melody_sheet(MelodyTokenizer().encode(tune(3, 4)))
    score = score_of_sheet(sheet)
    up = score_of_sheet(octave_shifted(sheet, 1))
    assert [n.pitch - 12 for n in up.melody.notes] == [n.pitch for n in score.melody.notes]
    assert up.key == score.key
    moved = score_of_sheet(transposed(sheet, 2))
    assert moved.key == Key(score.key.tonic + 2)
    assert {b.pitch - a.pitch for a, b in zip(score.melody.notes, moved.melody.notes)} == {2}
    far = octave_shifted(sheet, 20)
    assert flatten(far) == flatten(sheet)


def test_draws_are_whole_windows_in_all_keys(tmp_path: Path) -> None:
    shard = Shard(written(tmp_path) / "train.bin")
    show, rng = WindowDraw(0.5, 0.5), np.random.default_rng(0)
    tonics, lengths, styles = set(), set(), 0
    for number in range(200):
        ids = show(shard[number % len(shard)], 200, rng)
        assert ids[0] == IDS["BOS"] and ids[-1] == IDS["EOS"] and len(ids) <= 200
        assert flatten(read_sheet(ids)) == ids
        names = [IDS.names[i] for i in ids]
        tonics.add(next(n for n in names if n.startswith("Tonic_")))
        lengths.add(full_bars(read_sheet(ids)))
        styles += "Style_polka" in names
    assert len(tonics) == 12 and {2, 4, 8, 16} <= lengths and 60 < styles < 140
    found = fixed_windows(list(shard), 4, 100)
    assert len(found) == len(shard) and {full_bars(sheet) for sheet in found} == {4}
    assert fixed_windows(list(shard), 4, 100, meters=("3/4",)) == []


def test_batches_go_on_where_a_run_stopped(tmp_path: Path) -> None:
    objective = LatentObjective(recipe(written(tmp_path)))
    batches = objective.batches(0, Place())
    first = [next(batches) for _ in range(6)]
    later = next(LatentObjective(recipe(tmp_path)).batches(5, Place()))
    assert later.step == 5 and (later.ids == first[5].ids).all()
    torch.manual_seed(1)
    once = objective.loss(objective.model, later)[0].item()
    torch.manual_seed(1)
    assert objective.loss(objective.model, later)[0].item() == once


def test_what_is_free_costs_nothing_more() -> None:
    small = Posterior(torch.full((5, 3), 0.1), torch.zeros(5, 3))
    assert float(priced(small, 0.5)) == pytest.approx(0.5 * 3 * 5)
    assert float(priced(small, 0.0)) == pytest.approx(float(small.nats().sum()))
    assert float(small.nats()[0, 0]) == pytest.approx(0.005)


def test_beta_rises_and_settings_are_checked(tmp_path: Path) -> None:
    objective = LatentObjective(recipe(written(tmp_path), beta=0.4, anneal_steps=8))
    assert [round(objective.beta(step), 3) for step in (0, 3, 7, 99)] == [0.05, 0.2, 0.4, 0.4]
    with pytest.raises(WishError, match="section objective"):
        LatentObjective(recipe(tmp_path, gamma=1))
    with pytest.raises(WishError, match="hidden_share"):
        LatentObjective(recipe(tmp_path, hidden_share=2))
    with pytest.raises(WishError, match="no field 'widths'"):
        LatentObjective(
            TrainRecipe(
                name="x",
                kind="blend",
                steps=1,
                model={"widths": 3},
                data=DataWish(shards=str(tmp_path), sources=()),
            )
        )


def test_it_learns_to_say_tunes_by_their_latents(tmp_path: Path) -> None:
    """The loss falls, and a tune is far cheaper by its own latents than by another's."""
    wished = recipe(written(tmp_path, count=8, bars=2), beta=0.02, anneal_steps=20,
                    hidden_share=0.3, held_out_windows=8)  # fmt: skip
    objective = LatentObjective(wished)
    model = objective.model
    optimisers = make_optimisers(model, 0.02, 1e-2, 0.95, 0.0)
    before = objective.held_out(model)
    batches = objective.batches(0, Place())
    for step in range(160):
        torch.manual_seed(step)
        total, count = objective.loss(model, next(batches))
        (total / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
    model.eval()
    after = objective.held_out(model)
    assert next(iter(after)) == "weighted nats/note"
    assert after["written nats/note"] < 0.35 * before["written nats/note"]
    assert after["active of bar"] >= 3
    batch = next(batches)
    ids, pieces = torch.from_numpy(batch.ids), torch.from_numpy(batch.pieces)
    with torch.no_grad():
        places = model.places(ids, pieces)
        whole, bars = model.encode(ids, pieces, places)
        wanted = objective._wanted(ids, pieces)
        costs = []
        for latents in (bars.mean, bars.mean.flip(0)):
            logits = model.score(ids, pieces, places, whole.mean, latents)
            costs.append(
                float(torch.nn.functional.cross_entropy(logits[:, :-1][wanted], ids[:, 1:][wanted]))
            )
    assert costs[0] < 0.7 * costs[1]
