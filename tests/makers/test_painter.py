"""The painter with untrained networks: shapes, seeds, previews, given pictures, wrong wishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from muse.bundle import save_bundle
from muse.bundle_network import build_network, load_network, network_config, save_network
from muse.cli import run
from muse.makers import load_maker
from muse.makers.painter import Painter
from muse.models.decoder import Decoder
from muse.models.decoder_config import DecoderConfig
from muse.tokens.mosaic import codes_of, mosaic_ids, mosaic_vocabulary
from muse.works.base import WishError
from muse.works.formats import open_work
from muse.works.picture import Picture
from tests.train.toy_pictures import MODELS

METHODS = ("flow", "vae", "gan", "tokens")
ABOUT = {"version": "3", "licence": "CC BY-SA 3.0"}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Untrained bundles of all kinds of digits."""
    folder = tmp_path_factory.mktemp("bundles")
    torch.manual_seed(4)
    for kind, fields in MODELS.items():
        config = network_config(kind, fields)
        network = build_network(kind, config)
        for parameter in network.parameters():  # nothing is left at zero
            torch.nn.init.normal_(parameter, std=0.3)
        save_network(
            folder / kind, kind=kind, config=config, weights=network.state_dict(), about=ABOUT,
            card="",
        )  # fmt: skip
    shape = DecoderConfig(
        vocab_size=len(mosaic_vocabulary()), hidden_size=32, intermediate_size=48,
        num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2, head_dim=16,
    )  # fmt: skip
    save_bundle(
        folder / "digits-tokens", kind="digits-tokens", config=shape,
        weights=Decoder(shape).state_dict(), about=ABOUT, sampling={}, card="",
    )  # fmt: skip
    return folder


def painter(shelf: Path, method: str) -> Painter:
    found = load_maker(str(shelf / f"digits-{method}"))
    assert isinstance(found, Painter)
    return found


@pytest.mark.parametrize("method", METHODS)
def test_a_digit_is_the_same_alone_and_among_variations(method: str, shelf: Path) -> None:
    maker = painter(shelf, method)
    several = maker.paint(digit=3, seed=5, steps=4, variations=3)
    assert isinstance(several, list) and [p.pixels.shape for p in several] == [(28, 28, 1)] * 3
    alone = maker.paint(digit=3, seed=5, steps=4)
    assert isinstance(alone, Picture)
    far = np.abs(alone.pixels.astype(int) - several[0].pixels.astype(int)).max()
    assert far <= 1  # products of other sizes may round otherwise
    assert len({p.pixels.tobytes() for p in several}) == 3
    about = several[2].provenance
    assert (about["verb"], about["seed"], about["piece"]) == ("paint", 5, 2)
    assert about["ai_generated"] is True and about["data_licence"] == "CC BY-SA 3.0"
    assert about["settings"]["digit"] == 3


@pytest.mark.parametrize("method, count", [("flow", 4), ("vae", 1), ("gan", 1), ("tokens", 49)])
def test_previews_lead_to_the_picture(method: str, count: int, shelf: Path) -> None:
    maker = painter(shelf, method)
    steps = list(maker.stream(digit=1, steps=4))
    assert len(steps) == count
    assert np.array_equal(steps[-1][0].pixels, maker.paint(digit=1, steps=4).pixels)


def test_the_class_and_the_guidance_are_heard(shelf: Path) -> None:
    for method in METHODS:
        maker = painter(shelf, method)
        one, other = (maker.paint(digit=digit, steps=3) for digit in (0, 9))
        assert not np.array_equal(one.pixels, other.pixels), method
    maker = painter(shelf, "flow")
    loud, plain = (maker.paint(digit=4, steps=3, guidance=g) for g in (4, 1))
    assert not np.array_equal(loud.pixels, plain.pixels)


def test_given_pictures(shelf: Path) -> None:
    maker = painter(shelf, "flow")
    rng = np.random.default_rng(0)
    sketch = Picture(rng.integers(0, 256, (28, 28, 1), dtype=np.uint8), title="sketch")
    near, far = (maker.paint(digit=2, like=sketch, strength=s, steps=5) for s in (0.02, 1.0))
    apart = [np.abs(p.pixels.astype(int) - sketch.pixels).mean() for p in (near, far)]
    assert apart[0] < 10 < apart[1]
    assert near.provenance["begun_from"] == "sketch"
    mask = np.zeros((28, 28, 1), np.uint8)
    mask[14:] = 255
    filled = maker.paint(digit=2, like=sketch, mask=Picture(mask), steps=5)
    assert np.abs(filled.pixels[:14].astype(int) - sketch.pixels[:14]).max() <= 1
    assert not np.array_equal(filled.pixels[14:], sketch.pixels[14:])
    varied = painter(shelf, "vae").paint(digit=2, like=sketch, strength=0.1)
    assert varied.pixels.shape == (28, 28, 1)


@pytest.mark.parametrize("method", ["flow", "vae", "gan"])
def test_walks_begin_and_end_where_they_should(method: str, shelf: Path) -> None:
    maker = painter(shelf, method)
    way = maker.walk([3, 8], count=5, seed=2)
    assert len(way) == 5 and len({p.pixels.tobytes() for p in way}) == 5
    if method != "flow":  # whose walk has its own number of steps
        first = maker.paint(digit=3, seed=2)
        assert np.abs(way[0].pixels.astype(int) - first.pixels).max() <= 1
    with pytest.raises(WishError):
        maker.walk([3], count=5)
    with pytest.raises(WishError):
        painter(shelf, "tokens").walk([3, 8])


