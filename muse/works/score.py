"""A score: notes on a metric grid, with meter, key, tempo and chord symbols.

Conventions:
    Time is in ticks, `TICKS_PER_QUARTER` = 24 to the quarter note, counted from the start of the
    score. An opening incomplete bar (a pick-up) is `pickup` ticks long; the first full bar
    starts at tick `pickup`. Pitches are MIDI numbers, middle C = 60. Tempo is in quarter notes
    per minute, as MIDI has it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace

from muse.theory.chords import Chord
from muse.theory.keys import Key, find_key
from muse.theory.meter import TICKS_PER_QUARTER, Meter
from muse.works.base import Work

USUAL_VELOCITY = 80
"""MIDI velocity of notes of which nothing is said."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """A note: start and length in ticks, MIDI pitch and velocity, the syllable sung on it."""

    start: int
    length: int
    pitch: int
    velocity: int = USUAL_VELOCITY
    lyric: str = ""

    def __post_init__(self) -> None:
        if self.start < 0 or self.length < 1:
            raise ValueError(f"a note starts at 0 or later and lasts at least a tick: {self}")
        if not 0 <= self.pitch <= 127 or not 1 <= self.velocity <= 127:
            raise ValueError(f"pitch is 0 to 127 and velocity 1 to 127: {self}")

    @property
    def end(self) -> int:
        """The tick at which the note stops."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class ChordMark:
    """A chord symbol that holds from `start` (ticks) on; None means no chord."""

    start: int
    chord: Chord | None


@dataclass(frozen=True)
class Part:
    """The notes of one instrument or voice, in order. `program` is General MIDI's, 0 to 127."""

    notes: tuple[Note, ...] = ()
    name: str = ""
    program: int = 0

    @property
    def monophonic(self) -> bool:
        """Whether no note sounds together with another."""
        return all(a.end <= b.start for a, b in zip(self.notes, self.notes[1:]))


@dataclass(frozen=True)
class Bar:
    """One bar of the grid: where it starts and ends (ticks), its meter, its number.

    The first full bar is number 1; a pick-up bar is number 0.
    """

    number: int
    start: int
    end: int
    meter: Meter


