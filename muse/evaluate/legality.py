"""Whether a score keeps what was promised: an independent check, on Scores alone.

The composer's grammars say that they keep a wish whatever the network writes. This page shares no
code with them: it knows notes, bars, chords and strong beats, not tokens or automata.

Conventions:
    * Bars are numbered from 1, the pick-up is bar 0; ticks are 24 to the quarter note; pitches are
      MIDI numbers, pitch classes 0 to 11.
    * A note is judged where it starts: its bar, the chord and the beat there.
    * Where a theme is kept, only notes that start in new bars are judged for pitch, and an interval
      if at least one of its notes is new. A kept bar is compared by what sounds in it: a note
      that is tied over a bar line may begin anew there, as the composer says it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.works.score import Bar, Note, Score


@dataclass(frozen=True, kw_only=True)
class Promises:
    """What a score is to keep, as plain values. None and False promise nothing.

    Attributes:
        bars: number of full bars.
        meter: of every new bar.
        pickup: length of the pick-up in ticks.
        key: that the score states at its beginning.
        scale: pitch classes of the new notes.
        chord_notes: whether notes of the chord that sounds are kept to be in the scale, too.
        lowest, highest: MIDI range of the new notes, both allowed.
        largest_leap: most semitones between neighbouring notes.
        strong_chord_tones: new notes on strong beats are tones of the chord that sounds, if one does.
        ends_on_tonic: the last note is the tonic of the key that the score states at its beginning.
        chords: bar number -> (tick in the bar, chord or None for none) of its chord symbols.
        new_bars: numbers of the bars that were written; None: all.
        theme: what stands in all other bars.
    """

    bars: int
    meter: Meter | None = None
    pickup: int | None = None
    key: Key | None = None
    scale: frozenset[int] | None = None
    chord_notes: bool = False
    lowest: int = 0
    highest: int = 127
    largest_leap: int | None = None
    strong_chord_tones: bool = False
    ends_on_tonic: bool = False
    chords: Mapping[int, tuple[tuple[int, Chord | None], ...]] = field(default_factory=dict)
    new_bars: frozenset[int] | None = None
    theme: Score | None = None


@dataclass(frozen=True)
class Violation:
    """A promise that is broken, in which bar, and how."""

    promise: str
    bar: int
    text: str


def violations(score: Score, promises: Promises) -> list[Violation]:
    """All promises that a score breaks; empty if it keeps them."""
    bars = {bar.number: bar for bar in score.grid()}
    written = set(bars) if promises.new_bars is None else set(promises.new_bars)
    return [
        *_form(score, promises, bars, written),
        *_pitches(score, promises, bars, written),
        *_leaps(score, promises, bars, written),
        *_chords(score, promises, bars),
        *_kept(score, promises, bars, written),
    ]


def changed_bars(theme: Score, score: Score) -> frozenset[int]:
    """Numbers of the bars of a theme in which something else sounds in the score."""
    there = {bar.number: bar for bar in score.grid()}
    return frozenset(
        bar.number
        for bar in theme.grid()
        if bar.number not in there or sounds_in(theme, bar) != sounds_in(score, there[bar.number])
    )


def sounds_in(score: Score, bar: Bar) -> list[tuple[int, int, int]]:
    """(first tick, end tick, pitch) of what the melody sounds in a bar, cut at its edges."""
    return [
        (max(n.start, bar.start) - bar.start, min(n.end, bar.end) - bar.start, n.pitch)
        for n in score.melody.notes
        if n.start < bar.end and n.end > bar.start
    ]


def bar_of(bars: Mapping[int, Bar], tick: int) -> Bar:
    """The bar that a tick lies in; the last one for ticks behind it."""
    return next((bar for bar in bars.values() if bar.start <= tick < bar.end), max(
        bars.values(), key=lambda bar: bar.end
    ))  # fmt: skip


def _form(
    score: Score, promises: Promises, bars: Mapping[int, Bar], written: set[int]
) -> list[Violation]:
    """Bars, meter, pick-up, key, one line of notes inside the bars, the last note."""
    found = []
    notes = score.melody.notes
    if score.bars != promises.bars:
        found.append(Violation("bars", 0, f"{score.bars} bars, not {promises.bars}"))
    if promises.pickup is not None and score.pickup != promises.pickup:
        found.append(Violation("pickup", 0, f"{score.pickup} ticks, not {promises.pickup}"))
    if promises.key is not None and score.key != promises.key:
        found.append(Violation("key", 0, f"{score.key}, not {promises.key}"))
    for number in sorted(written & set(bars)):
        if promises.meter is not None and bars[number].meter != promises.meter:
            text = f"{bars[number].meter}, not {promises.meter}"
            found.append(Violation("meter", number, text))
    for one, other in zip(notes, notes[1:]):
        if one.end > other.start:
            bar = bar_of(bars, other.start).number
            found.append(Violation("one voice", bar, f"{one} sounds into {other}"))
    if notes and notes[-1].end > score.length:
        found.append(Violation("full bars", score.bars, f"{notes[-1]} sounds behind the last bar"))
    if promises.ends_on_tonic:
        tonic = score.key.tonic
        if not notes or notes[-1].pitch % 12 != tonic:
            last = notes[-1].pitch if notes else "no note"
            found.append(Violation("last note", score.bars, f"{last} is not the tonic {tonic}"))
    return found


def _pitches(
    score: Score, promises: Promises, bars: Mapping[int, Bar], written: set[int]
) -> list[Violation]:
    """Range, scale, chord tones on strong beats."""
    found = []
    for note in score.melody.notes:
        bar = bar_of(bars, note.start)
        if bar.number not in written:
            continue
        if not promises.lowest <= note.pitch <= promises.highest:
            text = f"{note.pitch} outside {promises.lowest} to {promises.highest}"
            found.append(Violation("range", bar.number, text))
        chord = score.chord_at(note.start)
        tones = chord.pitch_classes if chord else frozenset()
        if promises.scale is not None:
            home = promises.scale | (tones if promises.chord_notes else frozenset())
            if note.pitch % 12 not in home:
                found.append(Violation("scale", bar.number, f"{note.pitch} not in {sorted(home)}"))
        strong = _place(note, bar) in bar.meter.strong_ticks
        if promises.strong_chord_tones and chord and strong and note.pitch % 12 not in tones:
            text = f"{note.pitch} is no tone of {chord}"
            found.append(Violation("chord tones", bar.number, text))
    return found


def _leaps(
    score: Score, promises: Promises, bars: Mapping[int, Bar], written: set[int]
) -> list[Violation]:
    """The largest leap between neighbouring notes of which one is new."""
    found = []
    notes = score.melody.notes if promises.largest_leap is not None else ()
    for one, other in zip(notes, notes[1:]):
        bar = bar_of(bars, other.start)
        new = bar.number in written or bar_of(bars, one.start).number in written
        if new and abs(one.pitch - other.pitch) > (promises.largest_leap or 0):
            text = f"{one.pitch} to {other.pitch} is over {promises.largest_leap}"
            found.append(Violation("leap", bar.number, text))
    return found


def _chords(score: Score, promises: Promises, bars: Mapping[int, Bar]) -> list[Violation]:
    """The chord symbols: each where it was asked for, and no other between."""
    found = []
    for number, wanted in promises.chords.items():
        if number not in bars:
            continue
        bar = bars[number]
        marks = {
            mark.start - bar.start for mark in score.chords if bar.start <= mark.start < bar.end
        }
        for tick in sorted(marks | {tick for tick, _ in wanted}):
            due = next((chord for at, chord in reversed(wanted) if at <= tick), None)
            there = score.chord_at(bar.start + tick)
            if there != due:
                found.append(Violation("chords", number, f"{there} at tick {tick}, not {due}"))
    return found


def _kept(
    score: Score, promises: Promises, bars: Mapping[int, Bar], written: set[int]
) -> list[Violation]:
    """The bars of the theme that are not new sound as they did."""
    found: list[Violation] = []
    theme = promises.theme
    if theme is None:
        return found
    for bar in theme.grid():
        if bar.number in written:
            continue
        if bar.number not in bars:
            found.append(Violation("kept bars", bar.number, "is missing"))
        elif sounds_in(theme, bar) != sounds_in(score, bars[bar.number]):
            found.append(Violation("kept bars", bar.number, "does not sound as it did"))
    return found


def _place(note: Note, bar: Bar) -> int:
    """The tick of a note's start within a whole bar: a pick-up is the end of one."""
    return note.start - bar.end + bar.meter.bar_ticks
