"""The published frame tables: found by their recipes, checked, and written split by split."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from muse.cli import run
from muse.data.frames import CODECS, frame_draw, prepare_frames, read_frames
from muse.data.recipe import load_dataset_recipe
from muse.data.shards import Shard
from muse.tokens.frames import FrameCodec
from muse.train.recipe import load_train_recipe
from muse.works.base import WishError

scipy_io = pytest.importorskip("scipy.io")

VOICES = [[74, 70, 65, 58], [74, 70, 65, 58], [72, -1, 65, 57]]
SETS = [[60, 64, 67], [], [21, 108]]


def write_json(path: Path, piece: object = VOICES) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"train": [VOICES, piece], "valid": [piece], "test": [VOICES]}))
    return path


def write_matlab(path: Path) -> Path:
    """Piano rolls in cells, as Boulanger-Lewandowski's are."""
    roll = np.zeros((len(SETS), 88), np.uint8)
    for row, frame in zip(roll, SETS):
        row[[pitch - 21 for pitch in frame]] = 1
    cells = np.empty((1, 2), object)
    cells[0, 0], cells[0, 1] = roll, roll[:2]
    path.parent.mkdir(parents=True)
    scipy_io.savemat(path, {f"{s}data": cells for s in ("train", "valid", "test")})
    return path


@pytest.mark.parametrize("name", CODECS)
def test_every_table_has_its_recipes(name: str) -> None:
    recipe, trained = load_dataset_recipe(name), load_train_recipe(name)
    assert (recipe.name, recipe.reader) == (name, "frames")
    assert len(recipe.sha256) == 64 and recipe.licence and recipe.homepage
    assert (trained.kind, list(trained.data.sources)) == ("frames", [name])
    assert frame_draw(trained.name)


def test_data_prepare_finds_and_writes_a_table(tmp_path: Path, monkeypatch, capsys) -> None:
    write_json(tmp_path / "raw" / "jsb-chorales" / "Jsb16thSeparated.json")
    write_matlab(tmp_path / "raw" / "tcn" / "TCN" / "poly_music" / "mdata" / "JSB_Chorales.mat")
    shelf = Path.cwd() / "datasets"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "datasets").symlink_to(shelf)
    for name, frames in (("jsb16", VOICES), ("jsb-sets", SETS)):
        assert run(["data", "prepare", name, "--from", "raw"]) == 0
        out = capsys.readouterr().out
        assert "train: 2 pieces" in out and out.endswith(f"shards/{name}\n")
        shard = Shard(tmp_path / "shards" / name / "train.bin")
        codec = FrameCodec(CODECS[name])
        # Of a set the codec keeps the pitches, not their order.
        assert [sorted(f) for f in codec.decode(shard[0].tolist())] == [sorted(f) for f in frames]
        assert shard.index.pieces[0].notes == 3 and shard.index.tokenizer == name
        report = json.loads((tmp_path / "shards" / name / "report.json").read_text())
        assert report["sources"][name]["as_in_recipe"] is False, "the test's file is another one"
        assert set(report["splits"]) == {"train", "valid", "test"}
    assert run(["data", "prepare", "nottingham-sets", "--from", "raw"]) == 2
    assert run(["data", "prepare", "jsb16"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and "no files" in lines[0] and "--from" in lines[1]


@pytest.mark.parametrize(
    "piece",
    [
        [[74, 70, 65]], [[74, 70, 65, 58, 50]], [[74, 70, 65, 9]], [[74, 70, 65, 109]],
        [[74, 70, 65, None]], [[74, 70, 65, 58.5]], [[True, 70, 65, 58]], [], [74, 70], "x", None,
    ],
)  # fmt: skip
def test_what_is_no_frame_is_refused(piece: object, tmp_path: Path) -> None:
    with pytest.raises(WishError, match="voices"):
        read_frames(write_json(tmp_path / "voices.json", piece), "voices")


def test_damaged_files_and_unknown_tables_are_refused(tmp_path: Path) -> None:
    for name, data in (
        ("a.json", b"{"),
        ("b.json", b"[]"),
        ("c.mat", b"MATLAB 5.0"),
        ("d.mat", b""),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(WishError, match=rf"cannot read .*{name[0]}\."):
            read_frames(tmp_path / name, "sets")
    with pytest.raises(WishError, match="jsb16 jsb-sets nottingham-sets"):
        prepare_frames(["ryan"], tmp_path, tmp_path)
    with pytest.raises(WishError, match="no table of frames"):
        frame_draw("ryan")
