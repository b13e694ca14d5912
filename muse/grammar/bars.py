"""Bars that are exactly full: the grammar of `tokens/melody.py`, from a plan of bars.

A plan says for each bar that will be written what marks it, its meter, and its lines: given ones,
which are copied, and free ones with their rules. The automaton then allows exactly the ids that
keep the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from muse.grammar.base import Mask
from muse.grammar.harmony import (
    NO_NOTE,
    PITCHES,
    BarReach,
    ChordSpans,
    PitchRules,
    notatable_ends,
    reach_bar,
    reach_fixed,
)
from muse.theory.chords import QUALITIES
from muse.theory.meter import Meter
from muse.tokens.melody import LOWEST_PITCH, melody_vocabulary
from muse.tokens.melody_reading import segments

ANY_PITCH = PitchRules()


@dataclass(frozen=True)
class LineWish:
    """A line of a bar: `voice` 0 is the chord line, 1 to 4 the voices.

    Attributes:
        voice: which line it is, also over bars.
        given: its ids if it is already written, None if it is free.
        marker: ids before a free line (`Voice_2` where there are several).
        rules: of a free voice.
        entry: the last pitch before the first bar of a run of bars, `NO_NOTE` if none, None if
            it is the last of the run before: only silence stands between them.
        exit: the next pitch after the last bar of a run, `NO_NOTE` if only silence follows up to
            the piece's end, None if anything may follow.
        held: whether something sounds from before a run of bars, so that a chord may go on.
        chord: pitch classes of the chord that sounds from before a run, None if none does.
    """

    voice: int
    given: tuple[int, ...] | None = None
    marker: tuple[int, ...] = ()
    rules: PitchRules = ANY_PITCH
    entry: int | None = NO_NOTE
    exit: int | None = None
    held: bool = False
    chord: frozenset[int] | None = None


@dataclass(frozen=True)
class BarWish:
    """A bar that will be written.

    Attributes:
        mark: the ids that name it, all given.
        meter: its meter.
        start: its first tick, above 0 in a pick-up.
        anchor: MIDI pitch of `Pitch_+0`.
        tonic: pitch class that chord roots are relative to.
        lines: in order.
        chords: of the bar where its chord line is not among `lines`.
        joined: whether it follows on the bar before it in the plan.
        last: whether the piece ends with it.
    """

    mark: tuple[int, ...]
    meter: Meter
    anchor: int
    tonic: int
    lines: tuple[LineWish, ...]
    start: int = 0
    chords: ChordSpans | None = None
    joined: bool = True
    last: bool = False


@dataclass(frozen=True, slots=True)
class BarState:
    """Where the writing is.

    Attributes:
        bar, line: places in the plan; `line` -1 is the bar's mark.
        place: how many ids of a mark, marker or given line are written.
        at: tick of the bar.
        sound: what was just begun and still needs its end: a pitch, "rest", "chord"; or None.
        rested: whether the last segment of this line was a rest.
        last: last pitch of each line, so far.
        sounding: whether each line sounds at its end, so far.
        chords: of this bar, so far.
    """

    bar: int
    line: int
    last: tuple[int, ...]
    sounding: tuple[bool, ...]
    place: int = 0
    at: int = 0
    sound: int | str | None = None
    rested: bool = False
    chords: ChordSpans = ()


@dataclass(frozen=True, eq=False)
class BarsGrammar:
    """The automaton of a plan. All bars have lines of the same voices, in the same order."""

    plan: tuple[BarWish, ...]
    _reach: dict = field(default_factory=dict, init=False, repr=False)
    _after: dict = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.plan:
            raise ValueError("a plan has at least one bar")

    # The automaton ----------------------------------------------------------------------------

    def start(self) -> BarState:
        return self._enter(BarState(0, -1, (), ()))

    def allowed(self, state: BarState) -> Mask:
        mask = np.zeros(len(melody_vocabulary()), dtype=bool)
        forced = self._forced(state)
        if forced is not None:
            mask[forced] = True
        elif self.plan[state.bar].lines[state.line].voice == 0:
            self._allow_chord(state, mask)
        else:
            self._allow_note(state, mask)
        return mask

    def after(self, state: BarState, id: int) -> BarState:
        if state.bar >= len(self.plan):
            return state
        if self._forced(state) is not None:
            return self._after_forced(state)
        name = melody_vocabulary().names[id]
        bar = self.plan[state.bar]
        if name.startswith("End_"):
            at, resting = int(name[4:]), state.sound == "rest"
            sounding = _put(state.sounding, state.line, not resting)
            last = state.last
            if isinstance(state.sound, int):
                last = _put(last, state.line, state.sound)
            moved = replace(state, at=at, sound=None, rested=resting, last=last, sounding=sounding)
            return moved if at < bar.meter.bar_ticks else self._leave_line(moved)
        if name.startswith("Pitch_"):
            return replace(state, sound=int(name[6:]) + bar.anchor)
        if name == "Rest":
            return replace(state, sound="rest")
        if bar.lines[state.line].voice:  # Tie: the pitch from before goes on
            return replace(state, sound=state.last[state.line])
        if name.startswith("Bass_"):
            start, classes = state.chords[-1]
            bass = (int(name[5:]) + bar.tonic) % 12
            spans = (*state.chords[:-1], (start, (classes or frozenset()) | {bass}))
            return replace(state, sound="bass", chords=spans)
        if name == "Tie":
            return replace(state, sound="tie")
        classes = chord_classes(name, bar.tonic)
        spans = (*state.chords, (state.at, classes))
        return replace(state, sound="chord" if classes else "tie", chords=spans)

    # Given ids --------------------------------------------------------------------------------

    def _forced(self, state: BarState) -> int | None:
        """The one id that the plan gives next, None where there is a choice."""
        if state.bar >= len(self.plan):
            return melody_vocabulary()["EOS"]
        bar = self.plan[state.bar]
        if state.line < 0:
            return bar.mark[state.place]
        wish = bar.lines[state.line]
        given = wish.given if wish.given is not None else wish.marker
        return given[state.place] if state.place < len(given) else None

    def _after_forced(self, state: BarState) -> BarState:
        bar = self.plan[state.bar]
        moved = replace(state, place=state.place + 1)
        if state.line < 0:
            if moved.place < len(bar.mark):
                return moved
            return self._enter(replace(moved, line=0, place=0, at=bar.start))
        wish = bar.lines[state.line]
        if wish.given is None or moved.place < len(wish.given):
            return moved
        return self._leave_line(self._having_written(moved, wish.given))

    def _having_written(self, state: BarState, given: Sequence[int]) -> BarState:
        """The state after a given line: its last pitch, or its chords."""
        bar, line = self.plan[state.bar], state.line
        found = list(segments(list(given), bar.start, bar.meter.bar_ticks))
        if bar.lines[line].voice == 0:
            spans = chord_spans(given, bar, held_chord(state.chords))
            sounding = _put(state.sounding, line, spans[-1][1] is not None)
            return replace(state, chords=spans, sounding=sounding)
        pitches = given_pitches(given, bar)
        last = _put(state.last, line, pitches[-1]) if pitches else state.last
        sounds = bool(found) and found[-1][0] != ["Rest"]
        return replace(state, last=last, sounding=_put(state.sounding, line, sounds))

    def _enter(self, state: BarState) -> BarState:
        """Begin a bar: a run of bars that does not follow on starts afresh."""
        if state.line < 0 and state.bar < len(self.plan):
            bar = self.plan[state.bar]
            if not bar.mark:
                state = replace(state, line=0, at=bar.start)
            if not bar.joined or not state.bar:
                last = [
                    state.last[n] if w.entry is None else w.entry for n, w in enumerate(bar.lines)
                ]
                state = replace(
                    state,
                    last=tuple(last),
                    sounding=tuple(w.held for w in bar.lines),
                    chords=tuple((-1, w.chord) for w in bar.lines if not w.voice),
                )
        return state

    def _leave_line(self, state: BarState) -> BarState:
        """On to the next line, the next bar, or the end."""
        bar = self.plan[state.bar]
        if state.line + 1 < len(bar.lines):
            return replace(
                state, line=state.line + 1, place=0, at=bar.start, sound=None, rested=False
            )
        # The last chord may go on into the next bar: it stands there before the first tick.
        held = ((-1, held_chord(state.chords)),)
        return self._enter(BarState(state.bar + 1, -1, state.last, state.sounding, chords=held))

    # Choices ----------------------------------------------------------------------------------

    def _allow_chord(self, state: BarState, mask: np.ndarray) -> None:
        ids, bar = melody_vocabulary(), self.plan[state.bar]
        if state.sound is None:
            family = ids.family("Chord")
            mask[family.start : family.stop] = True
            mask[ids["Tie"]] = state.at == bar.start and state.sounding[state.line]
            return
        if state.sound == "chord":
            basses = ids.family("Bass")
            mask[basses.start : basses.stop] = True
        first, length = ids["End_1"] - 1, bar.meter.bar_ticks
        for end in range(bar.meter.beat_ticks, length, bar.meter.beat_ticks):
            mask[first + end] = end > state.at
        mask[first + length] = True

    def _allow_note(self, state: BarState, mask: np.ndarray) -> None:
        ids, bar, line = melody_vocabulary(), self.plan[state.bar], state.line
        rules = bar.lines[line].rules
        reach = self._bar_reach(state.bar, line, self._chords(state))
        last = state.last[line]
        if state.sound is None:
            may = reach.allowed[state.at] & reach.onward[state.at] & rules.within_leap(last)
            first = ids["Pitch_+0"] - bar.anchor
            low = ids[f"Pitch_{LOWEST_PITCH:+d}"] - first
            pitches = np.arange(max(0, low), NO_NOTE)
            mask[first + pitches] = may[pitches]
            mask[ids["Rest"]] = not state.rested and reach.resting[state.at][last]
            tied = state.at == bar.start and state.sounding[line] and bar.joined
            mask[ids["Tie"]] = tied and last != NO_NOTE and reach.onward[state.at][last]
            return
        resting = state.sound == "rest"
        ways = reach.rested if resting else reach.free
        pitch = last if resting else int(state.sound)
        first = ids["End_1"] - 1
        for end in self._ends(bar)[state.at]:
            mask[first + end] = ways[end][pitch]

    def _chords(self, state: BarState) -> ChordSpans | None:
        """The chords of the bar that is being written, None if it has none."""
        bar = self.plan[state.bar]
        if any(wish.voice == 0 for wish in bar.lines):
            return state.chords
        return bar.chords

    # Reach ------------------------------------------------------------------------------------

    def _ends(self, bar: BarWish) -> dict[int, list[int]]:
        """Ticks that a segment of a free line may start at, and where it may end from there."""
        key = (bar.meter, bar.start)
        if key not in self._reach:
            ends, open_ticks = {}, [bar.start]
            while open_ticks:
                tick = open_ticks.pop()
                if tick not in ends and tick < bar.meter.bar_ticks:
                    ends[tick] = notatable_ends(tick, bar.meter)
                    open_ticks += ends[tick]
            self._reach[key] = ends
        return self._reach[key]

    def _bar_reach(self, place: int, line: int, chords: ChordSpans | None) -> BarReach:
        bar = self.plan[place]
        rules, after = bar.lines[line].rules, self._after_bar(place, line)
        needed = chords if rules.needs_chords else ()
        key = (bar.meter, bar.start, rules, after.tobytes(), needed, bar.last)
        if key not in self._reach:
            self._reach[key] = reach_bar(
                rules, bar.meter, bar.start, after, needed, self._ends(bar), bar.last
            )
        return self._reach[key]

    def _after_bar(self, place: int, line: int) -> np.ndarray:
        """Last pitches after bar `place` from which the line can still be ended, (P,)."""
        if (place, line) not in self._after:
            # Backwards in a loop, not by recursion: pieces may have hundreds of bars.
            for number in range(len(self.plan) - 1, place - 1, -1):
                if (number, line) not in self._after:
                    self._after[number, line] = self._onward_from(number, line)
        return self._after[place, line]

    def _onward_from(self, number: int, line: int) -> np.ndarray:
        bar = self.plan[number]
        wish = bar.lines[line]
        following = self.plan[number + 1] if number + 1 < len(self.plan) else None
        if following and (following.joined or following.lines[line].entry is None):
            return self._before_bar(number + 1, line)
        if bar.last or wish.exit == NO_NOTE:
            return wish.rules.may_end()
        if wish.exit is None:
            return np.ones(PITCHES, dtype=bool)
        return reach_fixed(wish.rules, [wish.exit], np.ones(PITCHES, dtype=bool))

    def _before_bar(self, number: int, line: int) -> np.ndarray:
        """Last pitches before bar `number` from which it can be entered, (P,)."""
        bar = self.plan[number]
        wish = bar.lines[line]
        if wish.given is not None:
            return reach_fixed(
                wish.rules, given_pitches(wish.given, bar), self._after[number, line]
            )
        known: ChordSpans | None = bar.chords or ()
        for other in bar.lines:
            if other.voice == 0:
                known = None if other.given is None else chord_spans(other.given, bar, None)
                if other.given and melody_vocabulary().names[other.given[0]] == "Tie":
                    known = None  # what goes on there is known only when the bar is reached
        return self._bar_reach(number, line, known).free[bar.start]

    def impossible_lines(self) -> list[int]:
        """Voices for which no legal way leads from the start of some run of bars to its end."""
        found = []
        for number, bar in enumerate(self.plan):
            if number and bar.joined:
                continue
            for line, wish in enumerate(bar.lines):
                if wish.voice and wish.entry is not None:
                    self._after_bar(number, line)
                    if not self._before_bar(number, line)[wish.entry]:
                        found.append(wish.voice)
        return found


def held_chord(chords: ChordSpans) -> frozenset[int] | None:
    """Pitch classes of the last of some chords, None if it is no chord or there is none."""
    return chords[-1][1] if chords else None


def _put(values: tuple, place: int, value: object) -> tuple:
    return (*values[:place], value, *values[place + 1 :])


def chord_classes(name: str, tonic: int) -> frozenset[int] | None:
    """Pitch classes of the chord token `name` in a key; None for no chord."""
    if name == "Chord_none":
        return None
    _, root, quality = name.split("_", 2)
    return frozenset((int(root) + tonic + step) % 12 for step in QUALITIES[quality])


def chord_spans(line: Sequence[int], bar: BarWish, held: frozenset[int] | None) -> ChordSpans:
    """The chords that a written chord line says; `held` sounds on from before the bar."""
    spans = []
    for names, begin, _ in segments(list(line), bar.start, bar.meter.bar_ticks):
        if names and names[0].startswith("Chord_"):
            classes = chord_classes(names[0], bar.tonic)
            for bass in names[1:]:
                classes = (classes or frozenset()) | {(int(bass[5:]) + bar.tonic) % 12}
            spans.append((begin, classes))
        else:
            spans.append((begin, held))
    return tuple(spans)


def given_pitches(line: Sequence[int], bar: BarWish) -> list[int]:
    """MIDI pitches of the notes that begin in a written line."""
    names = (melody_vocabulary().names[i] for i in line)
    return [int(name[6:]) + bar.anchor for name in names if name.startswith("Pitch_")]
