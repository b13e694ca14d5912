"""Runs of pictures become bundles with cards, from which the painter paints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from muse.bundle_network import load_network
from muse.cli.publishing.pictures import KINDS, publish_pictures
from muse.makers import load_maker
from muse.train.checkpoint import load_checkpoint, save_checkpoint
from muse.train.kinds import KINDS as TRAINED
from muse.train.recipe import load_train_recipe
from muse.train.run import train
from muse.works.base import WishError
from tests.train.toy_pictures import toy_picture_recipe, toy_picture_shards


@pytest.mark.parametrize("kind", ["digits-gan", "digits-vae"])
def test_a_run_becomes_a_bundle_that_paints(kind: str, tmp_path: Path) -> None:
    shards = toy_picture_shards(tmp_path / "shards")
    recipe = toy_picture_recipe(kind, shards, steps=4, evaluate_every=4)
    run, shelf = tmp_path / kind, tmp_path / "bundles"
    with pytest.raises(WishError, match=r"no .*best"):
        publish_pictures(recipe, run, shelf, "1")
    train(recipe, tmp_path)
    figures = tmp_path / "figures.json"
    figures.write_text(json.dumps({"pictures": {"command": "muse evaluate x", "accuracy": 0.5}}))
    folder = publish_pictures(recipe, run, shelf, "2", [figures])
    bundle = load_network(folder)
    assert (bundle.kind, bundle.version) == (kind, "2")
    assert all(torch.isfinite(tensor).all() for tensor in bundle.model.state_dict().values())
    assert not any("critic" in name for name in bundle.model.state_dict())
    card = (folder / "README.md").read_text()
    assert (
        "| accuracy | 0.5 |" in card and "CC BY-SA 3.0" in card and "muse paint --digit 7" in card
    )
    maker = load_maker(str(folder))
    assert maker.paint(digit=1).pixels.shape == (28, 28, 1)
    # A worse run does not replace it; a file that holds no figures is told.
    weights, state = load_checkpoint(run / "best.safetensors")
    worse = {name: value + 1 if name != "step" else value for name, value in state.items()}
    save_checkpoint(run / "best.safetensors", weights, worse)
    with pytest.raises(WishError, match="stays"):
        publish_pictures(recipe, run, shelf, "3")
    save_checkpoint(run / "best.safetensors", weights, state)
    figures.write_text("[]")
    with pytest.raises(WishError, match=r"figures\.json"):
        publish_pictures(recipe, run, shelf, "3", [figures])


@pytest.mark.parametrize("kind", KINDS)
def test_the_recipes_that_ship_fit_their_kinds(kind: str) -> None:
    recipe = load_train_recipe(kind)
    assert recipe.kind == kind and kind in TRAINED
    if kind not in ("digits-tokens", "icons"):
        from muse.bundle_network import network_config

        network_config(kind, recipe.model)
