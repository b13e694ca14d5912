"""Engraved pages: real pictures of the right size, with words and signs on them."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.works.base import WishError
from muse.works.formats import engraving
from muse.works.score import ChordMark, Note, Part, Score

SVG = "{http://www.w3.org/2000/svg}"


def _song(bars: int = 16, meter: str = "6/8", tempo: float = 165.0) -> Score:
    unit, bar_ticks = 12, Meter.parse(meter).bar_ticks
    count = bars * bar_ticks // unit
    words = ("Twin-", "kle", "lit-", "tle", "star")
    notes = tuple(Note(unit * n, unit, 62 + n % 9, 80, words[n % 5]) for n in range(count))
    symbols = ("D", "A7", "F#m7b5")
    chords = tuple(ChordMark(bar_ticks * n, Chord.parse(symbols[n % 3])) for n in range(bars))
    return Score(
        (Part(notes, "Voice"),), bars, ((1, Meter.parse(meter)),), ((0, Key.parse("D")),), ((0, tempo),), chords,
        title="Little <star> & Co", composer="A. Nonymous",
    )  # fmt: skip


def _words(svg: bytes) -> str:
    texts = ElementTree.fromstring(svg).iter(SVG + "text")
    return "|".join("".join(part.strip() for part in text.itertext()) for text in texts)


def test_svg_holds_the_music_and_the_words() -> None:
    svg = engraving.encode(_song(), ".svg")
    root = ElementTree.fromstring(svg)
    classes = [element.get("class", "") for element in root.iter(SVG + "g")]
    assert classes.count("note") == 96 and classes.count("measure") == 16
    assert classes.count("system") > 2
    words = _words(svg)
    for word in ("Little <star> & Co", "A. Nonymous", "Twin", "star", "D", "F♯", "=110"):
        assert word in words
    assert next(iter(root.iter(SVG + "rect"))).get("fill") == "white"


def test_each_staff_has_a_clef_that_fits() -> None:
    parts = (Part((Note(0, 96, 72),)), Part((Note(0, 96, 45),)))
    svg = engraving.encode(Score(parts, 1), ".svg").decode()
    groups = ElementTree.fromstring(svg).iter(SVG + "g")
    assert [group.get("class") for group in groups].count("clef") == 2
    assert "E050" in svg and "E062" in svg  # a treble clef and a bass clef


def test_no_text_needs_the_music_font() -> None:
    for score in (_song(), _song(4, "2/2", 120.0)):
        svg = engraving.encode(score, ".svg").decode()
        assert "Leipzig" not in svg and not re.search("[\ue000-\uf8ff]", svg)
        assert "@font-face" not in svg and "<script" not in svg


def test_the_same_score_gives_the_same_bytes() -> None:
    assert engraving.encode(_song(4), ".svg") == engraving.encode(_song(4), ".svg")


def test_png_is_a_trimmed_page_with_ink() -> None:
    picture = Image.open(io.BytesIO(engraving.encode(_song(8), ".png"))).convert("L")
    assert picture.width == engraving.PNG_WIDTH
    assert 250 < picture.height < 1_200  # as tall as its systems, not as the paper
    dark = np.asarray(picture) < 100
    assert 0.01 < dark.mean() < 0.2
    across, down = dark.any(axis=0), dark.any(axis=1)
    assert across[:100].any() or across[100:200].any()
    assert across[-200:].any()  # the systems fill the width
    assert down[: picture.height // 4].any() and down[-picture.height // 3 :].any()
    assert not dark[:15].any() and not dark[-15:].any()  # margins
    title = dark[: picture.height // 6, picture.width // 3 : -picture.width // 3]
    assert title.mean() > 0.005


def test_pdf_has_a4_pages() -> None:
    short, long = (engraving.encode(_song(bars), ".pdf") for bars in (4, 48))
    assert short.startswith(b"%PDF-") and short.rstrip().endswith(b"%%EOF")
    assert re.findall(rb"/MediaBox \[ ?([\d. ]+?) ?\]", short)[0].split()[2].startswith(b"595")
    assert len(re.findall(rb"/Type /Page\b", short)) == 1
    assert len(re.findall(rb"/Type /Page\b", long)) > 1


def test_too_long_for_a_picture() -> None:
    with pytest.raises(WishError, match=r"\.pdf"):
        pages = [b"<svg/>", b"<svg/>"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engraving, "engrave", lambda *_, **__: pages)
            engraving.encode(_song(1), ".png")


def test_unknown_suffix() -> None:
    with pytest.raises(WishError, match=r"\.svg"):
        engraving.encode(_song(1), ".gif")
