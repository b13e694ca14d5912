"""Pictures and text of a score: well-formed, complete, safe against strangers' titles."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.works import show
from muse.works.roll import MOST_BARS, PART_COLOURS
from muse.works.score import ChordMark, Note, Part, Score
from muse.works.terminal import COLUMNS
from muse.works.wording import pitch_name, plain

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</svg><script>alert('x')</script>&\"\x00\x1b[31m\u202e\ud800"


def _jig(bars: int = 16, notes: int = 96) -> Score:
    pitches = (69, 66, 69, 74, 73, 71, 69, 66, 62, 64, 62, 64)
    tune = tuple(Note(12 * n, 12, pitches[n % 12]) for n in range(notes))
    chords = tuple(ChordMark(72 * n, Chord.parse("F#m" if n == 1 else "A7")) for n in range(bars))
    meters, keys = ((1, Meter(6, 8)),), ((0, Key.parse("D")),)
    return Score(
        (Part(tune, "Flute", 73),), bars, meters, keys, ((0, 165.0),), chords, title="A <jig> & Co"
    )


def _chorale() -> Score:
    parts = [
        Part(tuple(Note(24 + 24 * n, 24, low + n % 5) for n in range(32)), name)
        for name, low in (("Soprano", 72), ("Alto", 65), ("Tenor", 60), ("Bass", 48))
    ]
    return Score(tuple(parts), 8, pickup=24, keys=((0, Key(9, "minor")), (300, Key(0))))


def _texts(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(SVG + "text")]


@pytest.mark.parametrize("score", [_jig(), _chorale(), _jig(1, 6), Score((), 3), _jig(5, 0)])
@pytest.mark.parametrize("width", [900, 400])
def test_one_rectangle_a_note_inside_the_picture(score: Score, width: int) -> None:
    root = ElementTree.fromstring(show.piano_roll_svg(score, width=width))
    boxes = list(root.iter(SVG + "rect"))
    assert len(boxes) == sum(len(part.notes) for part in score.parts)
    height = float(root.get("height"))
    assert root.get("viewBox") == f"0 0 {width} {height:.0f}"
    for box in boxes:
        assert float(box.get("x")) >= 0 and float(box.get("width")) > 0
        assert float(box.get("x")) + float(box.get("width")) <= width
        assert 0 <= float(box.get("y")) <= height


def test_time_runs_right_and_pitch_runs_up() -> None:
    notes = (Note(0, 24, 60), Note(24, 24, 72), Note(48, 48, 60))
    boxes = list(
        ElementTree.fromstring(show.piano_roll_svg(Score((Part(notes),), 1))).iter(SVG + "rect")
    )
    x, y, across = ([float(box.get(name)) for box in boxes] for name in ("x", "y", "width"))
    assert x[0] < x[1] < x[2] and y[1] < y[0] == y[2]
    assert across[2] == pytest.approx(2 * across[0], abs=1.5)
    assert [box.find(SVG + "title").text for box in boxes] == [
        "C4, bar 1", "C5, bar 1", "C4, bar 1",
    ]  # fmt: skip


def test_chords_bar_numbers_pitch_names_title_and_syllables() -> None:
    score = _jig()
    sung = replace(score.melody.notes[0], lyric="wa<ter")
    score = replace(score, parts=(Part((sung, *score.melody.notes[1:])),))
    texts = _texts(show.piano_roll_svg(score))
    assert {"A7", "F♯m", "1", "16", "D4", "A <jig> & Co", "wa<ter"} <= set(texts)
    assert _texts(show.piano_roll_svg(score, heading=False)).count("A <jig> & Co") == 0


def test_a_colour_and_a_name_for_each_part() -> None:
    svg = show.piano_roll_svg(_chorale())
    assert all(f'<g fill="{colour}">' in svg for colour in PART_COLOURS[:4])
    assert {"Soprano", "Alto", "Tenor", "Bass"} <= set(_texts(svg))


def test_small_and_self_contained() -> None:
    svg = show.piano_roll_svg(_jig(notes=64))
    assert len(svg.encode()) < 10_000
    rest = svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"http|<script|<style|@import|url\(|<image|href", rest)


def test_notes_held_over_a_row_go_on() -> None:
    score = Score((Part((Note(0, 96 * 30, 60),)),), 30)
    root = ElementTree.fromstring(show.piano_roll_svg(score))
    rows = root.findall(SVG + "g")
    assert len(rows) > 1 and len(list(root.iter(SVG + "rect"))) == 1
    held = [
        path for path in root.iter(SVG + "path") if "z" in path.get("d") and len(path.keys()) == 1
    ]
    assert len(held) == len(rows) - 1


def test_long_scores_are_cut_and_say_so() -> None:
    score = Score((Part((Note(0, 24, 60),)),), MOST_BARS + 1_000)
    assert "… and 1,000 more bars" in _texts(show.piano_roll_svg(score))
    assert "more bars" in show.score_text(score)


def _hostile() -> Score:
    note = Note(0, 24, 60, 80, HOSTILE)
    return Score(
        (Part((note,), HOSTILE), Part((note,), HOSTILE)), 2, title=HOSTILE, composer=HOSTILE,
        style=HOSTILE, provenance={"model": HOSTILE, "seed": HOSTILE, HOSTILE: [HOSTILE]},
    )  # fmt: skip


def test_strangers_text_is_escaped() -> None:
    score = _hostile()
    ElementTree.fromstring(show.piano_roll_svg(score).encode("utf-8"))
    html = show.score_html(score)
    assert "<script" not in html and html.count("</svg>") == 1
    html.encode("utf-8")
    text = show.score_text(score)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", text)


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_any_title_gives_xml(title: str) -> None:
    ElementTree.fromstring(show.piano_roll_svg(Score((), 1, title=title)).encode("utf-8"))
    assert "\n" not in plain(title) and len(plain(title, 20)) <= 20


def test_notebook() -> None:
    score = replace(_jig(), provenance={"model": "melody", "version": "0.1.0", "seed": 7})
    shown = score._repr_mimebundle_()
    assert set(shown) == {"text/html", "text/plain"}
    caption = re.search("<figcaption[^>]*>(.*)</figcaption>", shown["text/html"])[1]
    assert caption == (
        "<b>A &lt;jig&gt; &amp; Co</b> · D major · 6/8 · ♩. = 110 · 16 bars · "
        "made by melody 0.1.0, seed 7"
    )
    data = re.search('src="data:audio/(?:mpeg|wav);base64,([^"]+)"', shown["text/html"])[1]
    sound, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
    assert rate == show.HEARD_RATE and sound.ndim == 1
    assert len(sound) / rate == pytest.approx(score.seconds(score.length) + 2, abs=0.2)


def test_the_sound_of_a_long_score_is_capped() -> None:
    score = Score((Part((Note(0, 24, 60), Note(96 * 5_000, 24, 60))),), 6_000)
    data = re.search(';base64,([^"]+)"', show.score_html(score))[1]
    sound, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
    assert show.HEARD_SECONDS <= len(sound) / rate <= show.HEARD_SECONDS + 3
    assert "<audio" not in show.score_html(Score((), 1))


def test_roll_as_png() -> None:
    picture = Image.open(io.BytesIO(show.piano_roll_png(_jig(), scale=1.5)))
    assert picture.width == 1350 and 300 < picture.height < 1200
    colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24)}
    assert (255, 255, 255) in colours and (0x2F, 0x80, 0xED) in colours  # paper, notes


@pytest.mark.parametrize(
    "score", [_jig(), _chorale(), Score((), 1), _hostile(), Score((), 2, ((1, Meter(64, 1)),))]
)
def test_terminal_lines_fit(score: Score) -> None:
    lines = show.score_text(score).splitlines()
    assert max(len(line) for line in lines) <= COLUMNS
    assert all(line == line.rstrip() for line in lines)


def test_terminal_shows_every_onset_chord_and_bar() -> None:
    text = show.score_text(_jig())
    assert text.count("●") == 96
    assert text.count("A7") == 15 and text.count("F♯m") == 1
    assert text.startswith("A <jig> & Co · D major · 6/8 · ♩. = 110 · 16 bars\n")
    row = next(line for line in text.splitlines() if line.startswith("   D5│"))
    assert row.startswith("   D5│·  ●  │")


def test_pitch_names_keep_their_octave() -> None:
    assert pitch_name(60, Key()) == "C4"
    assert pitch_name(60, Key.parse("F#")) == "B♯3"
    assert pitch_name(59, Key.parse("Bbm")) == "C♭4"
    assert pitch_name(58, Key.parse("F")) == "B♭3"
