"""One training run from its recipe: what `muse train NAME` and `torchrun -m muse train` start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from muse.data.frames import frame_draw
from muse.data.loader import melody_draw
from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.frames import frame_vocabulary
from muse.tokens.melody import melody_vocabulary
from muse.train.checkpoint import load_checkpoint
from muse.train.loop import Progress, fit
from muse.train.objectives import FramesObjective, NextTokenObjective
from muse.train.recipe import TrainRecipe
from muse.train.shard import join, leave
from muse.works.base import WishError


def decoder_config(recipe: TrainRecipe) -> DecoderConfig:
    """The decoder that a recipe asks for. Raises WishError if its keys are wrong."""
    vocabulary = frame_vocabulary() if recipe.kind == "frames" else melody_vocabulary()
    shape = {"vocab_size": len(vocabulary), "max_position_embeddings": 2048}
    try:
        return DecoderConfig(**(shape | recipe.model))
    except (TypeError, ValueError) as error:
        raise WishError(f"the recipe {recipe.name}, section model: {error}") from error


def train(
    recipe: TrainRecipe,
    runs: Path = Path("runs"),
    sharding: str = "ddp",
    watch: Callable[[Progress], None] = lambda progress: None,
    stop_at: int | None = None,
) -> dict[str, float]:
    """Train, or go on training, the run of a recipe.

    Args:
        recipe: what and how.
        runs: the run's folder is `runs/<name>`.
        sharding: "ddp" or "fsdp", when there are several processes.
        watch: is told of the progress.
        stop_at: stop after this step, as if killed there.

    Returns:
        The last held-out measures.
    """
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    place = join(sharding)
    if recipe.rows % place.world:
        raise WishError(f"rows {recipe.rows} do not divide over {place.world} processes")
    frames = recipe.kind == "frames"
    learned = FramesObjective if frames else NextTokenObjective
    draw = frame_draw(recipe.name) if frames else melody_draw(recipe.data.drop_condition)
    objective = learned(
        decoder_config(recipe), Path(recipe.data.shards), draw,
        rows=recipe.rows, length=recipe.length, seed=recipe.seed, dropout=recipe.dropout,
    )  # fmt: skip
    if recipe.begin_from:
        begin_from(objective.model, runs / recipe.begin_from / "best.safetensors")
    try:
        return fit(objective, recipe, runs / recipe.name, place, watch, stop_at)
    finally:
        leave()


def begin_from(model: Decoder, path: Path) -> None:
    """Start from another run's best weights. Raises WishError if they do not fit."""
    weights, _ = load_checkpoint(path)
    for name, wanted in model.state_dict().items():
        if name not in weights or weights[name].shape != wanted.shape:
            raise WishError(f"{path} is of another shape than the recipe: see tensor {name}")
    model.load_state_dict(weights)
