"""Which pitches a voice may take, and from where the end can still be reached.

Range, scale, chord tones on strong beats, the largest leap and the last note can corner each
other: with a leap of at most two semitones, a note that is far from the tonic is too late in the last
bar. So they are one automaton: `Reach` walks backwards over the ticks of a line and marks every
(tick, last pitch) from which some legal way leads to the end.

Shapes:
    Arrays over pitches are (P,) bool with P = 129: MIDI pitches 0 to 127, and at 128 "no note yet".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from muse.theory.meter import Meter

NO_NOTE = 128
PITCHES = 129


def notatable_ends(start: int, meter: Meter) -> list[int]:
    """Where a segment that starts at tick `start` of a bar may end so that it can be notated.

    A division of the beat (a quarter, or an eighth in 6/8) is binary, in steps of three ticks (a
    thirty-second), or in triplets, in steps of four; a segment that leaves the division ends on
    the binary grid.
    """
    division, bar = meter.division_ticks, meter.bar_ticks
    inside = start % division
    first_end = start - inside + division
    binary, ternary = inside % 3 == 0, inside % 4 == 0
    ends = []
    for end in range(start + 1, bar + 1):
        place = end % division
        if end >= first_end:
            good = place == 0 or (binary and place % 3 == 0)
            good = good and (binary or end == first_end)
        else:
            good = (binary and place % 3 == 0) or (ternary and place % 4 == 0)
        if good:
            ends.append(end)
    return ends or [bar]


@dataclass(frozen=True)
class PitchRules:
    """What a wish says of a voice's pitches.

    Attributes:
        lowest, highest: MIDI range, both allowed.
        scale: pitch classes allowed; None for all.
        largest_leap: most semitones between neighbouring notes; None for any.
        strong_chord_tones: a note that starts on a strong beat is in the chord that sounds there.
        last: pitch classes allowed for the last note, which then begins by the last beat of the
            piece; None for any.
        chord_notes: whether notes of the chord that sounds are allowed outside the scale.
    """

    lowest: int = 0
    highest: int = 127
    scale: frozenset[int] | None = None
    largest_leap: int | None = None
    strong_chord_tones: bool = False
    last: frozenset[int] | None = None
    chord_notes: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.lowest <= self.highest <= 127:
            raise ValueError(f"a range runs upwards within 0 to 127: {self.lowest}-{self.highest}")
        if self.largest_leap is not None and self.largest_leap < 1:
            raise ValueError("the largest leap must be at least one semitone")

    def pitches(self, chord: frozenset[int] | None, only_chord: bool) -> np.ndarray:
        """Allowed pitches, (P,).

        Args:
            chord: pitch classes of the chord that sounds, None for none.
            only_chord: whether nothing but chord tones will do.
        """
        home = set(range(12)) if self.scale is None else set(self.scale)
        if chord is not None:
            home |= chord if self.chord_notes else set()
            home &= chord if only_chord else home
        allowed = np.zeros(PITCHES, dtype=bool)
        span = range(self.lowest, self.highest + 1)
        allowed[self.lowest : self.highest + 1] = [pitch % 12 in home for pitch in span]
        return allowed

    @property
    def needs_chords(self) -> bool:
        """Whether it matters which chord sounds."""
        return self.strong_chord_tones or (self.chord_notes and self.scale is not None)

    def neighbours(self, reached: np.ndarray) -> np.ndarray:
        """Pitches from which a pitch of `reached` (P,) is within the largest leap, (P,)."""
        found = np.zeros(PITCHES, dtype=bool)
        some = reached[:NO_NOTE].any()
        if self.largest_leap is None:
            found[:] = some
            return found
        padded = np.convolve(reached[:NO_NOTE], np.ones(2 * self.largest_leap + 1, int), "same")
        found[:NO_NOTE] = padded > 0
        found[NO_NOTE] = some
        return found

    def within_leap(self, pitch: int) -> np.ndarray:
        """Pitches that may follow `pitch`, (P,)."""
        found = np.ones(PITCHES, dtype=bool)
        if pitch != NO_NOTE and self.largest_leap is not None:
            found[:] = False
            found[max(0, pitch - self.largest_leap) : pitch + self.largest_leap + 1] = True
        found[NO_NOTE] = False
        return found

    def may_end(self) -> np.ndarray:
        """Last pitches with which a piece may end, (P,); "no note" only if nothing is asked."""
        if self.last is None:
            return np.ones(PITCHES, dtype=bool)
        found = np.zeros(PITCHES, dtype=bool)
        found[:NO_NOTE] = [pitch % 12 in self.last for pitch in range(NO_NOTE)]
        return found


ChordSpans = tuple[tuple[int, frozenset[int] | None], ...]
"""(first tick in the bar, pitch classes or None for no chord) of a bar's chords, in order."""


