"""Excerpts say by themselves what held in the bars that they leave out."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.excerpt import excerpt
from muse.tokens.melody import flatten, melody_vocabulary
from muse.tokens.melody_reading import read_sheet, score_of_sheet
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.score import ChordMark, Note, Part, Score

from .strategies import scores

TOKENS = MelodyTokenizer()
IDS = melody_vocabulary()


def told(score: Score) -> list[tuple]:
    """Of each bar: meter, key, the notes that begin in it, and the chord at each tick."""
    found = []
    for bar in score.grid():
        begun = [
            [(n.start - bar.start, n.pitch) for n in part.notes if bar.start <= n.start < bar.end]
            for part in score.parts
        ]
        chords = [score.chord_at(tick) for tick in range(bar.start, bar.end)]
        found.append((bar.meter, score.key_at(bar.start), begun, chords))
    return found


@settings(max_examples=200, deadline=None)
@given(scores(), st.data())
def test_every_kept_bar_sounds_as_it_did(score: Score, data: st.DataObject) -> None:
    sheet = TOKENS.sheet(score)
    places = sorted(data.draw(st.sets(st.sampled_from(range(len(sheet.bars))), min_size=1)))
    # A pick-up is in the meter of the bar after it, so no excerpt tears them apart.
    assume(not score.pickup or places[0] != 0 or places[:2] == [0, 1])
    part = excerpt(sheet, places)
    assert read_sheet(flatten(part)) == part
    before, after = told(score), told(score_of_sheet(part))
    assert after == [before[place] for place in places]


@settings(max_examples=30, deadline=None)
@given(scores())
def test_all_bars_are_the_sheet(score: Score) -> None:
    sheet = TOKENS.sheet(score)
    assert excerpt(sheet, range(len(sheet.bars))) == sheet
    assert excerpt(sheet, ()).header == sheet.header


def test_changes_are_handed_on_and_holes_stay() -> None:
    score = Score(
        (Part((Note(0, 24, 60),)),), 6, ((1, Meter(4, 4)), (3, Meter(3, 4))),
        ((0, Key(0)), (192, Key(9, "minor")), (264, Key(2))), chords=(ChordMark(0, Chord(7, "7")),),
    )  # fmt: skip
    sheet = TOKENS.sheet(score)
    sheet.bars[4].lines = [None, None]
    part = excerpt(sheet, [0, 3, 4])
    heads = [[IDS.names[i] for i in bar.head] for bar in part.bars]
    assert heads == [["Bar_-6"], ["Bar_-3", "Meter_3/4", "Mode_major", "Tonic_2"], ["Bar_-2"]]
    assert [IDS.names[i] for i in part.bars[1].lines[0] or ()] == ["Chord_5_7", "End_72"]
    assert part.bars[2].lines == [None, None]
    late = excerpt(sheet, [2, 5])
    assert {"Meter_3/4", "Mode_minor", "Tonic_9"} <= {IDS.names[i] for i in late.header}
    assert [IDS.names[i] for i in late.bars[1].head] == ["Bar_-1", "Mode_major", "Tonic_2"]
    assert late.bars[1].lines[0] == sheet.bars[5].lines[0], "what a hole will hold is not known"
    assert sheet.bars[3].lines[0] == [IDS["Tie"], IDS["End_72"]], "the sheet itself stays"