@pytest.mark.parametrize(
    "method, options, words",
    [
        ("flow", {}, "say what to paint"),
        ("flow", {"digit": 10}, "0 to 9"),
        ("flow", {"digit": "7"}, "int"),
        ("flow", {"words": "a red apple"}, "--digit"),
        ("flow", {"words": "x" * 1000}, "up to 200"),
        ("flow", {"digit": 1, "words": "apple"}, "not both"),
        ("flow", {"digit": 1, "steps": 0}, "--steps"),
        ("flow", {"digit": 1, "steps": 10**9}, "--steps"),
        ("flow", {"digit": 1, "size": 10**6}, "--size"),
        ("flow", {"digit": 1, "variations": 0}, "--variations"),
        ("flow", {"digit": 1, "guidance": float("nan")}, "--guidance"),
        ("flow", {"digit": 1, "strength": 0.0}, "--strength"),
        ("flow", {"digit": 1, "style": "flat"}, "icons"),
        ("flow", {"digit": 1, "style": "oil"}, "unknown --style"),
        ("flow", {"digit": 1, "colour": "red"}, "unknown option"),
        ("flow", {"digit": 1, "mask": Picture(np.zeros((2, 2, 1), np.uint8))}, "--like"),
        ("gan", {"digit": 1, "like": Picture(np.zeros((2, 2, 1), np.uint8))}, "from nothing"),
        ("codes", {"digit": 1}, "by itself"),
    ],
)
def test_wrong_wishes_are_told_in_one_line(
    method: str, options: dict[str, Any], words: str, shelf: Path
) -> None:
    with pytest.raises(WishError, match=words) as told:
        painter(shelf, method).paint(**options)
    assert "\n" not in str(told.value)


def test_masks_of_another_size_are_refused(shelf: Path) -> None:
    like, mask = (Picture(np.zeros((n, n, 1), np.uint8)) for n in (28, 30))
    with pytest.raises(WishError, match="30 x 30"):
        painter(shelf, "flow").paint(digit=1, like=like, mask=mask)


def test_the_mosaic_must_be_there(shelf: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("MUSE_HOME", str(tmp_path / "none"))
    (shelf / "digits-tokens").joinpath("config.json").exists()
    import shutil

    alone = tmp_path / "alone" / "digits-tokens"
    shutil.copytree(shelf / "digits-tokens", alone)
    monkeypatch.setattr("muse.hub.shelves", list)
    with pytest.raises(WishError, match="digits-codes"):
        load_maker(str(alone))


def test_ids_of_mosaics_decode_whatever_they_are() -> None:
    codes = np.arange(49) * 4
    ids = np.array([mosaic_ids(7, codes)])
    assert np.array_equal(codes_of(ids)[0], codes)
    rng = np.random.default_rng(0)
    wild = rng.integers(-5, 400, (20, 60))
    found = codes_of(wild)
    assert found.shape == (20, 49) and found.min() >= 0 and found.max() < 240


def test_mosaics_of_all_codes_go_back_and_forth(shelf: Path) -> None:
    network = load_network(shelf / "digits-codes").model
    codes = torch.arange(49 * 5).remainder(240).view(5, 49)
    logits = network.decode(codes)
    assert logits.shape == (5, 28, 28) and len({bytes(x.numpy()) for x in logits}) == 5
    x = torch.rand(3, 28, 28, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(network.decode(network.codes(x)), network(x), atol=1e-4)
    assert int(network.codes(x).max()) < 240 and int(network.codes(x).min()) >= 0


def test_the_command_line(shelf: Path, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr("muse.hub.shelves", lambda: [shelf])
    out = tmp_path / "seven.png"
    assert run(["paint", "--digit", "7", "--steps", "3", "-o", str(out), "--size", "56"]) == 0
    work = open_work(out)
    assert isinstance(work, Picture) and work.width == 56
    assert work.provenance["AIGC"]["Label"] == "1"
    sheet = ["paint", "--digit", "7", "--method", "gan", "--variations", "6", "--grid"]
    assert run([*sheet, "-o", str(tmp_path / "grid.png")]) == 0
    assert open_work(tmp_path / "grid.png").width == 3 * 28 + 2 * 2
    assert run(["paint", "--walk", "1,2", "--variations", "3", "-o", f"{tmp_path}/way/"]) == 0
    assert len(list((tmp_path / "way").glob("*.png"))) == 3
    assert run(["regrow", str(out), "-o", str(tmp_path / "again.png")]) == 0
    assert open_work(tmp_path / "again.png") == work
    assert run(["show", str(out)]) == 0
    assert "56 x 56" in capsys.readouterr().out
    for wrong in (
        ["paint"],
        ["paint", "--digit", "12"],
        ["paint", "apple", "--method", "gan"],
        ["paint", "--digit", "1", "-o", "x.mid"],
        ["paint", "--digit", "1", "--like", str(tmp_path / "none.png")],
        ["paint", "--walk", "a,b"],
    ):
        assert run(wrong) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
