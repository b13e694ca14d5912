"""What the tabs do, with the shipped bundles and without Gradio."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from muse.studio import melody, script, shelf, verse
from muse.studio.desk import Desk
from muse.works.base import WishError
from muse.works.poem import Poem
from muse.works.score import Score
from muse.works.script import Script

ONE = {"seed": 3, "variations": 1}


@pytest.fixture(scope="module")
def tune() -> Desk:
    return melody.composed(Desk(), melody.wishes(4, "D", "6/8"), ONE)


def notes(score: object, first: int, last: int) -> list[tuple[int, int, int]]:
    assert isinstance(score, Score)
    part = score.bar_slice(first, last).melody
    return [(note.start, note.length, note.pitch) for note in part.notes]


def test_a_tune_grows_bar_by_bar_and_is_seen_and_heard(tune: Desk) -> None:
    pages = list(melody.growing(melody.wishes(4, "D", "6/8"), 3))
    assert [int(re.findall(r"Bar (\d+)", page)[0]) for page in pages] == [1, 2, 3, 4]
    page = melody.page(tune)
    assert 'aria-label="Play: The tune"' in page and 'alt="Engraved score: The tune"' in page
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", page)
    assert "<script" not in page


def test_the_editors_text_is_the_tune(tune: Desk) -> None:
    assert "%%muse" not in tune.shown
    assert melody.tune_in_hand(tune, tune.shown) is tune.work
    # A client that has no desk but the text gets the same notes.
    again = melody.read_abc(tune.shown)
    assert notes(again, 1, 4) == notes(tune.work, 1, 4)
    own = melody.heard(Desk(), "X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n")
    assert isinstance(own.work, Score) and own.work.bars == 2
    with pytest.raises(WishError):
        melody.heard(Desk(), "no tune at all")


def test_bars_are_redone_and_the_others_stay(tune: Desk) -> None:
    redone = melody.filled(tune, tune.shown, 2, 3, {}, {"seed": 9, "variations": 2})
    assert len(redone.works) == 2 and len(redone.history) == 3
    for work in redone.works:
        assert notes(work, 1, 1) == notes(tune.work, 1, 1)
        assert notes(work, 4, 4) == notes(tune.work, 4, 4)
    assert any(notes(work, 2, 3) != notes(tune.work, 2, 3) for work in redone.works)


def test_locked_bars_stay(tune: Desk) -> None:
    redone = melody.redone_around(tune, tune.shown, "2-3", {}, {"seed": 9, "variations": 2})
    for work in redone.works:
        assert notes(work, 2, 3) == notes(tune.work, 2, 3)
    assert any(notes(work, 1, 1) != notes(tune.work, 1, 1) for work in redone.works)
    with pytest.raises(WishError, match="all bars are locked"):
        melody.redone_around(tune, tune.shown, "1-4", {}, ONE)


def test_a_tune_is_continued_varied_and_harmonized(tune: Desk) -> None:
    longer = melody.continued(tune, tune.shown, {"bars": 2}, ONE)
    assert isinstance(longer.work, Score) and longer.work.bars == 6
    assert notes(longer.work, 1, 3) == notes(tune.work, 1, 3)
    varied = melody.varied(tune, tune.shown, 0.5, {}, ONE)
    assert isinstance(varied.work, Score) and varied.work.bars == 4
    voices = melody.harmonized(tune, tune.shown, "four voices", ONE)
    assert isinstance(voices.work, Score) and len(voices.work.parts) == 4
    with pytest.raises(WishError, match="harmony is one of"):
        melody.harmonized(tune, tune.shown, "jazz", ONE)


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (lambda: melody.wishes(65), "bars must be from 1 to 64"),
        (lambda: melody.drawing(1, 9), "alternatives must be from 1 to 4"),
        (lambda: melody.uploaded(Desk(), None), "choose a file"),
        (lambda: melody.filled(Desk(), "", 1, 2, {}, ONE), "nothing here yet"),
        (lambda: verse.wishes("Latin"), "the language is one of"),
        (lambda: verse.wishes("English", ends="sea"), "LINE: TEXT"),
        (lambda: verse.wishes("English", words="1: a\n1: b"), "told twice"),
        (lambda: verse.redone(Desk(), "One line", "2", "", verse.drawing(0, 1)), "within 1-1"),
        (lambda: script.wishes("", "", 4), "say who speaks"),
        (lambda: script.wishes("", "ANNA", 99), "speeches must be from 1 to 24"),
        (lambda: script.redone(Desk(), "Enter nobody.", "1", 0, 1), "nobody speaks"),
    ],
)
def test_wrong_wishes_are_told_in_one_line(action: object, told: str) -> None:
    with pytest.raises(WishError, match=told):
        action()  # type: ignore[operator]


def test_files_of_a_tune_can_be_read_again(tune: Desk) -> None:
    from muse.works.formats import open_score

    assert tune.work is not None
    paths = {Path(path).suffix: path for path in shelf.files_of(tune.work)}
    assert set(paths) == set(shelf.FORMATS["Score"])
    for suffix in (".mid", ".musicxml", ".abc"):
        assert notes(open_score(paths[suffix]), 1, 4) == notes(tune.work, 1, 4)
    again = melody.uploaded(Desk(), paths[".mid"])
    assert again.work is not None and again.work.provenance["seed"] == 3


@pytest.mark.parametrize(
    ("language", "form", "theme", "lines"),
    [("English", "limerick", "the clock", 5), ("中文", "五绝", "春江", 4)],
)
def test_a_poem_with_locked_lines(language: str, form: str, theme: str, lines: int) -> None:
    wish = verse.wishes(language, theme, form)
    drawn = {"seed": 1, "variations": 1, "candidates": 1}
    *_, last = verse.growing(language, wish, 1)
    assert "muse-verse" in last
    desk = verse.written(Desk(), language, wish, drawn)
    poem = desk.work
    assert isinstance(poem, Poem) and len(poem.lines) == lines and poem.form
    assert form in verse.forms(language)
    assert len(verse.scan(desk.shown)) > 40
    drawn = {"seed": 2, "variations": 2, "candidates": 1}
    redone = verse.redone(desk, desk.shown, "2", form, drawn)
    for work in redone.works:
        assert isinstance(work, Poem)
        assert [line for n, line in enumerate(work.lines) if n != 1] == [
            line for n, line in enumerate(poem.lines) if n != 1
        ]
    around = verse.redone_around(desk, desk.shown, "1", form, drawn)
    assert all(isinstance(w, Poem) and w.lines[0] == poem.lines[0] for w in around.works)
    assert 'class="muse-locked"' in verse.page(around)


def test_hostile_words_stay_words() -> None:
    desk = verse.kept(Desk(), "<img src=x onerror=alert(1)>\nand <b>bold</b>")
    page = verse.page(desk)
    assert "<img" not in page and "<b>" not in page and "&lt;img" in page
    scene = script.kept(Desk(), "ANNA\n<script>alert(1)</script>\n")
    assert "<script" not in script.page(scene)
    tune = melody.heard(Desk(), 'X:1\nT:<script>x</script>\nM:4/4\nL:1/4\nK:C\n"<b>"CDEF|\n')
    assert "<script" not in melody.page(tune)


def test_a_scene_word_by_word_and_a_speech_anew() -> None:
    wish = script.wishes("a storm at sea", "ANNA, PIERRE", 3, speech_words="1-8")
    *pages, desk = script.writing(Desk(), wish, 5, 1)
    assert isinstance(desk, Desk) and isinstance(desk.work, Script)
    assert len(pages) > 3 and len(str(pages[-1])) > len(str(pages[0]))
    assert len(desk.work.speeches) == 3
    assert "Muse:" not in desk.shown
    redone = script.redone(desk, desk.shown, "2", 8, 2)
    assert len(redone.works) == 2
    for work in redone.works:
        assert isinstance(work, Script)
        assert work.speeches[0] == desk.work.speeches[0]
        assert work.speeches[2] == desk.work.speeches[2]
    assert 'class="muse-number">3<' in script.page(redone)
    again = script.read_fountain(desk.shown)
    assert [s.speaker for s in again.speeches] == [s.speaker for s in desk.work.speeches]


def test_runs() -> None:
    assert melody.runs_of([1, 2, 5, 7, 8]) == [(1, 2), (5, 5), (7, 8)]
    assert melody.runs_of([]) == []


def test_files_are_made_in_any_thread(tune: Desk) -> None:
    """Gradio runs each action in a thread of its own; Verovio remembers its fonts by the thread."""
    from concurrent.futures import ThreadPoolExecutor

    assert isinstance(tune.work, Score)
    for _ in range(2):
        with ThreadPoolExecutor(1) as pool:
            assert b"<svg" in pool.submit(shelf.encoded, tune.work, ".svg").result()


def test_a_scan_counts_lines_as_the_poem_does() -> None:
    poem = (
        "The winter sea is grey and wide,\nThe boat is on the shore,\n\nIt waits for wind and tide."
    )
    assert re.findall(r"^ +(\d+)  [A-Z]", verse.scan(poem), re.M) == ["1", "2", "3"]
