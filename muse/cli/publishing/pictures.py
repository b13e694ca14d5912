"""Runs of pictures as bundles: the network that paints, and its card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from muse.bundle import save_bundle
from muse.bundle_network import build_network, network_config, save_network
from muse.cli.publishing.decoders import fitted, read_report, refuse_worse
from muse.cli.publishing.picture_card import figures_table, picture_card
from muse.data.recipe import load_dataset_recipe
from muse.train.checkpoint import load_checkpoint
from muse.train.recipe import TrainRecipe
from muse.works.base import WishError

KINDS = ("digits-flow", "digits-vae", "digits-gan", "digits-codes", "digits-tokens", "icons")
"""Kinds of runs that this publishes."""

LARGEST_EVALUATION_BYTES = 16_000_000


def publish_pictures(
    recipe: TrainRecipe, run: Path, bundles: Path, version: str, evaluations: Sequence[Path] = ()
) -> Path:
    """Write the bundle of a run of pictures; arguments and errors as of `publish_run`."""
    path, folder = run / "best.safetensors", bundles / recipe.name
    if not path.is_file():
        raise WishError(f"no {path} yet: muse train {recipe.name} writes it")
    weights, state = load_checkpoint(path)
    held_out = {name: value for name, value in state.items() if name != "step"}
    refuse_worse(folder, held_out)
    recipes = [load_dataset_recipe(name) for name in recipe.data.sources]
    about: dict[str, Any] = {
        "version": version,
        "data": [{"name": r.name, "title": r.title, "licence": r.licence} for r in recipes],
        "licence": "; ".join(dict.fromkeys(r.licence for r in recipes)),
        "figures": held_out,
        "steps": state["step"],
    }
    evaluation = "\n\n".join(figures_table(_read(file)) for file in evaluations)
    report = read_report(Path(recipe.data.shards))
    if recipe.kind == "digits-tokens":
        decoder = fitted(recipe, weights, path)
        card = picture_card(recipe, about, report, decoder.parameter_count, recipes, evaluation)
        save_bundle(
            folder, kind=recipe.kind, config=decoder.config, weights=weights, about=about,
            sampling={"do_sample": True, "temperature": 1.0}, card=card,
        )  # fmt: skip
        return folder
    shipped = shipped_weights(recipe.kind, weights)
    config = network_config(recipe.kind, recipe.model | extra_fields(recipe))
    wanted = build_network(recipe.kind, config).state_dict()
    for name, tensor in wanted.items():
        if name not in shipped or shipped[name].shape != tensor.shape:
            raise WishError(f"{path} is of another shape than the recipe: see tensor {name}")
    parameters = sum(tensor.numel() for tensor in wanted.values())
    card = picture_card(recipe, about, report, parameters, recipes, evaluation)
    save_network(
        folder, kind=recipe.kind, config=config,
        weights={name: shipped[name] for name in wanted}, about=about, card=card,
    )  # fmt: skip
    return folder


def shipped_weights(kind: str, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What of a run's weights is published: of a GAN the generator alone."""
    if kind != "digits-gan":
        return dict(weights)
    before = "generator."
    return {n.removeprefix(before): t for n, t in weights.items() if n.startswith(before)}


def extra_fields(recipe: TrainRecipe) -> dict[str, Any]:
    """Fields of a network's shape that its data say and not its recipe: the words of icons."""
    if recipe.kind != "icons":
        return {}
    from muse.data.icons import read_words

    return {"words": read_words(Path(recipe.data.shards))}


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_EVALUATION_BYTES:
            raise WishError(f"{path} is too large for figures of muse evaluate")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WishError(f"cannot read {path}: {error}") from error
    if not isinstance(found, dict):
        raise WishError(f"{path} holds no figures of muse evaluate -o FILE")
    return found
