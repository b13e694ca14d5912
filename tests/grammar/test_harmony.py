"""Rhythms that can be engraved, pitches that may follow, and wishes that nobody can meet."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from muse.grammar.bars import BarsGrammar, BarWish, LineWish
from muse.grammar.harmony import NO_NOTE, PITCHES, PitchRules, notatable_ends
from muse.theory.keys import Key
from muse.theory.meter import METERS, Meter

from .plans import IDS, drawn, random_chord_line

KEY = Key()
METER = [Meter.parse(text) for text in METERS]


def one_kind(places: set[int]) -> bool:
    """Whether boundaries inside a division are all binary, or all of triplets."""
    return all(p % 3 == 0 for p in places) or all(p % 4 == 0 for p in places)


@pytest.mark.parametrize("meter", METER, ids=METERS)
def test_every_offered_rhythm_can_be_engraved(meter: Meter) -> None:
    rng, division = random.Random(str(meter)), meter.division_ticks
    for _ in range(300):
        bounds, at = [0], 0
        while at < meter.bar_ticks:
            ends = notatable_ends(at, meter)
            assert ends and ends == sorted(ends) and at < ends[0] and ends[-1] <= meter.bar_ticks
            end = rng.choice(ends[:6] if rng.random() < 0.7 else ends)
            if end // division != at // division and end % division:
                assert at % division % 3 == 0 and end % division % 3 == 0, "leaves it in triplets"
            at = end
            bounds.append(at)
        for low in range(0, meter.bar_ticks, division):
            inside = {b - low for b in bounds if low <= b <= low + division}
            half = division // 2
            if division == 24 and half in inside:
                # Each eighth may be a triplet of its own.
                assert one_kind({p for p in inside if p <= half})
                assert one_kind({p - half for p in inside if p >= half})
            else:
                assert one_kind(inside), inside


@pytest.mark.parametrize("meter", METER, ids=METERS)
def test_some_end_is_offered_from_any_tick(meter: Meter) -> None:
    for start in range(meter.bar_ticks):
        ends = notatable_ends(start, meter)
        assert ends and all(start < end <= meter.bar_ticks for end in ends)


def test_common_rhythms_are_offered() -> None:
    four, six = Meter(4, 4), Meter(6, 8)
    assert {3, 4, 6, 8, 9, 12, 16, 18, 24, 36, 48, 72, 96} <= set(notatable_ends(0, four))
    assert {8 + 8, 24} <= set(notatable_ends(8, four)) and 48 not in notatable_ends(8, four)
    assert {12, 24, 36, 72} <= set(notatable_ends(0, six))
    assert notatable_ends(4, six) == [8, 12]


def test_pitches_of_rules() -> None:
    chord = frozenset([1, 4])
    plain = PitchRules(60, 71, frozenset([0, 4, 7]))
    found = lambda rules, *args: np.flatnonzero(rules.pitches(*args)).tolist()  # noqa: E731
    assert found(plain, None, False) == found(plain, chord, False) == [60, 64, 67]
    assert found(plain, chord, True) == [64]
    assert found(plain, None, True) == [60, 64, 67], "no chord, so nothing to be a tone of"
    wide = replace(plain, chord_notes=True)
    assert found(wide, chord, False) == [60, 61, 64, 67]
    assert found(wide, chord, True) == [61, 64]
    assert found(PitchRules(126, 127), None, False) == [126, 127]


def test_leaps() -> None:
    rules = PitchRules(largest_leap=2)
    assert np.flatnonzero(rules.within_leap(60)).tolist() == [58, 59, 60, 61, 62]
    assert np.flatnonzero(rules.within_leap(0)).tolist() == [0, 1, 2]
    assert rules.within_leap(NO_NOTE).sum() == 128 and not rules.within_leap(5)[NO_NOTE]
    reached = np.zeros(PITCHES, dtype=bool)
    assert not rules.neighbours(reached).any()
    reached[[0, 127]] = True
    assert np.flatnonzero(rules.neighbours(reached)).tolist() == [0, 1, 2, 125, 126, 127, 128]


@pytest.mark.parametrize(
    "wrong", [{"lowest": -1}, {"lowest": 70, "highest": 60}, {"largest_leap": 0}]
)
def test_senseless_rules_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        PitchRules(**wrong)


def some_way(grammar: BarsGrammar) -> bool:
    """Whether any line of notes keeps the plan, by trying all of them, tick after tick."""
    plan = grammar.plan
    number = len(plan[0].lines) - 1
    now = {(plan[0].lines[number].entry, False)}  # (last pitch, something sounds)
    for place, bar in enumerate(plan):
        wish, rules = bar.lines[number], bar.lines[number].rules
        if place and not bar.joined:
            now = {(wish.entry, False)}
        states = {bar.start: {(last, sounds, False) for last, sounds in now}}
        for tick in range(bar.start, bar.meter.bar_ticks):
            for last, sounds, rested in states.get(tick, set()):
                for end in notatable_ends(tick, bar.meter):
                    reached = states.setdefault(end, set())
                    if not rested:
                        reached.add((last, False, True))
                    if tick == bar.start and sounds and bar.joined:
                        reached.add((last, True, False))
                    for pitch in range(rules.lowest, rules.highest + 1):
                        if legal(bar, rules, tick, last, pitch):
                            reached.add((pitch, True, False))
        now = {(last, sounds) for last, sounds, _ in states.get(bar.meter.bar_ticks, set())}
        if place + 1 == len(plan) or not plan[place + 1].joined:
            if bar.last and rules.last is not None:
                now = {s for s in now if s[0] != NO_NOTE and s[0] % 12 in rules.last}
            elif not bar.last and wish.exit is not None and rules.largest_leap:
                leap = rules.largest_leap
                now = {s for s in now if s[0] == NO_NOTE or abs(s[0] - wish.exit) <= leap}
            if not now:
                return False
    return bool(now)


def legal(bar: BarWish, rules: PitchRules, tick: int, last: int, pitch: int) -> bool:
    """Whether a note may start there, read off the rules one by one."""
    if rules.largest_leap and last != NO_NOTE and abs(pitch - last) > rules.largest_leap:
        return False
    last_beat = max(bar.start, bar.meter.bar_ticks - bar.meter.beat_ticks)
    if bar.last and rules.last is not None and tick > last_beat:
        return False
    chord = None
    for start, classes in bar.chords or ():
        chord = classes if start <= tick else chord
    if (
        chord
        and rules.strong_chord_tones
        and tick in bar.meter.strong_ticks
        and pitch % 12 not in chord
    ):
        return False
    home = rules.scale is None or pitch % 12 in rules.scale
    return home or bool(rules.chord_notes and chord and pitch % 12 in chord)


def tiny_plan(rng: random.Random) -> BarsGrammar:
    """One or two short bars with rules so strict that about half of them cannot be kept."""
    low = rng.randint(58, 64)
    scale = rng.choice([None, frozenset(rng.sample(range(12), rng.randint(1, 5)))])
    rules = PitchRules(
        low, low + rng.randint(0, 9), scale, rng.choice([None, 1, 1, 2, 3]), rng.random() < 0.5,
        rng.choice([None, frozenset([rng.randrange(12)])]), rng.random() < 0.4,
    )  # fmt: skip
    count, plan = rng.randint(1, 2), []
    for number in range(count):
        meter = Meter.parse(rng.choice(["1/4", "2/8", "3/8"]))
        start = rng.choice([0, 0, meter.bar_ticks - 12, meter.bar_ticks - 6])
        chord = rng.choice([None, frozenset(rng.sample(range(12), 2))])
        entry = rng.choice([NO_NOTE, rng.randint(low - 3, low + 12)])
        leaving = rng.choice([None, rng.randint(low - 3, low + 12)])
        line = LineWish(1, None, (), rules, entry, leaving)
        joined = number > 0 and rng.random() < 0.7
        last = number == count - 1 and rng.random() < 0.7
        chords = ((start, chord),) if rng.random() < 0.7 else None
        plan.append(BarWish((IDS["Bar_-1"],), meter, 60, 0, (line,), start, chords, joined, last))
    return BarsGrammar(tuple(plan))


@pytest.mark.parametrize("part", range(4))
def test_impossible_wishes_are_those_that_no_search_can_meet(part: int) -> None:
    found = {True: 0, False: 0}
    for seed in range(part * 100, part * 100 + 100):
        rng = random.Random(seed)
        grammar = tiny_plan(rng)
        possible = some_way(grammar)
        assert possible == (not grammar.impossible_lines()), (seed, possible)
        found[possible] += 1
        if possible:
            drawn(grammar, rng)
    assert min(found.values()) > 10, found


def test_free_chords_never_lead_into_a_corner() -> None:
    """With chords still open, what is held possible has a way under any chords."""
    for seed in range(150):
        rng = random.Random(seed)
        grammar = tiny_plan(rng)
        free = tuple(
            replace(bar, chords=None, lines=(LineWish(0), *bar.lines)) for bar in grammar.plan
        )
        opened = BarsGrammar(free)
        if opened.impossible_lines():
            continue
        drawn(opened, rng)
        line = random_chord_line(rng, KEY, free[0].meter, free[0].start)
        given = replace(free[0], lines=(LineWish(0, line), free[0].lines[1]))
        fixed = BarsGrammar((given, *free[1:]))
        assert not fixed.impossible_lines()
        drawn(fixed, rng)


@pytest.mark.parametrize("steps", range(1, 10))
def test_no_note_is_counted_on_under_chords_that_are_still_open(steps: int) -> None:
    """In a last bar of 2/8 notes may begin at five thirty-seconds, up to its last beat.

    The first stands under a chord that nobody knows yet.
    """
    rules = PitchRules(60, 72, None, 1, True, frozenset([steps]))
    walk = LineWish(1, rules=rules, entry=60)
    bar = BarWish((), Meter(2, 8), 60, 0, (walk,), last=True)
    assert bool(BarsGrammar((bar,)).impossible_lines()) == (steps > 5)
    free = BarsGrammar((replace(bar, lines=(LineWish(0), walk)),))
    assert bool(free.impossible_lines()) == (steps > 4)
    if steps <= 4:
        for seed in range(40):
            drawn(free, random.Random(seed))


def test_an_empty_scale_inside_the_range_is_impossible() -> None:
    rules = PitchRules(61, 61, frozenset([0]), last=frozenset([0]))
    bar = BarWish((), Meter(), 60, 0, (LineWish(1, rules=rules),), last=True)
    assert BarsGrammar((bar,)).impossible_lines() == [1]
    silent = replace(rules, last=None)
    assert BarsGrammar((replace(bar, lines=(LineWish(1, rules=silent),)),)).impossible_lines() == []
