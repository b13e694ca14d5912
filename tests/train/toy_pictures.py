"""Toy pictures of ten classes, small networks, and their recipes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from muse.data.pictures import write_pictures
from muse.train.recipe import TrainRecipe

MODELS: dict[str, dict[str, Any]] = {
    "digits-flow": {"width": 32, "layers": 2, "heads": 2},
    "digits-vae": {"width": 48, "latent": 8},
    "digits-gan": {"latent": 8, "width": 16},
    "digits-codes": {"width": 24, "blocks": 1},
}
"""Shapes of networks that learn toy pictures in seconds."""


def toy_digits(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures 28 x 28 with a bright bar, whose place is the class and whose length varies."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    pixels = np.zeros((count, 28, 28), np.uint8)
    for place, label in enumerate(labels):
        length = int(rng.integers(14, 24))
        pixels[place, 2 + 2 * label : 5 + 2 * label, 2 : 2 + length] = 255
    return pixels, labels.astype(np.int64)


def toy_picture_shards(folder: Path, count: int = 200) -> Path:
    """Shards of toy pictures with the report that `muse data prepare` would write."""
    for seed, (split, size) in enumerate((("train", count), ("valid", 60), ("test", 60))):
        write_pictures(folder / f"{split}.npy", *toy_digits(size, seed))
    (folder / "report.json").write_text(
        msgspec.json.encode({"splits": {"train": {"pictures": count}}}).decode()
    )
    return folder


def toy_picture_recipe(kind: str, shards: Path, **changes: Any) -> TrainRecipe:
    """A run of a tiny network of a kind; `changes` replace keys of the recipe."""
    keys: dict[str, Any] = {
        "name": kind, "kind": kind, "data": {"shards": str(shards), "sources": ["mnist"]},
        "steps": 30, "rows": 16, "evaluate_every": 10, "checkpoint_every": 10, "seed": 1,
        "model": MODELS.get(kind, {}),
        "optim": {"muon_rate": 0.0, "adam_rate": 5e-3, "warmup": 3, "ema": 0.9, "warmdown": 0.3},
    }  # fmt: skip
    return msgspec.convert(keys | changes, TrainRecipe)
