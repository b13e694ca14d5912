"""Icons: the packages are read, split by concept, and their words are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from muse.bundle_network import build_network, network_config, save_network
from muse.cli import run
from muse.data.icons import (
    STYLES,
    captions,
    from_white,
    prepare_icons,
    rasterised,
    read_words,
    split_by_name,
    stored_concepts,
)
from muse.data.pictures import PictureShard
from muse.makers import load_maker
from muse.makers.cover import cover_words
from muse.tokens.captions import FIRST, MOST_WORDS, START, caption_ids, word_list, words_of
from muse.train.icon_objective import IconObjective
from muse.train.run import train
from muse.works.base import WishError
from muse.works.formats import open_work
from muse.works.picture import Picture
from muse.works.poem import Poem
from tests.train.toy_pictures import toy_picture_recipe

COLOURS = {"red": "红", "green": "绿", "blue": "蓝"}
SHAPES = {
    "circle": ("圆", '<circle cx="16" cy="16" r="12" fill="{}"/>'),
    "square": ("方", '<rect x="6" y="6" width="20" height="20" fill="{}"/>'),
    "bar": ("条", '<rect x="2" y="13" width="28" height="6" fill="{}"/>'),
}
SMALL = {"width": 32, "layers": 2, "heads": 2, "text_width": 16, "text_layers": 1}


def toy_packages(folder: Path, copies: int = 6) -> Path:
    """The four packages in small: coloured shapes, each in several concepts."""
    english, chinese, icons, codes, number = [], [], {}, {}, 0x1F000
    for _ in range(copies):
        for colour, zh_colour in COLOURS.items():
            for shape, (zh_shape, body) in SHAPES.items():
                code, name = f"{number:X}", f"icon-{number:x}"
                number += 1
                row = {"hexcode": code, "label": f"{colour} {shape}", "tags": [colour], "group": 4}
                english.append(row)
                chinese.append(row | {"label": zh_colour + zh_shape, "tags": [zh_colour]})
                icons[name] = {"body": body.format(colour)}
                codes[f"{code.lower()}-fe0f"] = name
    flag = {"hexcode": "FFFF", "label": "flag", "group": 9}
    for language, rows in (("en", [*english, flag]), ("zh", [*chinese, flag])):
        path = folder / "emojibase" / language / "data.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(rows))
    for prefix in STYLES:
        (folder / prefix).mkdir()
        held = {"prefix": prefix, "width": 32, "height": 32, "icons": icons}
        (folder / prefix / "icons.json").write_text(json.dumps(held))
        (folder / prefix / "chars.json").write_text(json.dumps(codes))
    return folder


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("icons")
    prepare_icons(["icons"], toy_packages(tmp_path_factory.mktemp("packages")), out)
    return out


def test_icons_are_split_by_concept_and_know_their_names(shards: Path) -> None:
    concepts, seen = stored_concepts(shards), {}
    assert len(concepts) == 54 and "flag" not in {concept.en for concept in concepts}
    for split in ("train", "valid", "test"):
        shard = PictureShard(shards / f"{split}.npy")
        assert shard.pixels.shape[1:] == (32, 32, 4)
        seen[split] = set((shard.labels // 3).tolist())
        for place in range(len(shard)):
            concept = concepts[shard.labels[place] // 3]
            assert split_by_name(concept.hexcode) == split
            middle = np.array(shard.pixels[place, 16, 16])
            colour = {"red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255)}
            assert tuple(middle) == (*colour[concept.en.split()[0]], 255)
    assert not seen["train"] & seen["valid"] and not seen["train"] & seen["test"]
    assert set(read_words(shards)) == {*COLOURS, *SHAPES, *"红绿蓝圆方条"}
    rng = np.random.default_rng(0)
    told = {captions(concepts[0], rng) for _ in range(60)}
    assert told == {"red circle", "红圆", "red", "红"}


def test_drawings_keep_colour_and_opacity() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{}</svg>'
    half = rasterised(svg.format('<rect width="32" height="32" fill="red" opacity="0.5"/>'))
    assert half is not None and np.allclose(half[5, 5], (255, 127, 127, 128), atol=2)
    assert np.allclose(from_white(half)[5, 5], (255, 0, 0, 128), atol=3)
    assert (from_white(rasterised(svg.format("")))[..., 3] == 0).all()
    assert rasterised("<svg") is None


def test_packages_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(WishError, match="emojibase-data"):
        prepare_icons(["icons"], tmp_path, tmp_path / "out")
    with pytest.raises(WishError, match="--from"):
        prepare_icons(["icons"], None, tmp_path / "out")
    folder = toy_packages(tmp_path / "packages")
    (folder / "noto" / "icons.json").write_text("{")
    with pytest.raises(WishError, match=r"icons\.json"):
        prepare_icons(["icons"], folder, tmp_path / "out")
    (folder / "noto" / "icons.json").unlink()
    with pytest.raises(WishError, match="iconify-json/noto"):
        prepare_icons(["icons"], folder, tmp_path / "out")


def test_words() -> None:
    assert words_of("A red Apple with the dogs' glasses, bus") == [
        "red", "apple", "dog", "glasse", "bus",
    ]  # fmt: skip
    assert words_of("红苹果 apple") == ["红", "苹", "果", "apple"]
    words = word_list(["red apple", "红"])
    ids, unknown = caption_ids("red zebra", words)
    assert ids[:2] == [START, words.index("red") + FIRST] and unknown == ["zebra"]


@given(st.text(max_size=400))
def test_any_text_has_ids(text: str) -> None:
    words = word_list(["red apple", "红苹果"])
    ids, _ = caption_ids(text, words)
    assert len(ids) == MOST_WORDS and ids[0] == START
    assert all(0 <= id < len(words) + FIRST for id in ids)


def test_the_painter_of_icons_learns_and_paints(
    shards: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    recipe = toy_picture_recipe("icons", shards, model=SMALL, steps=60, evaluate_every=60)
    objective = IconObjective(recipe)
    with torch.no_grad():
        before = objective.held_out(objective.model.eval())["seen"]
    assert train(recipe, tmp_path)["seen"] < 0.8 * before
    config = network_config("icons", SMALL | {"words": read_words(shards)})
    network = build_network("icons", config)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    save_network(
        tmp_path / "shelf" / "icons", kind="icons", config=config, weights=network.state_dict(),
        about={"version": "1", "licence": "MIT"}, card="",
    )  # fmt: skip
    maker = load_maker(str(tmp_path / "shelf" / "icons"))
    assert maker.bundle.config.words == read_words(shards)
    options = {"steps": 3, "seed": 2}
    red = maker.paint("a red circle", style="flat", **options)
    assert red.pixels.shape == (32, 32, 4) and red.title == "a red circle"
    others = [
        maker.paint("一个红圆", style="flat", **options),
        maker.paint("a red circle", style="noto", **options),
        maker.paint("a red circle", style="flat", negative="square", **options),
        maker.paint("a red circle", style="flat", like=red, strength=0.3, **options),
    ]
    assert all(not np.array_equal(red.pixels, other.pixels) for other in others)
    for wrong, told in (
        ({"words": "zebra"}, "none of the words"),
        ({"words": "red", "negative": "zzz"}, "--negative"),
        ({"digit": 3}, "words"),
    ):
        with pytest.raises(WishError, match=told):
            maker.paint(steps=1, **wrong)
    maker.paint("squares of zirconium", steps=1)  # one known word is enough
    with pytest.raises(WishError, match="near it: circle"):
        maker.paint("circel", steps=1)
    monkeypatch.setattr("muse.hub.shelves", lambda: [tmp_path / "shelf"])
    poem = tmp_path / "poem.txt"
    poem.write_text(
        "The Blue Square\n\nO square of blue,\nI look at you,\nand you, O square,\nare there.\n"
    )
    out = tmp_path / "cover.png"
    assert run(["cover", str(poem), "-o", str(out), "--steps", "2"]) == 0
    cover = open_work(out)
    assert isinstance(cover, Picture) and (cover.width, cover.height) == (512, 512)
    assert "blue square" in capsys.readouterr().err
    assert run(["paint", "blue circle", "-o", f"{tmp_path}/x.png", "--steps", "2"]) == 0


def test_words_of_covers() -> None:
    known = ("sea", "winter", "moon", "月")
    assert cover_words(Poem((("a line",),), theme="winter seas"), known) == "winter sea"
    assert cover_words(Poem((("the moon", "the moon and this"),)), known) == "moon"
    with pytest.raises(WishError, match="--words"):
        cover_words(Poem((("nothing",),)), known)
