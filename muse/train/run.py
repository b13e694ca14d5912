"""One training run from its recipe: what `muse train NAME` and `torchrun -m muse train` start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from muse.train.checkpoint import load_checkpoint
from muse.train.kinds import kind_of
from muse.train.loop import Progress, fit
from muse.train.recipe import TrainRecipe
from muse.train.shard import join, leave
from muse.works.base import WishError


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
    objective = kind_of(recipe).objective(recipe)
    if recipe.begin_from:
        begin_from(objective.model, runs / recipe.begin_from / "best.safetensors")
    try:
        return fit(objective, recipe, runs / recipe.name, place, watch, stop_at)
    finally:
        leave()


def begin_from(model: nn.Module, path: Path) -> None:
    """Start from another run's best weights. Raises WishError if they do not fit."""
    weights, _ = load_checkpoint(path)
    for name, wanted in model.state_dict().items():
        if name not in weights or weights[name].shape != wanted.shape:
            raise WishError(f"{path} is of another shape than the recipe: see tensor {name}")
    model.load_state_dict(weights)
