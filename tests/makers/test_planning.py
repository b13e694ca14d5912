"""Plans: what the model reads, and what the grammar is told of the music around a hole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muse.grammar.harmony import NO_NOTE, PitchRules
from muse.makers.planning import MOST_PROMPT, plan_sheet
from muse.makers.sheets import empty_bars
from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody import Sheet, melody_vocabulary
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError
from muse.works.score import ChordMark, Note, Part, Score

from .tiny import theme

IDS = melody_vocabulary()


def sheet_of(score: Score) -> Sheet:
    return MelodyTokenizer().sheet(replace(score, parts=score.parts[:1]), tempo=False)


def with_holes(score: Score, holes: set[tuple[int, int]]) -> Sheet:
    sheet = sheet_of(score)
    for bar, line in holes:
        sheet.bars[bar].lines[line] = None
    return sheet


def test_a_hole_knows_the_notes_and_the_chord_around_it() -> None:
    score = theme(chords=True)
    holes = {(2, 1), (4, 1), (5, 1)}
    plan = plan_sheet(with_holes(score, holes), holes, {1: PitchRules()}, score.key, score.meter)
    first, second, third = plan.grammar.plan
    assert [bar.joined for bar in (first, second, third)] == [False, False, True]
    assert [bar.last for bar in (first, second, third)] == [False, False, True]
    notes, grid = score.melody.notes, score.grid()

    def before(tick: int) -> int:
        return [n.pitch for n in notes if n.start < tick][-1]

    assert first.lines[0].entry == before(grid[2].start)
    assert first.lines[0].exit == next(n.pitch for n in notes if n.start >= grid[3].start)
    assert second.lines[0].entry == before(grid[4].start)
    assert second.lines[0].exit is None, "its run goes on"
    assert [bar.chords for bar in (first, second)] == [
        ((0, frozenset({7, 11, 2})),), ((0, frozenset({7, 11, 2})),)
    ]  # fmt: skip
    assert [IDS.names[bar.mark[0]] for bar in plan.grammar.plan] == ["Bar_-4", "Bar_-2", "Bar_-1"]
    assert plan.prompt == plan.whole and plan.prompt[-1] == IDS["Fill"]


def test_leaps_are_kept_over_silence_between_two_holes() -> None:
    notes = (Note(0, 48, 60), Note(48, 48, 62), Note(192, 96, 64), Note(288, 96, 62))
    score = Score((Part(notes),), 4)
    holes = {(0, 0), (2, 0)}
    rules = {1: PitchRules(40, 90, largest_leap=2)}
    plan = plan_sheet(with_holes(score, holes), holes, rules, score.key, score.meter)
    first, second = plan.grammar.plan
    assert (first.lines[0].entry, first.lines[0].exit) == (NO_NOTE, None)
    assert (second.lines[0].entry, second.lines[0].exit) == (None, 62)
    assert not second.joined, "a tie cannot cross the silence"
    grammar, state = plan.grammar, plan.grammar.start()
    far, near = IDS["Pitch_+12"], IDS["Pitch_+4"]
    for name in ("Bar_-4", "Pitch_+3", "End_96", "Bar_-2"):
        assert grammar.allowed(state)[IDS[name]], name
        state = grammar.after(state, IDS[name])
    assert grammar.allowed(state)[near] and not grammar.allowed(state)[far]
    assert not grammar.allowed(state)[IDS["Tie"]]


def test_the_last_note_may_stand_before_a_silent_end() -> None:
    score = Score((Part((Note(0, 96, 60), Note(96, 96, 62))),), 4)
    holes = {(1, 0)}
    rules = {1: PitchRules(55, 75, last=frozenset([7]))}
    plan = plan_sheet(with_holes(score, holes), holes, rules, score.key, score.meter)
    line = plan.grammar.plan[0].lines[0]
    assert (line.entry, line.exit) == (60, NO_NOTE)
    state = plan.grammar.after(plan.grammar.start(), IDS["Bar_-3"])
    assert plan.grammar.allowed(state)[IDS["Pitch_+2"]]
    state = plan.grammar.after(state, IDS["Pitch_+2"])
    assert not plan.grammar.allowed(state)[IDS["End_96"]], "D is not G"
    assert plan.grammar.allowed(state)[IDS["End_48"]]


def test_what_is_written_onward_hears_the_chord_that_sounds() -> None:
    score = replace(theme(), chords=(ChordMark(0, Chord(1, "dim")),))
    sheet = sheet_of(score)
    bars = [*sheet.bars, *empty_bars(7, 2, 8, Meter(6, 8), 2)]
    holes = {(bar, line) for bar in (6, 7) for line in (0, 1)}
    plan = plan_sheet(Sheet(sheet.header, bars), holes, {}, score.key, score.meter)
    chords, voice = plan.grammar.plan[0].lines
    assert (chords.held, chords.chord) == (True, frozenset({1, 4, 7}))
    assert (voice.held, voice.entry) == (False, score.melody.notes[-1].pitch)
    later, melody = plan.grammar.plan[1].lines
    assert (later.held, later.chord, melody.entry) == (False, None, NO_NOTE)
    assert IDS["Fill"] not in plan.prompt and plan.head == 1 + len(sheet.header)


def test_long_themes_are_read_around_the_hole() -> None:
    notes = tuple(Note(6 * n, 6, 60 + n % 12) for n in range(8 * 60))
    score = Score((Part(notes),), 60, ((1, Meter(2, 4)),))
    holes = {(30, 0)}
    plan = plan_sheet(with_holes(score, holes), holes, {}, score.key, score.meter)
    assert len(plan.prompt) <= MOST_PROMPT + 40 < len(plan.whole)
    names = [IDS.names[i] for i in plan.prompt]
    assert "Bar_-31" in names and "Bar_-30" in names and "Bar_-29" in names
    assert names.count("Hole") == 1 and names[-1] == "Fill"
    assert [IDS.names[i] for i in plan.whole].count("Bar_-60") == 1


@pytest.mark.parametrize("hole", [52, 59])
def test_long_themes_are_read_in_the_key_and_meter_of_what_is_seen(hole: int) -> None:
    notes = tuple(Note(6 * n, 6, 60 + n % 12) for n in range(30 * 8 + 30 * 12))
    score = Score((Part(notes),), 60, ((1, Meter(2, 4)), (31, Meter(3, 4))),
                  ((0, Key(0)), (1440, Key(9, "minor"))))  # fmt: skip
    holes = {(hole, 0)}
    plan = plan_sheet(with_holes(score, holes), holes, {}, score.key, score.meter)
    assert (IDS["Fill"] in plan.prompt) == (hole == 52)
    names = [IDS.names[i] for i in plan.prompt]
    assert "Bar_-30" not in names and names[1 : plan.head] == ["Meter_3/4", "Mode_minor", "Tonic_9"]
    assert [IDS.names[i] for i in plan.whole[1:4]] == ["Meter_2/4", "Mode_major", "Tonic_0"]
    bar = plan.grammar.plan[0]
    assert (bar.meter, bar.tonic) == (Meter(3, 4), 9)


def test_impossible_rules_are_told() -> None:
    score = theme()
    rules = {1: PitchRules(60, 61, frozenset([0]), last=frozenset([7]))}
    with pytest.raises(WishError, match="widen the range or the leap"):
        plan_sheet(with_holes(score, {(5, 0)}), {(5, 0)}, rules, score.key, score.meter)
