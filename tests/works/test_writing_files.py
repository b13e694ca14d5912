"""Plain text, its document beside it, Markdown and JSON of poems, stories and scripts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import muse
from muse.works import base
from muse.works.base import WishError, Work
from muse.works.formats import WRITERS, json_works, markdown, open_work, plain_text, writing_json
from muse.works.formats.text_files import encode_sidecar
from muse.works.poem import Poem
from muse.works.script import Direction, Script, Speech
from muse.works.story import Story

from .writing_strategies import PIECES, poems, scripts, stories

POEM = Poem(
    (("the sea", "is grey"), ("and wide",)),
    title="Sea.",
    author="Anna",
    form="free verse",
    theme="winter",
    locked=(2,),
    provenance={"model": "verse-en 1", "seed": 7},
)
_works = poems() | stories() | scripts()


@settings(max_examples=100, deadline=None)
@given(_works)
def test_json_is_exact(work: Work) -> None:
    data = writing_json.encode(work, ".json")
    again = json_works.decode(data, "a.json")
    assert again == work and again.provenance == work.provenance
    assert writing_json.encode(again, ".json") == data


@settings(max_examples=150, deadline=None)
@given(poems() | stories())
def test_markdown_is_exact(work: Work) -> None:
    data = markdown.encode(work, ".md")
    again = markdown.decode(data, "a.md")
    assert again == work and again.provenance == work.provenance
    assert markdown.encode(again, ".md") == data


@settings(max_examples=100, deadline=None)
@given(_works, st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_plain_text_is_exact_with_its_document(work: Work, ending: bytes, mark: bool) -> None:
    data = plain_text.encode(work, ".txt")
    beside = encode_sidecar(work, data)
    stored = b"\xef\xbb\xbf" * mark + data.replace(b"\n", ending)
    again = plain_text.decode(stored, "a.txt", beside)
    assert again == work and again.provenance == work.provenance


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, "\n", "\n\n", "ANNA. ", "The sea\n"])).map("".join))
def test_any_text_is_a_work_or_refused(text: str) -> None:
    for module, name in ((plain_text, "a.txt"), (markdown, "a.md")):
        try:
            work = module.decode(text.encode(), name)
        except WishError as error:
            assert str(error).startswith(name) and "\n" not in str(error)
            continue
        assert isinstance(work, Poem | Story | Script)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_work_or_refused(data: bytes) -> None:
    for module in (plain_text, markdown, json_works):
        try:
            module.decode(data, "a")
        except WishError as error:
            assert str(error).startswith("a") and "\n" not in str(error)


def test_a_poem_is_saved_with_its_account_beside(tmp_path: Path) -> None:
    path = POEM.save(tmp_path / "poem.txt")
    assert path.read_text(encoding="utf-8") == "Sea.\n\nby Anna\n\nthe sea\nis grey\n\nand wide\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["poem.txt", "poem.txt.json"]
    again = muse.open(path)
    assert again == POEM and again.provenance == POEM.provenance
    assert muse.open(tmp_path / "poem.txt.json") == POEM
    document = json.loads((tmp_path / "poem.txt.json").read_text(encoding="utf-8"))
    assert document["form"] == "free verse" and document["locked"] == [2]


def test_an_account_of_another_text_is_not_believed(tmp_path: Path) -> None:
    path = POEM.save(tmp_path / "poem.txt")
    path.write_text("The sea\nIs red\n", encoding="utf-8")
    again = open_work(path)
    assert isinstance(again, Poem) and again.lines == ("The sea", "Is red")
    assert not again.provenance and not again.form and not again.locked
    for spoiled in (b"", b"{", b"[]", b"\xff", b'{"text_sha256": 5}', b"[" * 100_000):
        (tmp_path / "poem.txt.json").write_bytes(spoiled)
        assert open_work(path) == again
    (tmp_path / "poem.txt.json").unlink()
    (tmp_path / "poem.txt.json").mkdir()
    assert open_work(path) == again


def test_an_account_that_says_the_impossible_is_not_believed(tmp_path: Path) -> None:
    path = POEM.save(tmp_path / "poem.txt")
    beside = tmp_path / "poem.txt.json"
    document = json.loads(beside.read_text(encoding="utf-8"))
    document["locked"] = [99]
    beside.write_text(json.dumps(document), encoding="utf-8")
    assert not open_work(path).provenance


@pytest.mark.parametrize("failing", [0, 1])
@pytest.mark.parametrize("old", [True, False])
def test_text_and_account_appear_together_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, old: bool
) -> None:
    """Whichever of the two renamings fails, what stood there before stands there after."""
    if old:
        Poem((("The old",),), provenance={"seed": 1}).save(tmp_path / "poem.txt")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    replaced: list[str] = []
    rename = os.replace

    def failing_rename(source: str, target: Path) -> None:
        replaced.append(target.name)
        if len(replaced) == failing + 1:
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(base.os, "replace", failing_rename)
    with pytest.raises(WishError, match=r"cannot write .*poem\.txt.*No space"):
        POEM.save(tmp_path / "poem.txt")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []
    aside = base._written_aside

    def second_fails(path: Path, data: bytes) -> str:
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        return aside(path, data)

    monkeypatch.setattr(base, "_written_aside", second_fails)
    with pytest.raises(WishError, match="No space"):
        POEM.save(tmp_path / "poem.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").mkdir()
    with pytest.raises(WishError, match="cannot write"):
        POEM.save(tmp_path / "poem.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["poem.txt"]


def test_markdown_reads_as_people_write_it() -> None:
    poem = markdown.decode(
        b"---\ntags: x\n---\n# The *Sea*\n\nby Anna\n\nGrey  \nAnd wide\\\nAnd deep &amp; old.\n"
        b"\n<!-- a note -->\n> No one\n> Asks \\*.\n",
        "a.md",
    )
    assert isinstance(poem, Poem) and (poem.title, poem.author) == ("The Sea", "Anna")
    assert poem.stanzas == (("Grey", "And wide", "And deep & old."), ("No one", "Asks *."))


def test_markdown_shows_signs_as_they_are() -> None:
    lines = ("# no", "1. no", "- no", "*no*", "[no](x)", "<b>", "a\\", "  in", "![x]", "`a`")
    text = markdown.encode(Poem((lines,)), ".md").decode()
    assert text.split("\n\n<!--")[0].split("\\\n") == [
        r"\# no", r"1\. no", r"\- no", r"\*no\*", r"\[no\](x)", r"\<b\>", r"a\\", "&nbsp;&nbsp;in",
        r"\!\[x\]", r"\`a\`",
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".txt", ".md"])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"one\ncaf\xe9\n", "byte 0xe9 in line 2 is not UTF-8"),
        (b"one\ntwo\x1b[2J\n", r"line 2 holds the control character U\+001B"),
        (b"\xff\xfea\x00", "UTF-16"),
        (b"The sea is wide.\n" * 600_000, "10,200,000 bytes"),
        (b"a\n" * 100_001, "100,000 lines"),
        (b"The sea\n" * 10_001, "at most 10,000 lines"),
        (b"a" * 20_001, "at most 20,000"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_in_one_line(
    tmp_path: Path, suffix: str, data: bytes, said: str
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    with pytest.raises(WishError, match=said) as caught:
        open_work(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


_POEM_DOCUMENT = json.loads(writing_json.encode(POEM, ".json"))
_SCRIPT_DOCUMENT = json.loads(
    writing_json.encode(Script((Speech("A", ("x",)), Direction("y"))), ".json")
)


@pytest.mark.parametrize(
    ("document", "place", "value"),
    [
        (_POEM_DOCUMENT, ["version"], 2), (_POEM_DOCUMENT, ["stanzas"], []),
        (_POEM_DOCUMENT, ["stanzas"], None), (_POEM_DOCUMENT, ["stanzas", 0], "x"),
        (_POEM_DOCUMENT, ["stanzas", 0, 0], 7), (_POEM_DOCUMENT, ["stanzas", 0, 0], "a\nb"),
        (_POEM_DOCUMENT, ["stanzas", 0, 0], "\ud800"), (_POEM_DOCUMENT, ["locked"], [9]),
        (_POEM_DOCUMENT, ["locked"], [True]), (_POEM_DOCUMENT, ["locked"], "x"),
        (_POEM_DOCUMENT, ["title"], 5), (_POEM_DOCUMENT, ["language"], "xx"),
        (_POEM_DOCUMENT, ["provenance"], []), (_SCRIPT_DOCUMENT, ["elements"], []),
        (_SCRIPT_DOCUMENT, ["elements", 0], "x"), (_SCRIPT_DOCUMENT, ["elements", 0, "kind"], "x"),
        (_SCRIPT_DOCUMENT, ["elements", 0, "lines"], "x"),
        (_SCRIPT_DOCUMENT, ["elements", 0, "lines"], [5]),
        (_SCRIPT_DOCUMENT, ["elements", 0, "verse"], 1),
        (_SCRIPT_DOCUMENT, ["elements", 0, "speaker"], ""),
        (_SCRIPT_DOCUMENT, ["elements", 1, "text"], None), (_SCRIPT_DOCUMENT, ["cast"], [5]),
        (_SCRIPT_DOCUMENT, ["details"], [["x"]]), (_SCRIPT_DOCUMENT, ["details"], [["Title", "x"]]),
    ],
)  # fmt: skip
def test_json_that_says_the_impossible_is_refused(
    document: dict, place: list, value: object
) -> None:
    document = json.loads(json.dumps(document))
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(WishError, match=r"^a\.json: ") as caught:
        json_works.decode(json.dumps(document).encode(), "a.json")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_every_format_is_written_whole(tmp_path: Path) -> None:
    made: dict[str, Work] = {
        "Poem": POEM, "Story": Story(("Once.",)), "Script": Script((Speech("ANNA", ("Hi",)),)),
    }  # fmt: skip
    for kind, work in made.items():
        for suffix in WRITERS[kind]:
            path = work.save(tmp_path / kind / f"a{suffix}")
            assert path.stat().st_size > 0
        with pytest.raises(WishError, match="cannot write"):
            work.save(tmp_path / "a.mid")
