"""Web pages and PDF files of poems, stories and scripts: whole, harmless, the same each time."""

from __future__ import annotations

import base64
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings

from muse.works.base import WishError, Work
from muse.works.formats import printed_poem, screenplay
from muse.works.pages import page
from muse.works.poem import Poem
from muse.works.script import Direction, PageBreak, Script, Section, Speech, Synopsis
from muse.works.story import Story

from .writing_strategies import poems, scripts, stories

HOSTILE = "</p></title></style><script>alert('x')</script><img src=x onerror=y>&\""
QUIET_NIGHT = Poem(
    (("床前明月光，", "疑是地上霜。"), ("举头望明月，", "低头思故乡。")),
    title="静夜思", author="李白", language="zh", provenance={"model": "verse-zh 1", "seed": 7},
)  # fmt: skip


class _Reader(HTMLParser):
    """Reads a page, and checks that each element is closed in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.meta: dict[str, str] = {}
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        assert not [name for name in found if name.startswith("on") or name in ("src", "href")]
        if tag == "meta":
            self.meta[found.get("name", "")] = found.get("content") or ""
        if tag not in ("meta", "br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and "title" not in self.open:
            self.text += data


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@settings(max_examples=60, deadline=None)
@given(poems() | stories() | scripts())
def test_pages_are_well_formed_and_hold_no_script(work: Work) -> None:
    html = page(work)
    reader = _read(html)
    assert not {"script", "link", "img", "iframe", "object"} & set(reader.tags)
    assert "@import" not in html and "url(" not in html
    if work.provenance:
        assert json.loads(reader.meta["muse-provenance"]) == work.provenance
    if isinstance(work, Poem):
        at = 0
        for line in work.lines:
            at = reader.text.index(line, at) + len(line)
    assert _read(work._repr_mimebundle_()["text/html"]).text in reader.text  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "work",
    [
        Poem(((HOSTILE,),), title=HOSTILE, author=HOSTILE, provenance={"model": HOSTILE}),
        Story((HOSTILE,), title=HOSTILE, author=HOSTILE, provenance={HOSTILE: "x"}),
        Script(
            (Speech("<b>", (HOSTILE,)), Direction(f"*{HOSTILE}*")),
            ("<i>",), HOSTILE, title=HOSTILE, author=HOSTILE,
        ),
    ],
)  # fmt: skip
def test_strangers_text_stays_text(work: Work) -> None:
    reader = _read(page(work))
    assert "script" not in reader.tags and "img" not in reader.tags
    assert HOSTILE in reader.text


def test_pages_are_for_light_and_dark_and_for_chinese() -> None:
    html = page(QUIET_NIGHT)
    assert "prefers-color-scheme:dark" in html and '<html lang="zh">' in html
    assert "Kaiti SC" in html and "writing-mode" not in html
    assert "made by verse-zh 1, seed 7" in html
    assert "writing-mode:vertical-rl" in page(QUIET_NIGHT, vertical=True)
    assert "Kaiti" not in page(Poem((("the sea",),)))


def test_a_play_shows_verse_line_by_line_and_its_marks() -> None:
    html = page(Script((Speech("ANNA", ("Blow, **winds**,", "(pause)", "~and crack"), True),)))
    assert "Blow, <strong>winds</strong>," in html and "<em>(pause)</em>" in html
    assert "<em>and crack</em>" in html and html.count("display:block") == 3
    assert "<br>" not in html.split("<main>")[1].replace("ANNA<br>", "")


def _pdf_pages(data: bytes) -> list[str]:
    """The text that a PDF of ReportLab's shows, a page each, its pieces on lines of their own."""
    pages = []
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        try:
            shown = zlib.decompress(base64.a85decode(b"<~" + found[1].strip(), adobe=True))
        except (ValueError, zlib.error):
            continue  # a font
        if b" Tf" in shown:
            texts = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", shown)
            pages.append("\n".join(re.sub(rb"\\(.)", rb"\1", t).decode("latin-1") for t in texts))
    return pages


def test_a_printed_poem_keeps_its_lines_and_its_account() -> None:
    lines = ("Shall I compare thee to a summer's day?", "  Thou art more lovely")
    poem = Poem((lines, ("and (more) temperate:",)), title="18", provenance={"seed": 7})
    data = printed_poem.encode(poem, ".pdf")
    assert data.startswith(b"%PDF") and data == printed_poem.encode(poem, ".pdf")
    (shown,) = _pdf_pages(data)
    assert [words for line in shown.split("\n") if (words := line.strip("\xa0 "))] == [
        "18", "Shall I compare thee to a summer's day?", "Thou art more lovely",
        "and (more) temperate:",
    ]  # fmt: skip
    assert b'{"seed": 7}' in data.replace(b"\\", b"")


def test_a_chinese_poem_is_printed_without_a_font_on_this_machine() -> None:
    data = printed_poem.encode(QUIET_NIGHT, ".pdf")
    (shown,) = _pdf_pages(data)
    assert b"STSong-Light" in data and shown.count("\n") == 5


def test_long_poems_have_more_pages() -> None:
    assert len(_pdf_pages(printed_poem.encode(Poem((("the sea",) * 200,)), ".pdf"))) > 3


def test_signs_without_a_font_are_told() -> None:
    with pytest.raises(WishError, match=r"U\+043C.*\.html"):
        printed_poem.encode(Poem((("мороз",),)), ".pdf")
    assert _pdf_pages(printed_poem.encode(Poem((("na\u0101",),)), ".pdf")) == ["naa"]


def test_a_screenplay_has_pages_numbers_and_wider_verse() -> None:
    line = "Blow, winds, and crack your cheeks! Rage, blow!"
    prose = Script(
        (Speech("ANNA", (line,)), Synopsis("not shown"), Section("ACT I")), title="Storm"
    )
    verse = Script((Speech("ANNA", (line, line), True), PageBreak(), Direction("*End*")))
    title, shown = _pdf_pages(screenplay.encode(prose, ".pdf"))
    assert "Storm" in title
    assert "ACT" in shown and "I" in shown and "not shown" not in shown
    first, second = _pdf_pages(screenplay.encode(verse, ".pdf"))
    assert first.split("\n").count(line) == 2 and line not in shown.split("\n")
    assert "2." in second and "End" in second
    assert screenplay.encode(verse, ".pdf") == screenplay.encode(verse, ".pdf")


@settings(max_examples=40, deadline=None)
@given(poems() | scripts())
def test_any_work_is_printed_or_refused_in_one_line(work: Poem | Script) -> None:
    printer = printed_poem if isinstance(work, Poem) else screenplay
    try:
        assert printer.encode(work, ".pdf").startswith(b"%PDF")  # type: ignore[arg-type]
    except WishError as error:
        assert "U+" in str(error) and "\n" not in str(error)


def test_a_very_long_speech_runs_over_pages(tmp_path: Path) -> None:
    made = Script(
        (
            Speech("A", ("word " * 3_000,)),
            Speech("B", ("x",) * 300, True, dual=True),
            *(Speech(f"C{n}", ("(only this)",)) for n in range(200)),
        )
    )
    assert len(_pdf_pages(made.save(tmp_path / "a.pdf").read_bytes())) > 5
