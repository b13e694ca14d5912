"""A latent space from its recipe to its bundle: trained, measured, published, loaded."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

import muse
from muse.cli import run
from muse.cli.measures.latent import MEASURES
from muse.cli.publishing.latent import publish_latent
from muse.cli.publishing.latent_card import read_latent_evaluations
from muse.makers.blender import Blender
from muse.train.recipe import TrainRecipe
from muse.train.run import train
from muse.works.base import WishError

from ..train.toys import toy_recipe, toy_shards

SHAPE = {
    "hidden_size": 16, "intermediate_size": 16, "encoder_layers": 1, "decoder_layers": 1,
    "heads": 2, "groups": 1, "head_dim": 8, "whole_size": 4, "bar_size": 4,
}  # fmt: skip


def recipe(shards: Path) -> TrainRecipe:
    changes = {"name": "blend", "kind": "blend", "model": SHAPE, "steps": 4, "evaluate_every": 2,
               "objective": {"beta": 0.1, "held_out_windows": 2}}  # fmt: skip
    return toy_recipe(shards, **changes)


def test_a_run_becomes_a_bundle_that_blends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUSE_HOME", str(tmp_path / "home"))
    wished = recipe(toy_shards(tmp_path / "shards", 24))
    train(wished, stop_at=3)
    measures = train(wished)
    assert next(iter(measures)) == "weighted nats/note"
    (tmp_path / "runs/blend/recipe.json").write_bytes(msgspec.json.encode(wished))
    arguments = ["evaluate", "runs/blend", "--of", "latents", "--count", "2", "-o", "e.json"]
    assert run(arguments) == 0
    bundles, files = tmp_path / "home", [tmp_path / "e.json"]
    folder = publish_latent(wished, tmp_path / "runs/blend", bundles, "1", files, surveyed=8)
    card = (folder / "README.md").read_text()
    assert "What the latents tell" in card and "muse evaluate runs/blend --of latents" in card
    assert "| density |" in card and "O'Neill" in card
    blender = muse.load("blend")
    assert isinstance(blender, Blender) and blender.space is not None
    a, b = blender.sample(2, seed=1, meter="2/4"), blender.sample(2, seed=2, meter="2/4")
    made = blender.blend(a, b, 3)
    assert made[0] == a and made[2] == b
    assert run(["models", "--json"]) == 0
    better = folder / "config.json"
    config = json.loads(better.read_text())
    config["muse"]["figures"]["weighted nats/note"] = 0.001
    better.write_text(json.dumps(config))
    with pytest.raises(WishError, match="the bundle stays"):
        publish_latent(wished, tmp_path / "runs/blend", bundles, "2", surveyed=8)


@pytest.mark.parametrize(
    "figures, words",
    [
        ({"latents": {"command": "muse evaluate other --of latents"}}, "not of 'blend'"),
        ({"likelihood": {"command": "muse evaluate blend"}}, "no measure of a latent space"),
        ([1], "holds no figures"),
    ],
)
def test_wrong_evaluations_are_told(tmp_path: Path, figures: object, words: str) -> None:
    path = tmp_path / "e.json"
    path.write_text(json.dumps(figures))
    with pytest.raises(WishError, match=words):
        read_latent_evaluations([path], "blend", tuple(MEASURES))
