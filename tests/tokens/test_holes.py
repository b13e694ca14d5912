"""Holes: whatever is taken out and written after `Fill` comes back to its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.tokens.holes import (
    bar_mark,
    flatten_with_holes,
    has_chord_line,
    random_holes,
    renumbered,
    without_chords,
)
from muse.tokens.melody import Sheet, SheetBar, flatten, melody_vocabulary
from muse.tokens.melody_reading import read_sheet
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.score import Score

from .strategies import scores

TOKENS = MelodyTokenizer()
IDS = melody_vocabulary()


def places(sheet: Sheet) -> list[tuple[int, int]]:
    """All (bar, line) of a sheet."""
    return [(bar, line) for bar, found in enumerate(sheet.bars) for line in range(len(found.lines))]


@settings(max_examples=150, deadline=None)
@given(scores(), st.data())
def test_filled_holes_give_the_sheet_back(score: Score, data: st.DataObject) -> None:
    sheet = TOKENS.sheet(score)
    holes = data.draw(st.sets(st.sampled_from(places(sheet))))
    ids = flatten_with_holes(sheet, holes)
    assert ids.count(IDS["Hole"]) == len(holes) and ids.count(IDS["Fill"]) == bool(holes)
    again = read_sheet(ids)
    assert (again.header, again.bars) == (sheet.header, sheet.bars)
    assert read_sheet(flatten(sheet)) == sheet


@settings(max_examples=60, deadline=None)
@given(scores(), st.integers(0, 2**32 - 1))
def test_random_holes_lie_in_the_sheet(score: Score, seed: int) -> None:
    sheet = TOKENS.sheet(score)
    holes = random_holes(sheet, np.random.default_rng(seed))
    assert holes <= set(places(sheet))
    assert read_sheet(flatten_with_holes(sheet, holes)) == sheet
    assert holes == random_holes(sheet, np.random.default_rng(seed))


def test_all_kinds_of_holes_are_drawn() -> None:
    line, end = [IDS["Rest"], IDS["End_96"]], IDS["End_96"]
    chord = [IDS["Chord_none"], end]
    bars = [SheetBar([IDS[f"Bar_-{8 - n}"]], [chord, line, line], 96) for n in range(8)]
    sheet = Sheet([IDS["Chords"], IDS["Voices_2"]], bars)
    drawn = [random_holes(sheet, np.random.default_rng(seed)) for seed in range(300)]
    whole_voices = [{n for b, n in holes if b == 0} for holes in drawn if len(holes) == 8]
    assert 90 < sum(not holes for holes in drawn) < 210
    assert {1} in whole_voices and {2} in whole_voices, "harmonise: one voice is kept"
    one_voice = Sheet([IDS["Chords"]], [replace(bar, lines=bar.lines[:2]) for bar in bars])
    kinds = set()
    for seed in range(300):
        holes = random_holes(one_voice, np.random.default_rng(seed))
        lines, touched = frozenset(n for _, n in holes), {b for b, _ in holes}
        kinds.add((lines, len(touched) == 8))
        assert touched == set(range(min(touched, default=0), max(touched, default=-1) + 1))
    assert kinds >= {
        (frozenset(), False), (frozenset([0]), True), (frozenset([1]), False),
        (frozenset([0, 1]), False),
    }  # fmt: skip


def test_missing_lines_are_holes_and_stay_open_without_fill() -> None:
    ids = [IDS[n] for n in ["BOS", "Bar_-2", "Hole", "Bar_-1", "Pitch_+0", "End_96", "EOS"]]
    sheet = read_sheet(ids)
    assert [bar.lines for bar in sheet.bars] == [[None], [[IDS["Pitch_+0"], IDS["End_96"]]]]
    assert flatten(sheet) == ids
    assert TOKENS.decode(ids).melody.notes[0].start == 96, "a hole sounds as rest"


def test_a_pickup_is_named_in_full_when_it_is_filled() -> None:
    text = "Meter_2/4 Pickup End_36 Pitch_+0 End_48 Bar_-1 Rest End_48"
    sheet = read_sheet([IDS[name] for name in text.split()])
    assert IDS.spell(flatten_with_holes(sheet, {(0, 0), (1, 0)})) == (
        "BOS Meter_2/4 Pickup End_36 Hole Bar_-1 Hole "
        "Fill Pickup End_36 Pitch_+0 End_48 Bar_-1 Rest End_48 EOS"
    )


@settings(max_examples=60, deadline=None)
@given(scores())
def test_without_chords(score: Score) -> None:
    sheet = TOKENS.sheet(score)
    assert has_chord_line(sheet) == bool(score.chords)
    assert without_chords(sheet) == TOKENS.sheet(replace(score, chords=()))


@settings(max_examples=60, deadline=None)
@given(scores(), st.data())
def test_renumbered_counts_down_to_one(score: Score, data: st.DataObject) -> None:
    sheet = TOKENS.sheet(score)
    first = data.draw(st.integers(0, len(sheet.bars) - 1))
    found = renumbered(sheet.header, sheet.bars[first:])
    marks = [IDS.names[bar_mark(bar)[0]] for bar in found.bars if not bar.start]
    assert marks == [f"Bar_-{left}" for left in range(len(marks), 0, -1)]
    assert [bar.lines for bar in found.bars] == [bar.lines for bar in sheet.bars[first:]]