def classes_at(chords: ChordSpans, tick: int) -> frozenset[int] | None:
    """Pitch classes of the chord that sounds at a tick of the bar."""
    found = None
    for start, classes in chords:
        if start <= tick:
            found = classes
    return found


@dataclass(frozen=True)
class BarReach:
    """One bar of a line: what leads on to the end.

    Attributes:
        allowed: tick -> pitches that may start there, (P,).
        free: tick -> last pitches from which a segment may start there, (P,), also at the bar's end.
        rested: tick -> the same, right after a rest: only a note may follow.
        onward: tick -> pitches that, sounding from there, can reach the end, (P,).
        resting: tick -> last pitches from which a rest may start there, (P,).
    """

    allowed: dict[int, np.ndarray]
    free: dict[int, np.ndarray]
    rested: dict[int, np.ndarray]
    onward: dict[int, np.ndarray]
    resting: dict[int, np.ndarray]


def reach_bar(
    rules: PitchRules,
    meter: Meter,
    start: int,
    after: np.ndarray,
    chords: ChordSpans | None,
    ends: dict[int, list[int]],
    final: bool = False,
) -> BarReach:
    """Walk one bar backwards.

    Args:
        rules: of the voice.
        meter: of the bar.
        start: first tick of the bar that is written (above 0 in a pick-up).
        after: last pitches from which the rest of the piece can be ended, (P,).
        chords: the bar's chords. None if they are not chosen yet: then no note may be counted on
            at a strong beat where a chord tone is asked for, for a rest is always allowed there.
        ends: tick -> where a segment from there may end.
        final: whether the piece ends with this bar.
    """
    bar = meter.bar_ticks
    # A network that does not know of the rule would add the asked pitch as a scrap of a note.
    closing = max(start, bar - meter.beat_ticks) if final and rules.last is not None else bar
    strong = set(meter.strong_ticks)
    by_chord: dict[tuple[frozenset[int] | None, bool], np.ndarray] = {}
    allowed: dict[int, np.ndarray] = {}
    free, rested = {bar: after}, {bar: after}
    onward: dict[int, np.ndarray] = {}
    resting: dict[int, np.ndarray] = {}
    for tick in sorted(ends, reverse=True):
        if tick < start:
            continue
        bound = rules.strong_chord_tones and tick in strong
        if tick > closing or (bound and chords is None):
            may = np.zeros(PITCHES, dtype=bool)
        else:
            key = (classes_at(chords or (), tick), bound)
            if key not in by_chord:
                by_chord[key] = rules.pitches(*key)
            may = by_chord[key]
        goes_on = np.zeros(PITCHES, dtype=bool)
        after_rest = np.zeros(PITCHES, dtype=bool)
        for end in ends[tick]:
            goes_on |= free[end]
            after_rest |= rested[end]
        allowed[tick], onward[tick], resting[tick] = may, goes_on, after_rest
        rested[tick] = rules.neighbours(may & goes_on)
        free[tick] = rested[tick] | after_rest
    return BarReach(allowed, free, rested, onward, resting)


def reach_fixed(rules: PitchRules, pitches: Sequence[int], after: np.ndarray) -> np.ndarray:
    """Last pitches from which a bar that is already written can be entered, (P,).

    Args:
        rules: of the voice.
        pitches: the bar's notes in order; its own leaps are not judged.
        after: last pitches from which the piece can be ended after the bar.
    """
    if not pitches:
        return after
    if not after[pitches[-1]]:
        return np.zeros(PITCHES, dtype=bool)
    first = np.zeros(PITCHES, dtype=bool)
    first[pitches[0]] = True
    return rules.neighbours(first)
