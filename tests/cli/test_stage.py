"""`muse script`, `muse story`, and more of them: files, JSON, errors in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from muse.cli import run
from muse.works.formats import open_work
from muse.works.script import Script
from muse.works.story import Story

from ..makers.tiny_english import saved_bundle, storm

Call = Callable[..., tuple[int, str, str]]
SMALL = ("--cast", "ANNA, PIERRE", "--speeches", "3", "--speech-words", "2-5", "--candidates", "1")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    saved_bundle(folder / "script-en")
    return folder


@pytest.fixture
def muse(home: Path, monkeypatch: pytest.MonkeyPatch, capsys, tmp_path: Path) -> Call:
    """`muse ...` in an empty folder with a tiny bundle: exit code, stdout, stderr."""
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


def opened(name: str) -> Script:
    found = open_work(name)
    assert isinstance(found, Script)
    return found


def test_script_writes_all_formats(muse: Call) -> None:
    names = ["a.fountain", "b.fdx", "c.pdf", "d.html", "e.txt", "f.json"]
    outs = [part for name in names for part in ("-o", name)]
    code, out, err = muse("script", "a storm at sea", *SMALL, *outs)
    assert (code, out.split(), err) == (0, names, "")
    scene = opened("a.fountain")
    assert len(scene.speeches) == 3 and scene.setting == "a storm at sea"
    for name in ("b.fdx", "e.txt", "f.json"):
        assert opened(name).speeches == scene.speeches


def test_script_is_shown_or_told_as_json(muse: Call) -> None:
    code, out, _ = muse("script", "a ship", *SMALL, "--seed", "2")
    assert code == 0 and "Persons: ANNA, PIERRE" in out
    code, out, _ = muse("script", "a ship", *SMALL, "--variations", "2", "--json")
    found = json.loads(out)
    assert [each["speeches"] for each in found] == [3, 3]
    assert found[0]["provenance"]["settings"]["cast"] == ["ANNA", "PIERRE"]


def test_script_is_streamed(muse: Call) -> None:
    code, out, _ = muse("script", "a ship", *SMALL, "--stream", "-o", "a.fountain")
    assert code == 0 and out.endswith("a.fountain\n")
    for speech in opened("a.fountain").speeches:
        assert f"{speech.speaker}." in out and speech.lines[-1] in out
    assert muse("script", "a ship", *SMALL, "--stream", "--json")[0] == 2


def test_story_goes_on_from_its_beginning(muse: Call) -> None:
    wish = ("Once there was a", "--words", "20", "--seed", "1")
    code, out, err = muse("story", *wish, "--stream", "-o", "k.txt")
    story = open_work("k.txt")
    assert (code, err) == (0, "") and isinstance(story, Story)
    assert out == f"{story.text}\nk.txt\n" and story.text.startswith("Once there was a")
    code, out, _ = muse("continue", "k.txt", "--words", "10", "-o", "k2.txt")
    longer = open_work("k2.txt")
    assert code == 0 and isinstance(longer, Story) and longer.text.startswith(story.text + "\n\n")


def test_redo_and_continue_keep_the_rest(muse: Call) -> None:
    storm().save("a.fountain")
    before = opened("a.fountain")
    code, out, _ = muse("redo", "a.fountain", "--speech", "3", "--alternatives", "3")
    assert code == 0
    assert out.count("BOATSWAIN") == 4 and "Below, the pair of you." in out and "    3)" in out
    code, _, _ = muse("redo", "a.fountain", "--speech", "3", "-o", "b.fountain")
    made = opened("b.fountain")
    assert [a == b for a, b in zip(before.elements, made.elements)].count(False) == 1
    code, _, _ = muse(
        "continue", "a.fountain", "--speeches", "2", "--cast", "KATE", "-o", "c.fountain"
    )
    longer = opened("c.fountain")
    assert code == 0 and longer.elements[:9] == before.elements
    assert len(longer.speeches) == 7 and "KATE" in longer.cast
    code, out, err = muse("regrow", "c.fountain", "-o", "d.fountain")
    assert code == 0 and "word for word" in err
    assert opened("d.fountain") == longer


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("script x", "say who speaks"),
        ("script x --cast A,B --speeches 0", "--speeches must be from 1"),
        ("script x --cast A,B --order A,C", "C is not in the cast"),
        ("script x --cast A,A", "A twice"),
        ("script x --cast A,B -o a.mid", "the suffix must be one of .fountain"),
        ("script x --cast A,B --model nobody", "no bundle named 'nobody'"),
        ("script x --cast A,B --stream --variations 2", "one piece alone"),
        ("story x --words 3", "--words must be from 10"),
        ("story", "the following arguments are required"),
        ("redo a.fountain", "--speech: say which"),
        ("redo a.fountain --speech 9", "speeches 1 to 5"),
        ("redo a.fountain --line 2", "a script has speeches"),
        ("continue a.fountain --order ANNA,NEMO", "NEMO is not in the cast"),
        ("continue poem.txt", "cannot be continued"),
    ],
)
def test_wrong_wishes_are_one_line(muse: Call, arguments: str, told: str) -> None:
    storm().save("a.fountain")
    Path("poem.txt").write_text(
        "O wild west wind\nThou breath of day\n\nThou from whose unseen\nLeaves\n"
    )
    code, _, err = muse(*arguments.split())
    assert code == 2 and told in err and err.count("\n") == 1 and "Traceback" not in err
