"""`muse evaluate` of a latent space, on an untrained one and a few tunes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from muse.cli import run
from muse.data.shards import PieceInfo, write_shard
from muse.evaluate.attributes import ATTRIBUTES
from muse.evaluate.music_vae import MusicVaeRecipe, train
from muse.makers.latent_survey import survey
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.score import Note, Part, Score

from ..makers.tiny_blender import tiny_blend_bundle, tiny_model


def tune(seed: int) -> Score:
    rng = np.random.default_rng(seed)
    meter = ("4/4", "6/8", "4/4")[seed % 3]
    length, notes, at = Meter.parse(meter).bar_ticks * 17, [], 0
    while at < length:
        size = min(int(rng.choice((12, 24))), length - at)
        notes.append(Note(at, size, 60 + int(rng.choice((0, 2, 4, 5, 7)))))
        at += size
    return Score((Part(tuple(notes)),), 17, ((1, Meter.parse(meter)),), ((0, Key(seed % 12)),))


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    for split in ("train", "valid", "test"):
        found = []
        for seed in range(9):
            info = PieceInfo("made", str(seed), str(seed), 100)
            found.append((MelodyTokenizer().encode(tune(seed)), info))
        write_shard(folder / f"{split}.bin", found, "melody", 682)
    return folder


def test_all_measures_of_a_bundle(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    tiny_blend_bundle(tmp_path / "blend")
    small = MusicVaeRecipe(encoder=8, decoder=8, latent=4, steps=1, batch=2)
    train(shards, tmp_path / "runs" / "music_vae", small)
    arguments = ["evaluate", "blend", "--shards", str(shards), "--count", "2", "-o", "e.json"]
    assert run(arguments) == 0
    found = json.loads((tmp_path / "e.json").read_text())
    assert set(found) == {
        "reconstruction", "music_vae", "latents", "interpolation", "samples", "steering"
    }  # fmt: skip
    rebuilt = found["reconstruction"]
    assert rebuilt["2 bars, means latents"]["windows"] == 2
    assert 0 <= rebuilt["16 bars, drawn latents"]["step_accuracy"] < 1
    assert found["music_vae"]["trained"]["step"] == 1
    assert found["samples"]["with_violations"] == 0 and found["samples"]["drawn"] == 2
    assert found["interpolation"]["pairs"] >= 1
    assert set(found["interpolation"]) > {"sphere", "straight", "crossfade"}
    assert set(ATTRIBUTES) < set(found["steering"])
    assert "command" in found["latents"]


def test_survey_measures_every_direction(shards: Path) -> None:
    from muse.data.shards import Shard

    model, told = tiny_model(), []
    pieces = list(Shard(shards / "train.bin"))
    space = survey(model, pieces, pieces, windows=9, say=told.append)
    assert list(space.directions) == list(ATTRIBUTES) and len(told) == 2 * len(ATTRIBUTES)
    assert all(len(each.step) == 11 for each in space.directions.values())
    assert np.isfinite([each.step for each in space.directions.values()]).all()
    assert len(space.map.points) == 18
    places = np.array([space.map.place(np.array(space.map.centre)[None])])
    assert np.allclose(places, 0)
