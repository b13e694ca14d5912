"""A latent space's best weights as a bundle: directions, map and model card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from muse.bundle_network import save_network
from muse.cli.measures.latent import MEASURES
from muse.cli.publishing.decoders import read_report, refuse_worse
from muse.cli.publishing.latent_card import latent_card, read_latent_evaluations
from muse.data.recipe import load_dataset_recipe
from muse.data.shards import Shard
from muse.makers.latent_space import save_space
from muse.makers.latent_survey import survey
from muse.models.latent import LatentModel
from muse.train.checkpoint import load_checkpoint
from muse.train.latent_objective import latent_config
from muse.train.recipe import TrainRecipe
from muse.works.base import WishError

SURVEYED = 1500
"""Training windows of each length that directions are found among."""


def publish_latent(
    recipe: TrainRecipe, run: Path, bundles: Path, version: str, evaluations: Sequence[Path] = (),
    surveyed: int = SURVEYED,
) -> Path:  # fmt: skip
    """Write the bundle `bundles/<name>` of a run of kind `blend`; returns its folder.

    Args:
        recipe: what was trained.
        run: its folder.
        bundles: the shelf.
        version: of the bundle.
        evaluations: files of `muse evaluate ... -o FILE`, whose figures the card shows.
        surveyed: training windows of each length that directions are found among.

    Raises:
        WishError: if the run has no best weights yet, they do not fit the recipe, the bundle that
            is there already measured better on the held-out pieces, or a file is no evaluation.
    """
    path, folder = run / "best.safetensors", bundles / recipe.name
    if not path.is_file():
        raise WishError(
            f"no {path} yet: muse train {recipe.name} writes it at its first evaluation"
        )
    weights, state = load_checkpoint(path)
    held_out = {name: value for name, value in state.items() if name != "step"}
    refuse_worse(folder, held_out)
    found = read_latent_evaluations(evaluations, recipe.name, tuple(MEASURES))
    model = LatentModel(latent_config(recipe))
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise WishError(f"{path} is of another shape than the recipe {recipe.name}") from error
    model.eval().requires_grad_(False)
    shards = Path(recipe.data.shards)
    report = read_report(shards)
    train, valid = list(Shard(shards / "train.bin")), list(Shard(shards / "valid.bin"))
    space = survey(model, train, valid, surveyed)
    recipes = [load_dataset_recipe(name) for name in recipe.data.sources]
    sources = [{"name": r.name, "title": r.title, "licence": r.licence} for r in recipes]
    about = {
        "version": version,
        "data": sources,
        "licence": "; ".join(dict.fromkeys(source["licence"] for source in sources)),
        "figures": held_out,
        "steps": state["step"],
    }
    card = latent_card(recipe, about, report, model.parameter_count, recipes, space, found)
    save_network(
        folder, kind="blend", config=model.config, weights=model.state_dict(), about=about,
        card=card,
    )  # fmt: skip
    save_space(folder, space)
    return folder
