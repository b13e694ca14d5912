"""Verbs of the latent space: what they write, their picture, and wrong wishes in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from muse.cli import run
from muse.cli.blending import STEERED
from muse.evaluate.attributes import ATTRIBUTES
from muse.works.formats import open_score
from muse.works.path_picture import path_svg

from ..makers.tiny import bar_notes, theme, tiny_bundle
from ..makers.tiny_blender import tiny_blend_bundle

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    tiny_bundle(folder / "melody")
    tiny_blend_bundle(folder / "blend")
    tiny_blend_bundle(folder / "bare", space=False)
    return folder


@pytest.fixture
def muse(home: Path, monkeypatch: pytest.MonkeyPatch, capsys, tmp_path: Path) -> Call:
    """`muse ...` in an empty folder with tiny bundles: exit code, stdout, stderr."""
    monkeypatch.setenv("MUSE_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    theme(True, parts=2).save("a.mid")
    theme(pickup=36).save("b.abc")
    theme().transposed(2).save("c.musicxml")

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = run(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_blend_fills_a_folder_and_paints_the_way(muse: Call) -> None:
    code, out, err = muse("blend", "a.mid", "b.abc", "--steps", "4", "--candidates", "1",
                          "-o", "way/", "--picture", "way.png")  # fmt: skip
    assert (code, err) == (0, "")
    assert {f"way/blend-{n}.mid" for n in (1, 2, 3, 4)} <= set(out.split())
    a, b = open_score("a.mid"), open_score("b.abc")
    assert bar_notes(open_score("way/blend-1.musicxml")) == bar_notes(a)
    assert bar_notes(open_score("way/blend-4.mid")) == bar_notes(b)
    assert open_score("way/blend-2.mid").provenance["verb"] == "blend"
    picture = Path("way/path.svg").read_text()
    ElementTree.fromstring(picture)
    assert picture.count("<polyline") == 1 and picture.count("Piano roll of") == 4
    assert Path("way.png").read_bytes()[:4] == b"\x89PNG"


def test_a_space_without_a_map_paints_the_rolls_alone(muse: Call) -> None:
    code, *_ = muse("blend", "c.musicxml", "a.mid", "--steps", "3", "--model", "bare",
                    "--candidates", "1", "-o", "x.abc", "--picture", "p.svg")  # fmt: skip
    assert code == 0 and Path("x-2.abc").exists()
    assert "polyline" not in Path("p.svg").read_text()


def test_vary_goes_by_latents_where_they_are(muse: Call) -> None:
    code, out, _ = muse("vary", "a.mid", "--amount", "0.4", "--variations", "2", "--json")
    found = json.loads(out)
    assert code == 0 and len(found) == 2
    assert muse("vary", "a.mid", "-o", "v.mid")[0] == 0
    assert open_score("v.mid").provenance["model"] == "blend 1"
    assert muse("vary", "a.mid", "--model", "melody", "-o", "w.mid")[0] == 0
    assert open_score("w.mid").provenance["model"] == "melody 3"
    code, _, err = muse("vary", "a.mid", "--chords", "| G |")
    assert code == 2 and "--model melody" in err


def test_steer_and_sample(muse: Call) -> None:
    code, out, _ = muse("steer", "c.musicxml", "--density", "+1", "--leaps", "-1", "-o", "s.mid")
    assert code == 0 and out == "s.mid\n"
    assert open_score("s.mid").bars == 6 and open_score("s.mid").provenance["verb"] == "steer"
    arguments = ("--bars", "3", "--key", "D minor", "--meter", "3/4", "--seed", "2")
    assert muse("sample-latent", *arguments, "-o", "n.musicxml")[0] == 0
    score = open_score("n.musicxml")
    assert score.bars == 3 and str(score.meter) == "3/4" and str(score.key) == "D minor"


def test_samples_grow_again_and_tunes_of_others_say_why_not(muse: Call) -> None:
    assert muse("sample-latent", "--variations", "2", "--seed", "5", "-o", "n.mid")[0] == 0
    assert muse("regrow", "n-2.mid", "-o", "again.mid")[0] == 0
    assert open_score("again.mid").melody.notes == open_score("n-2.mid").melody.notes
    assert muse("vary", "a.mid", "-o", "v.mid")[0] == 0
    code, _, err = muse("regrow", "v.mid", "-o", "w.mid")
    assert code == 2 and "made from tunes" in err


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("blend", "a.mid", "b.abc", "--steps", "1"), "--steps"),
        (("blend", "a.mid", "nothing.mid"), "nothing.mid"),
        (("blend", "a.mid", "b.abc", "--picture", "x.gif"), ".svg or .png"),
        (("blend", "a.mid", "b.abc", "--model", "melody"), "not a latent space"),
        (("steer", "a.mid"), "--density"),
        (("steer", "a.mid", "--density", "1", "--model", "bare"), "no directions"),
        (("sample-latent", "--meter", "11/8"), "--meter"),
        (("vary", "a.mid", "--amount", "1.5"), "--amount"),
    ],
)
def test_wrong_wishes_are_one_line(muse: Call, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = muse(*arguments)
    assert code == 2 and out == "" and words in err and err.count("\n") == 1


def test_options_of_steer_are_the_attributes() -> None:
    assert list(STEERED) == list(ATTRIBUTES)


def test_pictures_escape_titles() -> None:
    from dataclasses import replace

    tune = replace(theme(), title="<script>&")
    svg = path_svg([tune, tune], [(0, 0), (1, 1)], [(0.5, 0.2)])
    ElementTree.fromstring(svg)
    assert "<script>" not in svg
