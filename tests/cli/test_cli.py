"""The command line: exit codes, one-line errors, files that are whole or not there."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from muse.cli import run
from muse.works import base
from muse.works.formats import open_score

from ..makers.tiny import bar_notes, theme, tiny_bundle

Call = Callable[..., tuple[int, str, str]]
SMALL = ("--bars", "2", "--key", "D", "--meter", "2/4", "--range", "D4-D6", "--seed", "3")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    for kind in ("melody", "chorale"):
        tiny_bundle(folder / kind, kind)
    return folder


@pytest.fixture
def muse(home: Path, monkeypatch: pytest.MonkeyPatch, capsys, tmp_path: Path) -> Call:
    """`muse ...` in an empty folder with tiny bundles: exit code, stdout, stderr."""
    monkeypatch.setenv("MUSE_HOME", str(home))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = run(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def files() -> set[str]:
    """Everything in the working folder, hidden files too."""
    return {str(path) for path in Path().rglob("*") if path.is_file()}


def test_melody_writes_the_files_and_names_them(muse: Call) -> None:
    code, out, err = muse("melody", *SMALL, "-o", "a.mid", "-o", "deep/b.musicxml", "-o", "c.abc",
                          "-o", "d.json", "-o", "e.svg", "-o", "f.png", "-o", "g.wav")  # fmt: skip
    assert (code, err) == (0, "")
    names = ["a.mid", "deep/b.musicxml", "c.abc", "d.json", "e.svg", "f.png", "g.wav"]
    assert out.split() == names and files() == set(names)
    scores = [open_score(name) for name in names[:4]]
    assert len({score.melody.notes for score in scores}) == 1
    assert (scores[0].bars, str(scores[0].key), str(scores[0].meter)) == (2, "D major", "2/4")
    assert Path("e.svg").read_text().lstrip().startswith("<")
    assert Path("f.png").read_bytes().startswith(b"\x89PNG")


def test_without_output_the_tune_is_shown(muse: Call) -> None:
    code, out, err = muse("melody", *SMALL)
    assert (code, err, files()) == (0, "", set())
    assert "D major" in out and len(out.splitlines()) > 3


def test_same_seed_same_file(muse: Call) -> None:
    for name in ("a.mid", "b.mid"):
        muse("melody", *SMALL, "-o", name)
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()


def test_variations_are_numbered_and_a_folder_gets_several_formats(muse: Call) -> None:
    code, out, _ = muse("melody", *SMALL, "--variations", "2", "-o", "v.mid", "-o", "roll.roll.svg")
    assert code == 0 and files() == {"v-1.mid", "v-2.mid", "roll-1.roll.svg", "roll-2.roll.svg"}
    code, out, _ = muse("melody", *SMALL, "-o", "folder/")
    stem = "folder/compose-seed3-D-major"
    assert out.split() == [stem + suffix for suffix in (".mid", ".musicxml", ".svg")]


def test_json_says_what_was_made(muse: Call) -> None:
    _, out, _ = muse("melody", *SMALL, "--json", "-o", "a.mid")
    found = json.loads(out)
    assert (found["bars"], found["key"], found["files"]) == (2, "D major", ["a.mid"])
    assert found["provenance"]["settings"]["range"] == "D4-D6"
    _, out, _ = muse("melody", *SMALL, "--json", "--variations", "2", "-o", "v.mid")
    assert [each["files"] for each in json.loads(out)] == [["v-1.mid"], ["v-2.mid"]]


def test_verbs_that_take_a_theme(muse: Call) -> None:
    before = open_score(theme(True, parts=2).save("theme.mid"))
    assert muse("continue", "theme.mid", "--bars", "2", "--seed", "1", "-o", "c.mid")[0] == 0
    assert open_score("c.mid").bars == 8 and bar_notes(open_score("c.mid"))[:6] == bar_notes(before)
    assert muse("fill", "theme.mid", "--from-bar", "2", "--to-bar", "3", "-o", "f.mid")[0] == 0
    new, old = bar_notes(open_score("f.mid")), bar_notes(before)
    assert new[0] == old[0] and new[3:] == old[3:] and new != old
    by_bars = ("--model", "melody", "--amount", "0.2", "--seed", "2", "-o", "v.mid")
    assert muse("vary", "theme.mid", *by_bars)[0] == 0
    assert sum(a != b for a, b in zip(bar_notes(open_score("v.mid")), old)) == 1
    assert muse("harmonize", "theme.mid", "--seed", "2", "-o", "h.musicxml")[0] == 0
    assert open_score("h.musicxml").chords
    assert muse("harmonize", "theme.mid", "--voices", "4", "-o", "four.mid")[0] == 0
    assert len(open_score("four.mid").parts) == 4


def test_show_and_regrow(muse: Call) -> None:
    muse("melody", *SMALL, "-o", "a.abc")
    code, out, _ = muse("show", "a.abc")
    assert code == 0 and "Where it came from" in out and "melody 3" in out
    code, out, _ = muse("show", "a.abc", "--json")
    assert json.loads(out)["provenance"]["seed"] == 3
    code, out, err = muse("regrow", "a.abc", "-o", "again.mid")
    assert (code, out, err) == (0, "again.mid\n", "the same, note for note\n")
    assert open_score("again.mid").melody.notes == open_score("a.abc").melody.notes
    theme().save("mine.mid")
    assert "does not say that a program made it" in muse("show", "mine.mid")[1]


def test_regrow_notices_a_changed_piece(muse: Call) -> None:
    muse("melody", *SMALL, "-o", "a.json")
    open_score("a.json").transposed(1).save("b.json")
    code, _, err = muse("regrow", "b.json", "-o", "c.mid")
    assert code == 2 and "NOT the same" in err and "was changed" in err


WRONG = {
    "no verb": ((), "VERB"),
    "unknown verb": (("compose",), "compose"),
    "unknown option": (("melody", "--colour", "blue"), "unknown option '--colour'.*melody --help"),
    "shortened option": (("melody", "--bar", "3"), "unknown option '--bar'"),
    "stray word": (("melody", "blue"), "unknown option 'blue'"),
    "a word for a number": (("melody", "--bars", "many"), "--bars"),
    "a wrong wish": (("melody", "--key", "H"), "--key"),
    "no theme": (("continue",), "theme"),
    "a missing theme": (("continue", "nothing.mid"), "nothing.mid"),
    "a theme of unknown kind": (("continue", "theme.doc"), r"theme.doc: unknown suffix '.doc'"),
    "no bars to fill": (("fill", "theme.mid"), "--from-bar"),
    "bars that are not there": (
        ("fill", "theme.mid", "--from-bar", "9", "--to-bar", "9"), "bars 1 to 6"
    ),
    "unknown suffix": (("melody", "-o", "a.doc"), r"-o a.doc: the suffix must be one of .*\.mid"),
    "no suffix": (("melody", "-o", "tune"), "-o tune: the suffix"),
    "unknown bundle": (("melody", "--model", "nothing"), "no bundle named 'nothing'.*melody"),
    "a folder that is no bundle": (("melody", "--model", "./"), "config.json"),
    "three voices": (("harmonize", "theme.mid", "--voices", "3"), "--voices"),
    "unknown bundle to export": (("export", "nothing", "x"), "no bundle named"),
    "unknown recipe": (("train", "nothing"), "no training recipe 'nothing'"),
    "unknown recipe to publish": (("publish", "nothing"), "no training recipe"),
    "unknown recipe to prepare": (("data", "prepare", "nothing"), "no training recipe"),
    "unknown action": (("data", "fetch", "melody"), "fetch"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_in_one_line(muse: Call, arguments: tuple, words: str) -> None:
    theme().save("theme.mid")
    code, out, err = muse(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("muse: ") and err.count("\n") == 1, err
    assert re.search(words, err), err
    assert files() == {"theme.mid"}


@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".abc", ".json"])
def test_damaged_themes_are_told_in_one_line(muse: Call, suffix: str) -> None:
    for content in (b"", b"\x00\xff" * 40, b"MThd garbage", b"<score-partwise/>", b"X:1\nK:"):
        Path(f"bad{suffix}").write_bytes(content)
        code, out, err = muse("continue", f"bad{suffix}", "-o", "out.mid")
        assert (code, out, err.count("\n")) == (2, "", 1), (content, err)
    assert files() == {f"bad{suffix}"}


@pytest.mark.parametrize("out", ["file.txt/a.mid", "/proc/a.mid", "/dev/null/a.mid"])
def test_unwritable_places_are_told(muse: Call, out: str) -> None:
    Path("file.txt").write_text("x")
    code, _, err = muse("melody", *SMALL, "-o", out)
    assert code == 2 and err.startswith(f"muse: cannot write {out}") and err.count("\n") == 1
    assert files() == {"file.txt"}


def test_a_full_disk_leaves_no_half_written_file(muse: Call, monkeypatch) -> None:
    Path("old.mid").write_bytes(b"old")

    class FullDisk:
        def __init__(self, handle: int, mode: str) -> None:
            self.handle = handle

        def __enter__(self) -> FullDisk:
            return self

        def __exit__(self, *error: object) -> None:
            os.close(self.handle)

        def write(self, data: bytes) -> None:
            os.write(self.handle, data[:20])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(base.os, "fdopen", FullDisk)
    for name in ("old.mid", "new.mid"):
        code, _, err = muse("melody", *SMALL, "-o", name)
        assert code == 2 and "No space left on device" in err
    assert files() == {"old.mid"} and Path("old.mid").read_bytes() == b"old"


def test_models_lists_the_shelves(muse: Call, home: Path) -> None:
    code, out, _ = muse("models")
    assert code == 0 and "melody" in out and "chorale" in out and "version 3" in out
    found = {each["name"]: each for each in json.loads(muse("models", "--json")[1])}
    assert found["melody"]["folder"] == str(home / "melody")
    assert found["chorale"]["kind"] == "chorale" and found["melody"]["licence"] == "public domain"


def test_exported_folder_loads_in_transformers_with_equal_logits(muse: Call, home: Path) -> None:
    from transformers import AutoModelForCausalLM

    from muse.bundle import load_bundle

    code, out, _ = muse("export", "melody", "exported")
    assert (code, out) == (0, "exported\n")
    theirs = AutoModelForCausalLM.from_pretrained("exported", dtype=torch.float32).eval()
    ours = load_bundle(home / "melody").network()
    assert set(theirs.state_dict()) == set(ours.state_dict())
    ids = torch.randint(0, ours.config.vocab_size, (2, 40))
    with torch.no_grad():
        torch.testing.assert_close(theirs(ids).logits, ours(ids), rtol=0, atol=1e-4)


def test_export_writes_a_whole_folder_or_none(muse: Call) -> None:
    muse("export", "melody", "exported")
    Path("file.txt").write_text("x")
    Path("empty").mkdir()
    for target, words in [("exported", "not empty"), ("file.txt", "not empty"),
                          ("file.txt/x", "cannot write")]:  # fmt: skip
        code, _, err = muse("export", "melody", target)
        assert code == 2 and words in err and err.count("\n") == 1
    assert muse("export", "melody", "empty")[0] == 0
    assert {path.name for path in Path("empty").iterdir()} == {
        "config.json", "generation_config.json", "model.safetensors", "README.md", "tokenizer",
        "tokenizer.json",
    }  # fmt: skip
    assert not list(Path().glob(".*")), "nothing is left beside it"


def test_exported_tokenizer_reads_names(muse: Call) -> None:
    from transformers import PreTrainedTokenizerFast

    from muse.tokens.melody import melody_vocabulary

    muse("export", "melody", "exported")
    tokenizer = PreTrainedTokenizerFast(tokenizer_file="exported/tokenizer.json")
    names = ["BOS", "Meter_6/8", "Chord_none", "Pitch_-3", "End_72", "EOS"]
    assert tokenizer(" ".join(names))["input_ids"] == [melody_vocabulary()[n] for n in names]


def test_a_bundle_can_be_named_by_its_folder(muse: Call, home: Path) -> None:
    code, out, _ = muse("melody", *SMALL, "--json", "--model", str(home / "melody"))
    assert code == 0 and json.loads(out)["provenance"]["model"] == f"{home / 'melody'} 3"


def test_the_command_itself(home: Path, tmp_path: Path) -> None:
    """Through a real process: exit code 2 and no traceback, 0 and the file."""
    muse = [sys.executable, "-m", "muse"]
    environment = {**os.environ, "MUSE_HOME": str(home)}
    wrong = subprocess.run([*muse, "melody", "--bars", "0"], capture_output=True, text=True,
                           cwd=tmp_path, env=environment)  # fmt: skip
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("muse: --bars must be from 1") and wrong.stderr.count("\n") == 1
    right = subprocess.run([*muse, "melody", *SMALL, "-o", "a.json"], capture_output=True, text=True,
                           cwd=tmp_path, env=environment)  # fmt: skip
    assert (right.returncode, right.stdout, right.stderr) == (0, "a.json\n", "")
    assert json.loads((tmp_path / "a.json").read_text())["bars"] == 2
