"""`muse scan` and `muse rhymes`: pages, JSON, and errors in one line."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muse.cli import run, verse
from muse.works.poem import Poem

from ..theory.poems import HAIKU, SONNET_18

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def muse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Call:
    """`muse ...` in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = run(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def refused(answer: tuple[int, str, str], *said: str) -> None:
    code, out, err = answer
    assert (code, out, err.count("\n")) == (2, "", 1), answer
    assert err.startswith("muse: ")
    for each in said:
        assert each in err


def test_scan_shows_a_page(muse: Call) -> None:
    Path("sonnet.txt").write_text(SONNET_18, encoding="utf-8")
    code, out, err = muse("scan", "sonnet.txt")
    assert (code, err) == (0, "")
    assert re.search(r"1  Shall I compare thee to a summer’s day\? +A  10\n", out)
    assert "Shakespearean sonnet: 14 lines, rhymed ABAB CDCD EFEF GG" in out
    assert "´" in out


def test_scan_as_json(muse: Call) -> None:
    Path("haiku.txt").write_bytes(b"\xef\xbb\xbf" + HAIKU.replace("\n", "\r\n").encode())
    code, out, _ = muse("scan", "haiku.txt", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["form"] == "haiku (5-7-5)"
    assert [line["natural"] for line in found["stanzas"][0]["lines"]] == [5, 7, 5]


@pytest.mark.parametrize("suffix", [".txt", ".md", ".json"])
def test_scan_opens_every_format_of_poems_and_leaves_the_title_out(muse: Call, suffix: str) -> None:
    stanzas = tuple(tuple(block.splitlines()) for block in SONNET_18.strip().split("\n\n"))
    poem = Poem(stanzas, title="Eighteen", author="William Shakespeare")
    poem.save("sonnet" + suffix)
    code, out, err = muse("scan", "sonnet" + suffix)
    assert (code, err) == (0, "")
    assert "Shakespearean sonnet: 14 lines" in out and "Eighteen" not in out


def test_scan_of_what_is_no_poem_is_told(muse: Call) -> None:
    Path("scene.fountain").write_text("INT. ROOM\n\nANNA\nCome in.\n", encoding="utf-8")
    refused(muse("scan", "scene.fountain"), "scene.fountain", "no poem", "script")
    Path("broken.json").write_text("{", encoding="utf-8")
    refused(muse("scan", "broken.json"), "broken.json")


def test_scan_reads_the_standard_input(muse: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SONNET_18.encode())))
    assert "Shakespearean" in muse("scan", "-")[1]


def test_a_terminal_without_the_marks_gets_plain_ones(
    muse: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verse, "_shows", lambda signs: False)
    Path("haiku.txt").write_text(HAIKU, encoding="utf-8")
    out = muse("scan", "haiku.txt")[1]
    assert "/ stressed" in out
    assert out.isascii()


def test_what_cannot_be_scanned_is_told_in_one_line(muse: Call) -> None:
    refused(muse("scan", "nowhere.txt"), "nowhere.txt", "No such file")
    Path("folder").mkdir()
    refused(muse("scan", "folder"), "folder")
    refused(muse("scan", "a\0b"), "cannot read")
    Path("latin.txt").write_bytes(b"one line\ncaf\xe9 noir\n")
    refused(muse("scan", "latin.txt"), "0xe9", "position 12", "line 2", "UTF-8")
    Path("long.txt").write_bytes(b"a line of verse\n" * 700_000)
    refused(muse("scan", "long.txt"), "1 MB")
    Path("empty.txt").write_bytes(b"\n \n")
    refused(muse("scan", "empty.txt"), "empty")
    Path("russian.txt").write_text("мороз и солнце", encoding="utf-8")
    refused(muse("scan", "russian.txt"), "no verse in English")


def test_chinese_goes_to_the_chinese_reader(muse: Call) -> None:
    Path("poem.txt").write_text("白日依山尽，\n黄河入海流。\n欲穷千里目，\n更上一层楼。\n", "utf-8")
    code, out, err = muse("scan", "poem.txt")
    assert (code, err) == (0, "")
    assert "五绝" in out
    assert json.loads(muse("scan", "poem.txt", "--json")[1])


def test_characters_rhyme_by_a_book(muse: Call) -> None:
    code, out, _ = muse("rhymes", "春")
    assert code == 0 and "十一真" in out and "人" in out
    found = json.loads(muse("rhymes", "斜", "--book", "cilin", "--json")[1])
    assert any("花" in group["characters"] for group in found["rhymes"])


def test_rhymes_are_listed_by_syllables(muse: Call) -> None:
    code, out, err = muse("rhymes", "love")
    assert (code, err) == (0, "")
    assert "love  L AH1 V" in out
    assert "1 syllable   dove, glove, shove" in out
    assert "labov" not in out
    assert "labov" in muse("rhymes", "love", "--all")[1]
    assert "prove" in muse("rhymes", "love", "--near")[1]
    assert "--near" in muse("rhymes", "orange")[1]


def test_rhymes_as_json(muse: Call) -> None:
    found = json.loads(muse("rhymes", "sea", "--json")[1])
    assert found["pronunciations"][0] == {"phonemes": "S IY1", "syllables": 1, "certain": True}
    assert {"word": "thee", "kind": "perfect", "syllables": 1} in [
        {key: each[key] for key in ("word", "kind", "syllables")} for each in found["rhymes"]
    ]


def test_unknown_words_are_told_with_the_nearest(muse: Call) -> None:
    refused(muse("rhymes", "nightingail"), "nightingale", "--guess")
    assert "a guess" in muse("rhymes", "snabe", "--guess")[1]
    refused(muse("rhymes", "море"), "Latin")
    refused(muse("rhymes", ""), "not an English word")


@given(st.binary(max_size=120))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_file_is_scanned_or_refused(muse: Call, data: bytes) -> None:
    Path("any.txt").write_bytes(data)
    code, out, err = muse("scan", "any.txt")
    assert (code == 0 and out and not err) or (code == 2 and err.count("\n") == 1)


@given(st.text(max_size=20).filter(lambda text: not text.startswith("-")))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_word_is_answered(muse: Call, word: str) -> None:
    code, out, err = muse("rhymes", word)
    assert (code == 0 and out) or (code == 2 and err.count("\n") == 1)
