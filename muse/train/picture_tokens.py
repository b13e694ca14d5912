"""Shards of the tokens of pictures, written by the mosaic network of an earlier run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import torch

from muse.bundle_network import network_config
from muse.data.pictures import SPLITS, PictureShard
from muse.data.shards import PieceInfo, write_shard
from muse.models.mosaic import Mosaic
from muse.tokens.mosaic import CODES, PLACES, mosaic_ids, mosaic_vocabulary
from muse.train.checkpoint import load_checkpoint
from muse.train.recipe import TrainRecipe, load_train_recipe, recipe_of_run
from muse.works.base import WishError, write_atomically

CODES_RUN = "digits-codes"


def load_mosaic(run: Path) -> tuple[Mosaic, TrainRecipe]:
    """The best mosaic network of a run, and its recipe.

    Raises:
        WishError: if there is none, or it is of another kind or shape.
    """
    recipe = recipe_of_run(run) or load_train_recipe(run.name)
    if recipe.kind != "digits-codes":
        raise WishError(f"{run} is a run of kind {recipe.kind!r}, not of digits-codes")
    model = Mosaic(network_config(recipe.kind, recipe.model))
    if model.config.codes != CODES or model.config.rows**2 != PLACES:
        raise WishError(f"{run}: its mosaics are not of {PLACES} codes out of {CODES}")
    path = run / "best.safetensors"
    try:
        model.load_state_dict(load_checkpoint(path)[0])
    except RuntimeError as error:
        raise WishError(f"{path} does not fit the recipe {recipe.name}") from error
    return model.eval().requires_grad_(False), recipe


def prepare_mosaics(recipe: TrainRecipe, folder: Path | None) -> dict[str, dict[str, int]]:
    """Write the pictures that a run of digits-codes learned from as tokens.

    Args:
        recipe: whose shards are written.
        folder: of that run, `runs/digits-codes` by default.

    Raises:
        WishError: if there is no such run, or no pictures.
    """
    run = folder or Path("runs") / CODES_RUN
    model, source = load_mosaic(run)
    pictures, out = Path(source.data.shards), Path(recipe.data.shards)
    report = {}
    for split in SPLITS:
        shard = PictureShard(pictures / f"{split}.npy")
        found = write_shard(
            out / f"{split}.bin", pieces(model, shard), "mosaic", len(mosaic_vocabulary())
        )
        report[split] = {"pictures": found["pieces"], "tokens": found["tokens"]}
    told = {"sources": {run.name: {"mosaics": str(run)}}, "splits": report}
    write_atomically(out / "report.json", msgspec.json.format(msgspec.json.encode(told)))
    return report


def pieces(model: Mosaic, shard: PictureShard) -> Iterator[tuple[list[int], PieceInfo]]:
    """The ids of each picture of a shard."""
    for at in range(0, len(shard), 500):
        pixels = torch.from_numpy(np.array(shard.pixels[at : at + 500])).float() / 255
        with torch.inference_mode():
            codes = model.codes(pixels).tolist()
        for number, row in enumerate(codes, at):
            label = int(shard.labels[number])
            yield mosaic_ids(label, row), PieceInfo("pictures", str(number), str(label), len(row))
