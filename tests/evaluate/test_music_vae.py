"""The baseline of the latent space: its size, its windows, and that it learns and goes on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from muse.data.shards import PieceInfo, write_shard
from muse.evaluate.latent import step_classes
from muse.evaluate.music_vae import (
    MusicVae,
    MusicVaeRecipe,
    load_music_vae,
    padded,
    train,
    two_bar_windows,
)
from muse.theory.meter import Meter
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError
from muse.works.score import Note, Part, Score

SMALL = {"encoder": 48, "decoder": 32, "latent": 16, "steps": 60, "batch": 16, "rate": 1e-2}


def tune(seed: int) -> Score:
    rng = np.random.default_rng(seed)
    notes = tuple(Note(24 * k, 24, 60 + int(rng.integers(3)) * 2) for k in range(8))
    return Score((Part(notes),), 4, ((1, Meter(2, 4)),))


def shards(folder: Path) -> Path:
    for split in ("train", "valid"):
        found = []
        for seed in range(12):
            info = PieceInfo("made", str(seed), str(seed), 8)
            found.append((MelodyTokenizer().encode(tune(seed)), info))
        write_shard(folder / f"{split}.bin", found, "melody", 682)
    return folder


def test_it_has_as_many_parameters_as_the_published_network() -> None:
    """4.42 million, as its published manifest for the browser says."""
    assert MusicVae(MusicVaeRecipe()).parameter_count == pytest.approx(4.42e6, rel=0.01)


def test_windows_are_two_bars_and_held_notes_begin_anew() -> None:
    score = Score((Part((Note(0, 84, 60), Note(84, 60, 62), Note(144, 48, 64))),), 4,
                  ((1, Meter(2, 4)),))  # fmt: skip
    first, second = two_bar_windows([np.array(MelodyTokenizer().encode(score))])
    assert first.tolist() == [41, *[0] * 13, 43, 0]
    assert second.tolist() == [43, *[0] * 7, 45, *[0] * 7]
    assert step_classes(score.bar_slice(3, 4)).tolist() == second.tolist()


def test_a_window_is_the_same_alone_and_in_a_batch() -> None:
    torch.manual_seed(0)
    model = MusicVae(MusicVaeRecipe(encoder=16, decoder=8, latent=4)).eval()
    short, long = np.array([41, 0, 43, 0]), np.array([45, 0, 0, 0, 1, 0, 47, 0])
    together = model.encode(*padded([short, long]))[0]
    torch.testing.assert_close(together[:1], model.encode(*padded([short]))[0])
    rows, _ = padded([long])
    z = torch.randn(1, 4)
    torch.testing.assert_close(
        model.decode(rows, z), model.decode(rows, z, torch.tensor([True] + [False] * 7))
    )
    drawn = model.draw(z.expand(5, -1), 6, torch.Generator().manual_seed(1))
    assert drawn.shape == (5, 6)


def test_it_learns_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    recipe = MusicVaeRecipe(**SMALL)  # type: ignore[arg-type]
    folder, run = shards(tmp_path), tmp_path / "run"
    whole = train(folder, tmp_path / "whole", recipe, evaluate_every=30)
    train(folder, run, recipe, seconds=0, evaluate_every=30)
    assert json.loads((run / "log.jsonl").read_text().splitlines()[0])["step"] == 1
    again = train(folder, run, recipe, evaluate_every=30)
    assert again == pytest.approx(whole)
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert (
        lines[-1]["held_out"]["written nats/window"]
        < 0.5 * (lines[0]["held_out"]["written nats/window"])
    )
    model, state = load_music_vae(run / "best.safetensors")
    assert state["step"] in (30, 60) and not model.training
    with pytest.raises(WishError, match="another recipe"):
        train(folder, run, MusicVaeRecipe(**{**SMALL, "steps": 61}))  # type: ignore[arg-type]
    with pytest.raises(WishError, match=r"muse\.evaluate\.music_vae"):
        load_music_vae(tmp_path / "none.safetensors")
