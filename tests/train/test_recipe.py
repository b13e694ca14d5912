"""Recipes: typed, and errors that name the key."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from muse.bundle_network import build_network, network_config
from muse.data.characters import VOCABULARY
from muse.tokens.characters import characters_of, save_characters
from muse.train.kinds import decoder_config, kind_of
from muse.train.recipe import load_train_recipe, recipe_of_run, with_overrides
from muse.works.base import WishError

from .toys import toy_recipe

WORDS_OF_DATA = {
    "icons": {"words": ("apple", "red")},
    "blend": {
        "vocab_size": 700, "first_bar_id": 10, "last_bar_id": 90, "pickup_id": 91,
    },
}  # fmt: skip
SHIPPED = sorted(path.stem for path in (Path(__file__).parents[2] / "muse/recipes").glob("*.toml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_recipes_are_sound(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = load_train_recipe(name)
    assert recipe.name == name
    if recipe.kind == "characters":  # Its vocabulary is made with its data.
        save_characters(characters_of(["a text"]), Path(recipe.data.shards, VOCABULARY))
    if kind_of(recipe).vocabulary is not None:
        assert decoder_config(recipe).hidden_size == recipe.model["hidden_size"]
        return
    # The tokens that some networks know are counted from their data; here they are made up.
    shape = WORDS_OF_DATA.get(recipe.kind, {}) | recipe.model
    with torch.device("meta"):
        network = build_network(recipe.kind, network_config(recipe.kind, shape))
    assert sum(p.numel() for p in network.parameters()) < 6_000_000


def test_overrides_replace_values_of_any_section() -> None:
    recipe = toy_recipe(Path("shards"))
    found = with_overrides(
        recipe,
        {"steps": "7", "optim.adam_rate": "1e-4", "data.shards": "elsewhere", "dropout": "0.5",
         "model.hidden_size": "64", "model.qk_norm": "false", "data.sources": '["a", "b"]'},
    )  # fmt: skip
    assert (found.steps, found.optim.adam_rate, found.dropout) == (7, 1e-4, 0.5)
    assert (found.data.shards, found.data.sources) == ("elsewhere", ("a", "b"))
    assert found.model == {**recipe.model, "hidden_size": 64, "qk_norm": False}
    assert recipe.steps == 30, "the recipe itself stays"
    assert with_overrides(recipe, {}) == recipe


WRONG = {
    "no such key": ({"stepz": "7"}, "no key 'stepz'"),
    "no such section": ({"optimiser.ema": "7"}, "no section 'optimiser'"),
    "no such key in a section": ({"optim.emma": "7"}, "no key 'optim.emma'"),
    "a value as a section": ({"steps.more": "7"}, "no section 'steps'"),
    "a word for a number": ({"steps": "many"}, r"int.*\$\.steps"),
    "a fraction for a count": ({"steps": "7.5"}, r"int.*\$\.steps"),
    "a word for a rate": ({"optim.adam_rate": "fast"}, r"float.*\$\.optim\.adam_rate"),
    "a list for a number": ({"rows": "[1]"}, r"int.*\$\.rows"),
    "a section as a value": ({"optim": "7"}, r"optim"),
    "no steps": ({"steps": "0"}, "steps must be at least 1"),
    "no rows": ({"rows": "-4"}, "rows must be at least 1"),
    "all dropped": ({"dropout": "1"}, "dropout must lie"),
}


@pytest.mark.parametrize(("overrides", "words"), WRONG.values(), ids=WRONG)
def test_wrong_overrides_name_the_key(overrides: dict[str, str], words: str) -> None:
    with pytest.raises(WishError, match=words):
        with_overrides(toy_recipe(Path("shards")), overrides)


def test_wrong_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(WishError, match=r"no training recipe 'nothing'; known: .*melody"):
        load_train_recipe("nothing")
    path = tmp_path / "odd.toml"
    for text, words in [("name = [", "odd.toml"), ('name = "a"\ncolour = 1\n', "odd.toml.*colour")]:
        path.write_text(text)
        with pytest.raises(WishError, match=words):
            load_train_recipe(str(path))


@pytest.mark.parametrize(
    "model", [{"hidden_size": 32, "colour": 1}, {"num_attention_heads": 3}, {"head_dim": 7}]
)
def test_wrong_shapes_name_the_section(model: dict[str, int]) -> None:
    with pytest.raises(WishError, match="section model"):
        decoder_config(toy_recipe(Path("shards"), model=model))


def test_a_run_remembers_its_recipe(tmp_path: Path) -> None:
    import msgspec

    recipe = toy_recipe(tmp_path, steps=77)
    assert recipe_of_run(tmp_path) is None
    (tmp_path / "recipe.json").write_bytes(msgspec.json.encode(recipe))
    assert recipe_of_run(tmp_path) == recipe
    (tmp_path / "recipe.json").write_text("{}")
    with pytest.raises(WishError, match=r"recipe\.json"):
        recipe_of_run(tmp_path)
