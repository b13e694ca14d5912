"""Renders of a toy instrument, made by numpy: a few seconds of decaying tones."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from muse.data.renders import RATE, Render, RenderIndex
from muse.train.recipe import TrainRecipe
from muse.works.sounding import harmonic_source


def toy_renders(folder: Path) -> Path:
    """Shards of two pieces a split: the harmonic source, dulled, is what the instrument plays."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, split in enumerate(("train", "valid", "test")):
        rng = np.random.default_rng(number)
        sounds, rows, pieces = [], [], []
        at = first = 0
        for instrument in (0, 5):
            starts = np.arange(0.1, 3, 0.4)
            pitches = rng.integers(50, 80, len(starts))
            notes = np.stack([starts, starts + 0.3, pitches, np.full(len(starts), 90)], axis=1)
            sound = 3 * harmonic_source(notes, RATE, 0, 4 * RATE)
            dull = np.convolve(sound, np.ones(4) / 4, "same") if instrument else sound
            sounds.append((dull * 32767).clip(-32767, 32767).astype("<i2"))
            pieces.append(Render(instrument, at, len(dull), first, len(notes), "toy"))
            rows.append(notes)
            at, first = at + len(dull), first + len(notes)
        np.concatenate(sounds).tofile(folder / f"{split}.pcm")
        np.save(folder / f"{split}.notes.npy", np.concatenate(rows).astype(np.float32))
        index = RenderIndex(RATE, "toy", pieces)
        (folder / f"{split}.json").write_bytes(msgspec.json.encode(index))
    return folder


def toy_recipe(kind: str, folder: Path, steps: int, **more: object) -> TrainRecipe:
    """A recipe of a voice small enough to learn in seconds."""
    keys = {
        "name": kind, "kind": kind, "steps": steps, "rows": 4, "length": 17,
        "evaluate_every": 1000, "checkpoint_every": 1000,
        "data": {"shards": str(folder), "sources": ["melody"]},
        "model": {"size": 32, "layers": 2},
        "optim": {"muon_rate": 0, "adam_rate": 3e-3, "warmup": 5, "warmdown": 0.2, "clip": 20},
    }  # fmt: skip
    return msgspec.convert(keys | more, TrainRecipe)