@dataclass(frozen=True)
class Score(Work):
    """Parts on one metric grid.

    Attributes:
        parts: the instruments or voices, highest first; the lead melody is the first.
        bars: how many full bars the score has, the pick-up not counted.
        meters: (number of the bar it starts in, meter); the first starts in bar 1.
        keys: (tick, key); the first at tick 0.
        tempos: (tick, quarter notes per minute); the first at tick 0.
        chords: chord symbols in order.
        pickup: length of the opening incomplete bar in ticks, 0 if there is none.
        style: a word such as "jig" or "chorale", or empty.
        composer: who wrote it, or empty.
    """

    parts: tuple[Part, ...]
    bars: int
    meters: tuple[tuple[int, Meter], ...] = ((1, Meter(4, 4)),)
    keys: tuple[tuple[int, Key], ...] = ((0, Key()),)
    tempos: tuple[tuple[int, float], ...] = ((0, 120.0),)
    chords: tuple[ChordMark, ...] = ()
    pickup: int = 0
    style: str = field(default="", kw_only=True)
    composer: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if self.bars < 1:
            raise ValueError("a score has at least one bar")
        if not self.meters or self.meters[0][0] != 1:
            raise ValueError("the first meter of a score starts in bar 1")
        if not self.keys or self.keys[0][0] != 0 or not self.tempos or self.tempos[0][0] != 0:
            raise ValueError("the first key and the first tempo of a score stand at tick 0")
        if not 0 <= self.pickup < self.meter.bar_ticks:
            raise ValueError(f"a pick-up is shorter than a bar: {self.pickup} ticks")

    @property
    def meter(self) -> Meter:
        """The meter of the first bar."""
        return self.meters[0][1]

    @property
    def key(self) -> Key:
        """The key of the beginning."""
        return self.keys[0][1]

    @property
    def tempo(self) -> float:
        """The first tempo, in quarter notes per minute."""
        return self.tempos[0][1]

    @property
    def melody(self) -> Part:
        """The first part."""
        return self.parts[0]

    def grid(self) -> list[Bar]:
        """All bars in order, the pick-up bar first if there is one."""
        found: list[Bar] = []
        if self.pickup:
            found.append(Bar(0, 0, self.pickup, self.meter))
        at, changes = self.pickup, dict(self.meters)
        meter = self.meter
        for number in range(1, self.bars + 1):
            meter = changes.get(number, meter)
            found.append(Bar(number, at, at + meter.bar_ticks, meter))
            at += meter.bar_ticks
        return found

    @property
    def length(self) -> int:
        """Where the last bar ends, in ticks."""
        return self.grid()[-1].end

    def key_at(self, tick: int) -> Key:
        """The key that holds at `tick`."""
        return self.keys[max(0, bisect_right([at for at, _ in self.keys], tick) - 1)][1]

    def chord_at(self, tick: int) -> Chord | None:
        """The chord that holds at `tick`, None where there is none."""
        place = bisect_right([mark.start for mark in self.chords], tick) - 1
        return self.chords[place].chord if place >= 0 else None

    def seconds(self, tick: int) -> float:
        """Playing time from the start of the score to `tick`, in seconds."""
        total, at, tempo = 0.0, 0, self.tempo
        for change, new in self.tempos[1:]:
            if change >= tick:
                break
            total += (change - at) / TICKS_PER_QUARTER * 60 / tempo
            at, tempo = change, new
        return total + (tick - at) / TICKS_PER_QUARTER * 60 / tempo

    def transposed(self, semitones: int) -> Score:
        """All notes, keys and chords `semitones` higher. Raises ValueError outside MIDI."""
        parts = tuple(
            replace(p, notes=tuple(replace(n, pitch=n.pitch + semitones) for n in p.notes))
            for p in self.parts
        )
        chords = tuple(
            ChordMark(m.start, m.chord and m.chord.transposed(semitones)) for m in self.chords
        )
        keys = tuple((tick, key.transposed(semitones)) for tick, key in self.keys)
        return replace(self, parts=parts, chords=chords, keys=keys)

    def bar_slice(self, first: int, last: int) -> Score:
        """Bars `first` to `last` (both included, counted from 1) as a score of their own.

        Notes that sound over the edges are cut there. Bar 0, the pick-up, belongs to bar 1's
        slice: `bar_slice(1, n)` keeps it.

        Raises:
            ValueError: if there are no such bars.
        """
        if not 1 <= first <= last <= self.bars:
            raise ValueError(f"bars {first}-{last} of a score that has bars 1-{self.bars}")
        grid = {bar.number: bar for bar in self.grid()}
        start = 0 if first == 1 else grid[first].start
        end = grid[last].end
        meter = grid[first].meter
        meters = [(1, meter)] + [(n - first + 1, m) for n, m in self.meters if first < n <= last]
        parts = tuple(replace(p, notes=_clipped(p.notes, start, end)) for p in self.parts)
        marks = [m for m in self.chords if start < m.start < end]
        if self.chords and not any(m.start == start for m in self.chords):
            held = self.chord_at(start)
            marks = [ChordMark(start, held)] * (held is not None) + marks
        else:
            marks = [m for m in self.chords if m.start == start] + marks
        return replace(
            self,
            parts=parts,
            bars=last - first + 1,
            meters=tuple(meters),
            keys=_from_tick(self.keys, start, end),
            tempos=_from_tick(self.tempos, start, end),
            chords=tuple(ChordMark(m.start - start, m.chord) for m in marks),
            pickup=self.pickup if first == 1 else 0,
        )

    def with_found_key(self) -> Score:
        """The score with its key estimated from its notes (Krumhansl-Schmuckler)."""
        notes = [n for p in self.parts for n in p.notes]
        return replace(self, keys=((0, find_key((n.pitch, n.length) for n in notes)),))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the piano roll with its sound, else plain text."""
        from muse.works.show import score_html, score_text

        return {"text/html": score_html(self), "text/plain": score_text(self)}


def _clipped(notes: tuple[Note, ...], start: int, end: int) -> tuple[Note, ...]:
    """Notes inside [start, end), cut at both edges and counted from `start`."""
    kept = []
    for note in notes:
        low, high = max(note.start, start), min(note.end, end)
        if low < high:
            kept.append(replace(note, start=low - start, length=high - low))
    return tuple(kept)


def _from_tick(changes: tuple, start: int, end: int) -> tuple:
    """A map of (tick, value) from `start` on, its first entry moved to tick 0."""
    before = [value for tick, value in changes if tick <= start]
    later = [(tick - start, value) for tick, value in changes if start < tick < end]
    return ((0, before[-1]), *later)


def melody_line(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """The highest line of possibly overlapping notes (the skyline), monophonic.

    A higher note cuts a lower one that still sounds; a lower note that starts under a sounding
    higher one is left out.
    """
    line: list[Note] = []
    for note in sorted(notes, key=lambda n: (n.start, -n.pitch)):
        if line and note.start < line[-1].end:
            if note.start == line[-1].start or note.pitch < line[-1].pitch:
                continue
            line[-1] = replace(line[-1], length=note.start - line[-1].start)
        line.append(note)
    return tuple(line)
