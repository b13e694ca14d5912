"""The house rules that a machine can check."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {
    "torch", "numpy", "music21", "verovio", "cairosvg", "miditoolkit", "safetensors", "transformers"
}  # fmt: skip


def python(code: str) -> str:
    """What `code` prints in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def heavy_after(code: str) -> set[str]:
    """Heavy packages that are imported once `code` has run."""
    loaded = python(f"import sys\n{code}\nprint('\\nLOADED', *sys.modules)").rpartition("LOADED")[2]
    return HEAVY & set(loaded.split())


def test_rooms_import_only_what_lies_below_them() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("folder", ["muse", "tests", "benchmarks"])
def test_files_read_in_one_sitting(folder: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}
    assert lengths or folder == "benchmarks"


@pytest.mark.parametrize("shelf", ["tokenizers", "datasets"])
def test_shelves_hold_no_python(shelf: str) -> None:
    """As packages they would shadow PyPI's `tokenizers` and `datasets`."""
    assert list((ROOT / shelf).rglob("*.py*")) == []


def test_no_grab_bags() -> None:
    names = {path.stem for path in (ROOT / "muse").rglob("*.py")}
    assert not names & {"utils", "util", "helpers", "misc", "common"}


def test_import_muse_is_light() -> None:
    assert heavy_after("import muse") == set()
    assert heavy_after("import muse; dir(muse); muse.__version__") == set()


def test_names_of_the_front_door_open() -> None:
    names = ["Score", "Part", "Note", "ChordMark", "Work", "WishError", "Key", "Meter", "Chord"]
    assert (
        python(f"import muse\nprint(all(getattr(muse, n).__name__ == n for n in {names}))")
        == "True\n"
    )
    assert "torch" not in heavy_after("import muse; muse.Score; muse.Key")


@pytest.mark.parametrize(
    "arguments", ["--help", "--version", "melody --help", "train --help", "melody --bars 0"]
)
def test_help_and_wrong_wishes_answer_without_torch(arguments: str) -> None:
    code = f"""
from muse.cli import run
try:
    run({arguments.split()})
except SystemExit:
    pass"""
    assert "torch" not in heavy_after(code)


def test_there_are_no_pickles_and_no_class_paths() -> None:
    for path in (ROOT / "muse").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in ("import pickle", "torch.load(", "torch.save(", "eval(", "exec("):
            assert word not in text.replace("model.eval(", "").replace(".eval(", ""), (path, word)
