"""`muse show` of poems, scripts and stories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from muse.cli import run
from muse.works.poem import Poem
from muse.works.script import Script, Speech
from muse.works.story import Story

POEM = Poem(
    (("The sea is grey,", "The sea is wide,"), ("And no one asks", "The tide.")),
    title="Winter Sea", form="quatrain", locked=(2,), provenance={"model": "verse-en 1", "seed": 7},
)  # fmt: skip


def test_a_poem_is_shown_with_its_lines_and_where_it_came_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(POEM.save(tmp_path / "poem.txt"))
    assert run(["show", path]) == 0
    out = capsys.readouterr().out
    assert "  2 ▪ The sea is wide,\n\n  3   And no one asks\n" in out
    assert "Where it came from:\n  model         verse-en 1\n" in out
    assert run(["show", path, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["form"] == "quatrain" and found["locked"] == [2]
    assert found["provenance"]["seed"] == 7


def test_a_poem_by_hand_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("床前明月光，\n疑是地上霜。\n", encoding="utf-8")
    assert run(["show", str(tmp_path / "a.txt")]) == 0
    out = capsys.readouterr().out
    assert "  1   床前明月光，\n" in out and "does not say that a program made it" in out


def test_a_script_and_a_story_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = Script((Speech("ANNA", ("Blow, winds,", "and crack!"), True),), title="Storm")
    for path in (script.save(tmp_path / "a.fountain"), script.save(tmp_path / "a.fdx")):
        assert run(["show", str(path)]) == 0
        assert "   1  ANNA.\n        Blow, winds,\n" in capsys.readouterr().out
    assert run(["show", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["speeches"] == 1
    assert run(["show", str(Story(("Once.",)).save(tmp_path / "a.md"))]) == 0
    assert "\nOnce.\n" in capsys.readouterr().out


def test_strangers_provenance_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = POEM.with_provenance({"\x1b[2J": "a\x1b]0;x\x07\nb"}).save(tmp_path / "a.json")
    assert run(["show", str(path)]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"a\x00b", b"a" * 3_000_000])
def test_what_is_no_text_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    assert run(["show", str(tmp_path / "a.txt")]) == 2
    out, err = capsys.readouterr()
    assert not out and err.count("\n") == 1 and "a.txt" in err
