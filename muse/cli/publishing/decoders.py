"""A run's best weights as a bundle: figures, human yardsticks, and the model card."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import msgspec
import numpy as np
import torch

from muse.bundle import KINDS, TEXT_KINDS, save_bundle
from muse.cli.publishing.figures import evaluation_section, read_evaluations
from muse.cli.publishing.tune_card import model_card
from muse.cli.publishing.verse_card import verse_card
from muse.data.loader import Loader, melody_draw
from muse.data.recipe import load_dataset_recipe
from muse.data.shards import Shard
from muse.evaluate.copy_check import write_index
from muse.evaluate.copy_corpus import build_index
from muse.evaluate.shingles import UNITS
from muse.hub import tokenizer_path
from muse.makers.ranking import HUMAN, figures
from muse.models.decoder import Decoder
from muse.tokens.melody import melody_vocabulary
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.train.checkpoint import load_checkpoint
from muse.train.kinds import decoder_config
from muse.train.recipe import TrainRecipe
from muse.works.base import WishError

HUMAN_PIECES = 300
"""Validation pieces that the ranking figures are measured on."""

SEEN = 1024
"""Tokens of a piece that its likelihood is measured on."""

SAMPLING = {"do_sample": True, "temperature": 1.0, "top_p": 0.98}


def publish_run(
    recipe: TrainRecipe, run: Path, bundles: Path, version: str, evaluations: Sequence[Path] = ()
) -> Path:
    """Write the bundle `bundles/<name>` of a run; returns its folder.

    Args:
        recipe: what was trained.
        run: its folder.
        bundles: the shelf.
        version: of the bundle.
        evaluations: files of `muse evaluate -o FILE`, whose figures the card shows.

    Raises:
        WishError: if the run has no best weights yet, they do not fit the recipe, the bundle that
            is there already measured better on the held-out pieces, or a file is no evaluation.
    """
    if recipe.kind not in KINDS:
        raise WishError(f"a run of kind {recipe.kind!r} is no bundle; bundles are {KINDS}")
    path, folder = run / "best.safetensors", bundles / recipe.name
    if not path.is_file():
        raise WishError(
            f"no {path} yet: muse train {recipe.name} writes it at its first evaluation"
        )
    weights, state = load_checkpoint(path)
    held_out = {name: value for name, value in state.items() if name != "step"}
    refuse_worse(folder, held_out)
    tables = evaluation_section(read_evaluations(evaluations, recipe.name))
    model = fitted(recipe, weights, path)
    report = read_report(Path(recipe.data.shards))
    recipes = [load_dataset_recipe(name) for name in recipe.data.sources]
    text = recipe.kind in TEXT_KINDS
    sources = [{"name": r.name, "title": r.title, "licence": r.licence} for r in recipes]
    about = {
        "version": version,
        "tokenizer": recipe.data.tokenizer or "melody",
        "data": sources,
        "licence": "; ".join(dict.fromkeys(source["licence"] for source in sources)),
        "figures": held_out,
        "steps": state["step"],
    }
    if text:
        card = verse_card(recipe, about, report, model.parameter_count, recipes, tables)
    else:
        about["human"] = human_figures(model, Shard(Path(recipe.data.shards) / "valid.bin"))
        filled = filled_share(recipe)
        card = model_card(recipe, about, report, model.parameter_count, recipes, filled, tables)
    save_bundle(
        folder, kind=recipe.kind, config=model.config, weights=weights, about=about,
        sampling=SAMPLING, card=card,
        pieces=tokenizer_path(recipe.data.tokenizer) if text else None,
    )  # fmt: skip
    if recipe.kind in UNITS:
        held = folder / "tokenizer" / "pieces.model" if text else None
        write_index(folder, build_index(Path(recipe.data.shards), recipe.kind, held))
    return folder


def refuse_worse(folder: Path, held_out: dict[str, float]) -> None:
    """Raise WishError if the bundle in `folder` has a better (smaller) first measure."""
    try:
        about = json.loads((folder / "config.json").read_text(encoding="utf-8"))["muse"]
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError) as error:
        raise WishError(f"{folder / 'config.json'} is no bundle of Muse: {error}") from error
    name, new = next(iter(held_out.items()))
    old = (about.get("figures") or {}).get(name)
    if isinstance(old, int | float) and old < new:
        raise WishError(
            f"{folder} has {old:.4f} {name} held out, this run only {new:.4f}: the bundle stays"
        )


def fitted(recipe: TrainRecipe, weights: dict[str, torch.Tensor], path: Path) -> Decoder:
    """The recipe's decoder with these weights. Raises WishError if they do not fit."""
    model = Decoder(decoder_config(recipe)).eval()
    for name, wanted in model.state_dict().items():
        if name not in weights or weights[name].shape != wanted.shape:
            raise WishError(f"{path} is of another shape than the recipe: see tensor {name}")
    model.load_state_dict({name: weights[name] for name in model.state_dict()})
    return model


def read_report(shards: Path) -> dict[str, Any]:
    """What `muse data prepare` wrote of its sources and splits. Raises WishError."""
    try:
        return msgspec.json.decode((shards / "report.json").read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise WishError(
            f"cannot read {shards / 'report.json'}: {error}; prepare the data"
        ) from error


def filled_share(recipe: TrainRecipe) -> float:
    """Which part of the places of the rows of a run's first epoch holds tokens."""
    loader = Loader(
        Shard(Path(recipe.data.shards) / "train.bin"), melody_draw(recipe.data.drop_condition),
        rows=recipe.rows, length=recipe.length, seed=recipe.seed,
    )  # fmt: skip
    _, pieces = loader.epoch(0)
    return float((pieces >= 0).mean())


@torch.inference_mode()
def human_figures(model: Decoder, shard: Shard) -> dict[str, tuple[float, float]]:
    """Mean and spread of the ranking figures (see `makers/ranking.py`) over human pieces."""
    count = min(HUMAN_PIECES, len(shard))
    found = [
        measured(model, shard[int(place)]) for place in np.linspace(0, len(shard) - 1, count)
    ]  # fmt: skip
    spreads = {}
    for name in HUMAN:
        values = [each[name] for each in found]
        spreads[name] = (round(fmean(values), 4), round(max(pstdev(values), 0.01), 4))
    return spreads


def measured(model: Decoder, piece: np.ndarray) -> dict[str, float]:
    """The ranking figures of a piece, as `Composer` measures a candidate's."""
    vocabulary, ids = melody_vocabulary(), piece.tolist()
    marks = {vocabulary["Pickup"], *vocabulary.family("Bar")}
    header = next(place for place, id in enumerate(ids) if id in marks)
    losses = model.token_losses(torch.from_numpy(piece[:SEEN])[None])[0, header - 1 :]
    written = len(ids) - header
    bits = float(losses.sum()) / math.log(2) * written / max(len(losses), 1)
    return figures(MelodyTokenizer().decode(ids), bits)
