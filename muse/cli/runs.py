"""Runs on the command line: where their best weights lie, and what they were trained on."""

from __future__ import annotations

from pathlib import Path

from muse.models.decoder import Decoder
from muse.train.checkpoint import load_checkpoint
from muse.train.kinds import decoder_config
from muse.train.recipe import TrainRecipe, load_train_recipe, recipe_of_run
from muse.works.base import WishError

BEST = "best.safetensors"


def named_weights(name: str) -> str:
    """The best weights in a run's folder if `name` is one; else `name` as it is."""
    return str(Path(name) / BEST) if (Path(name) / BEST).is_file() else name


def recipe_of_weights(path: Path) -> TrainRecipe:
    """The recipe of the run whose folder holds some weights. Raises WishError."""
    return recipe_of_run(path.parent) or load_train_recipe(path.parent.name)


def usual_shards(name: str) -> str:
    """The shards that a run, or the bundle of a run's name, was trained on; else the melodies'."""
    path = Path(name) if name.endswith(".safetensors") else Path(name) / BEST
    try:
        return recipe_of_weights(path).data.shards
    except WishError:
        return "shards/melody"


def read_run(path: Path, kind: str) -> tuple[Decoder, TrainRecipe]:
    """The decoder of a run's best weights, and its recipe.

    Raises:
        WishError: if `path` is no such file, is of another kind, or does not fit its recipe.
    """
    if path.suffix != ".safetensors":
        raise WishError(
            f"this is measured of a run: give runs/NAME or runs/NAME/{BEST}, not {path}"
        )
    recipe = recipe_of_weights(path)
    if recipe.kind != kind:
        raise WishError(f"{path} is a run of kind {recipe.kind!r}, not {kind!r}")
    weights, _ = load_checkpoint(path)
    model = Decoder(decoder_config(recipe))
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise WishError(f"{path} does not fit the recipe {recipe.name}") from error
    return model.eval(), recipe
