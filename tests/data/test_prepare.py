"""Silent bars are left out; what they brought of meter, key and chord is not."""

from __future__ import annotations

from muse.data.prepare import without_empty_bars
from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody import Sheet, flatten, melody_vocabulary
from muse.tokens.melody_reading import read_sheet, score_of_sheet
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.score import ChordMark, Note, Part, Score

IDS = melody_vocabulary()


def bars_of(bars: str, **changes) -> Sheet:
    """A sheet with a bar for each letter: `n` has a note, `-` is silent."""
    score = Score((Part(),), len(bars), **changes)
    notes = tuple(
        Note(bar.start, 24, 60 + bar.number) for bar, sign in zip(score.grid(), bars) if sign == "n"
    )
    return MelodyTokenizer().sheet(Score((Part(notes),), len(bars), **changes))


def tidy(sheet: Sheet) -> Score:
    """The score of a sheet without empty bars; reading it back changes nothing."""
    found = without_empty_bars(sheet)
    assert read_sheet(flatten(found)) == found
    return score_of_sheet(found)


def test_silent_ends_and_long_silences_go() -> None:
    score = tidy(bars_of("--n-n---n--"))
    assert score.bars == 5
    assert [(n.start, n.pitch) for n in score.melody.notes] == [(0, 63), (192, 65), (384, 69)]
    sheet = without_empty_bars(bars_of("--n-n---n--"))
    assert [IDS.names[bar.head[0]] for bar in sheet.bars] == [f"Bar_-{n}" for n in (5, 4, 3, 2, 1)]
    full = bars_of("nnn")
    assert without_empty_bars(full) is full


def test_changes_in_bars_that_go_are_handed_on() -> None:
    score = tidy(
        bars_of(
            "n---nn", meters=((1, Meter(4, 4)), (3, Meter(3, 4)), (6, Meter(2, 4))),
            keys=((0, Key(0)), (192, Key(9, "minor")), (264, Key(7))),
        )
    )  # fmt: skip
    assert score.meters == ((1, Meter(4, 4)), (3, Meter(3, 4)), (4, Meter(2, 4)))
    assert score.keys == ((0, Key(0)), (192, Key(7)))
    assert [(n.start, n.pitch) for n in score.melody.notes] == [(0, 61), (192, 65), (264, 66)]


def test_changes_before_the_first_note_are_the_beginning() -> None:
    for bars in ("--n-n", "n-n"):
        lead = len(bars) - 3
        score = tidy(
            bars_of(
                bars, meters=((1, Meter(4, 4)), (3, Meter(3, 4))),
                keys=((0, Key(0)), (96, Key(2))),
            )
        )  # fmt: skip
        assert score.bars == 3
        if lead:
            assert (score.meters, score.keys) == (((1, Meter(3, 4)),), ((0, Key(2)),))
            assert [(n.start, n.pitch) for n in score.melody.notes] == [(0, 63), (144, 65)]
        else:
            assert score.meters == ((1, Meter(4, 4)), (3, Meter(3, 4)))
            assert score.keys == ((0, Key(0)), (96, Key(2)))


def test_chords_of_bars_that_go_sound_on() -> None:
    marks = (ChordMark(0, Chord(2, "m")), ChordMark(384, Chord(7, "7", 11)))
    score = tidy(bars_of("-n---n", chords=marks, keys=((0, Key(0)), (480, Key(7)))))
    assert score.bars == 3
    assert score.chord_at(0) == score.chord_at(191) == Chord(2, "m")
    assert score.chord_at(192) == score.chord_at(287) == Chord(7, "7", 11)
