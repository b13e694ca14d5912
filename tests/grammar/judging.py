"""A judge of drawn ids who knows the plan and its rules, but nothing of the automaton."""

from __future__ import annotations

from dataclasses import dataclass

from muse.grammar.bars import BarWish, LineWish, chord_classes
from muse.grammar.harmony import NO_NOTE, PitchRules, notatable_ends

from .plans import IDS

Segment = tuple[list[str], int, int]
"""Names of what sounds, first tick and end tick in the bar."""


@dataclass(frozen=True)
class Line:
    """What was written for a line of a bar."""

    wish: LineWish
    ids: tuple[int, ...]
    segments: list[Segment]


def parsed(plan: tuple[BarWish, ...], ids: list[int]) -> list[list[Line]]:
    """Bars and lines of drawn ids; fails unless marks, markers and full bars stand as planned."""
    at, bars = 0, []
    for bar in plan:
        assert tuple(ids[at : at + len(bar.mark)]) == bar.mark
        at += len(bar.mark)
        lines = []
        for wish in bar.lines:
            begun = at
            assert tuple(ids[at : at + len(wish.marker)]) == wish.marker
            at += len(wish.marker)
            now, names, segments = bar.start, [], []
            while now < bar.meter.bar_ticks:
                name = IDS.names[ids[at]]
                at += 1
                if name.startswith("End_"):
                    end = int(name[4:])
                    assert names and now < end <= bar.meter.bar_ticks
                    segments.append((names, now, end))
                    now, names = end, []
                else:
                    names.append(name)
            lines.append(Line(wish, tuple(ids[begun:at]), segments))
        bars.append(lines)
    assert at == len(ids)
    return bars


def chords_by_tick(bar: BarWish, line: Line | None, held: frozenset | None) -> list:
    """The chord that sounds at each tick of a bar, None where there is none."""
    found: list[frozenset[int] | None] = [held] * (bar.meter.bar_ticks + 1)
    if line is None:
        for start, classes in bar.chords or ():
            found[start:] = [classes] * (len(found) - start)
        return found if bar.chords else [None] * len(found)
    for names, start, _ in line.segments:
        if names[0] != "Tie":
            classes = chord_classes(names[0], bar.tonic)
            for bass in names[1:]:
                classes = (classes or frozenset()) | {(int(bass[5:]) + bar.tonic) % 12}
            found[start:] = [classes] * (len(found) - start)
    return found


def judge(plan: tuple[BarWish, ...], ids: list[int]) -> None:
    """Fail unless ids, EOS left out, keep the plan and its rules."""
    bars = parsed(plan, ids)
    chords = sounding_chords(plan, bars)
    for number in range(len(bars[0])):
        last, sounding, free_before = NO_NOTE, False, False
        for place, bar in enumerate(plan):
            line = bars[place][number]
            wish, rules = line.wish, line.wish.rules
            if not bar.joined or place == 0:
                last = last if wish.entry is None else wish.entry
                sounding, free_before = wish.held, True
            if wish.given is not None:
                assert line.ids == wish.given, "what is given is copied"
            if wish.voice == 0:
                judge_chords(bar, line, sounding)
                # "No chord" may go on too, which says the same as naming it again.
                sounding = wish.given is None or chords[place][-1] is not None
                continue
            before_rest = False
            for names, start, end in line.segments:
                assert len(names) == 1
                if wish.given is None:
                    assert end in notatable_ends(start, bar.meter)
                    assert not (names == ["Rest"] and before_rest), "two rests in a row"
                before_rest = names == ["Rest"]
                if names == ["Tie"] and wish.given is None:
                    assert start == bar.start and sounding and last != NO_NOTE
                if names[0].startswith("Pitch_"):
                    pitch = int(names[0][6:]) + bar.anchor
                    if wish.given is None:
                        judge_pitch(bar, chords[place][start], rules, pitch, start)
                    if (
                        rules.largest_leap
                        and last != NO_NOTE
                        and (wish.given is None or free_before)
                    ):
                        assert abs(pitch - last) <= rules.largest_leap
                    last, free_before = pitch, wish.given is None
            sounding = line.segments[-1][0] != ["Rest"]
            following = plan[place + 1] if place + 1 < len(plan) else None
            goes_on = following and (following.joined or following.lines[number].entry is None)
            leaving = None if goes_on or bar.last else wish.exit
            if leaving not in (None, NO_NOTE) and rules.largest_leap:
                assert last == NO_NOTE or abs(leaving - last) <= rules.largest_leap
            if (bar.last or leaving == NO_NOTE) and rules.last is not None:
                assert last != NO_NOTE and last % 12 in rules.last


def judge_chords(bar: BarWish, line: Line, sounding: bool) -> None:
    """Fail unless free chords change on beats and only go on where one sounds."""
    if line.wish.given is None:
        for names, start, end in line.segments:
            assert end % bar.meter.beat_ticks == 0 or end == bar.meter.bar_ticks
            assert names[0] != "Tie" or (start == bar.start and sounding)
            assert all(name.startswith("Bass_") for name in names[1:]) and len(names) <= 2


def judge_pitch(
    bar: BarWish, chord: frozenset[int] | None, rules: PitchRules, pitch: int, start: int
) -> None:
    """Fail unless a note may start there."""
    assert rules.lowest <= pitch <= rules.highest
    home = set(range(12)) if rules.scale is None else set(rules.scale)
    if chord is not None and rules.chord_notes:
        home |= chord
    assert pitch % 12 in home
    if rules.strong_chord_tones and start in bar.meter.strong_ticks and chord is not None:
        assert pitch % 12 in chord


def sounding_chords(plan: tuple[BarWish, ...], bars: list[list[Line]]) -> list[list]:
    """The chords of each bar by tick, over ties from bar to bar."""
    found: list[list] = []
    for bar, lines in zip(plan, bars):
        line = lines[0] if lines[0].wish.voice == 0 else None
        before = found[-1][-1] if bar.joined and found else (line and line.wish.chord)
        found.append(chords_by_tick(bar, line, before))
    return found
