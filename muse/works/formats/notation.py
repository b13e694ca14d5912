"""From notes in ticks to what is written between bar lines: note values, ties, rests, triplets.

Every length is expressible: a span of the bar (see `Meter.division_ticks`) is written in
binary values, or, where a boundary does not fall on a 128th of a whole note, as a triplet.

Conventions:
    `written` lengths are in half ticks, 96 * 2 to the whole note, because a triplet note is
    written half as long again as it sounds: one tick is a triplet 64th, written 3 half ticks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from muse.works.score import USUAL_VELOCITY, Bar, Note, Part, Score

WRITTEN_WHOLE = 192
"""Half ticks in a whole note."""

_VALUES = (384, 288, 192, 144, 96, 72, 48, 36, 24, 18, 12, 9, 6, 3)
"""Note values and their dotted forms, in half ticks, longest first: breve to 64th."""

_BINARY = frozenset(value // 2 for value in _VALUES if value % 6 == 0)
"""Note values in ticks that need no triplet."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A pitch in a written symbol; whether it is tied from the symbol before or to the next."""

    pitch: int
    tied_from: bool = False
    tied_to: bool = False
    velocity: int = USUAL_VELOCITY


@dataclass(frozen=True, slots=True)
class Symbol:
    """A note, chord or rest (no tones) as written.

    Attributes:
        start: tick, counted from the start of the score.
        length: sounding length in ticks.
        written: length of its note value in half ticks, its dot included.
        tones: pitches from low to high.
        lyric: the syllable of a note that starts here.
        place, count: which of how many symbols of a triplet it is, from 0; count 0 if none.
    """

    start: int
    length: int
    written: int
    tones: tuple[Tone, ...] = ()
    lyric: str = ""
    place: int = 0
    count: int = 0


def written_bars(
    score: Score, part: Part, cuts: Collection[int] = ()
) -> Iterator[tuple[Bar, list[Symbol]]]:
    """Each bar of the grid with its symbols, which fill it.

    Args:
        score: gives the grid.
        part: the notes; those that sound after the last bar are cut off.
        cuts: ticks at which a new symbol has to start (a chord symbol stands there, say).
    """
    notes = sorted(part.notes)
    first = 0
    for bar in score.grid():
        while first < len(notes) and notes[first].end <= bar.start:
            first += 1
        inside = []
        for note in notes[first:]:
            if note.start >= bar.end:
                break
            if note.end > bar.start:
                inside.append(note)
        yield bar, _bar_symbols(bar, inside, [cut for cut in cuts if bar.start < cut < bar.end])


def _bar_symbols(bar: Bar, notes: Sequence[Note], cuts: Sequence[int]) -> list[Symbol]:
    """The symbols of one bar from the notes that sound in it."""
    origin = bar.end - bar.meter.bar_ticks
    bounds = {bar.start, bar.end, *cuts}
    for note in notes:
        bounds |= {max(note.start, bar.start), min(note.end, bar.end)}
    triplets = _triplet_spans(bar, bounds, origin)
    for low, high in triplets:
        bounds |= {max(low, bar.start), high}
    edges = sorted(bounds)
    symbols: list[Symbol] = []
    group: list[Symbol] = []
    for low, high in zip(edges, edges[1:]):
        span = next((s for s in triplets if s[0] <= low < s[1]), None)
        if span is None:
            for start, length in _binary(low, high - low, bar, origin):
                symbols.append(_symbol(start, length, 2 * length, notes))
            continue
        for start, length in _ternary(low, high - low):
            group.append(_symbol(start, length, 3 * length, notes))
        if high == span[1]:
            symbols += [replace(s, place=i, count=len(group)) for i, s in enumerate(group)]
            group = []
    return symbols


def _symbol(start: int, length: int, written: int, notes: Sequence[Note]) -> Symbol:
    """The symbol for the notes that sound from `start` for `length` ticks."""
    end = start + length
    sounding = [note for note in notes if note.start <= start and note.end >= end]
    tones = {n.pitch: Tone(n.pitch, n.start < start, n.end > end, n.velocity) for n in sounding}
    lyric = next((n.lyric for n in sounding if n.start == start and n.lyric), "")
    return Symbol(start, length, written, tuple(tones[pitch] for pitch in sorted(tones)), lyric)


def _triplet_spans(bar: Bar, bounds: Collection[int], origin: int) -> list[tuple[int, int]]:
    """The spans of a bar that are written in triplets, because a bound does not fit otherwise."""
    size = bar.meter.division_ticks
    spans = set()
    for bound in bounds:
        place = bound - origin
        if place % 3 == 0:
            continue
        low = place // size * size + origin
        middle = low + size // 2
        if size == 24 and middle in bounds:
            spans.add((low, middle) if bound < middle else (middle, low + size))
        else:
            spans.add((low, low + size))
    return sorted(spans)


def _binary(start: int, length: int, bar: Bar, origin: int) -> list[tuple[int, int]]:
    """Start and length of the tied note values that make up a length, both in ticks."""
    place, end = start - origin, start - origin + length
    beat = bar.meter.beat_ticks
    crosses = place // beat != (end - 1) // beat
    if bar.meter.compound and crosses and (place % beat or length % beat):
        cut = (place // beat + 1) * beat - place
        return _binary(start, cut, bar, origin) + _binary(start + cut, length - cut, bar, origin)
    if length in _BINARY:
        return [(start, length)]
    for step in (96, 48, 24, 12, 6, 3):
        inside = range((place // step + 1) * step, end, step)
        good = [cut for cut in inside if cut - place in _BINARY and end - cut in _BINARY]
        if good or inside:
            cut = (max(good) if good else inside[0]) - place
            before = _binary(start, cut, bar, origin)
            return before + _binary(start + cut, length - cut, bar, origin)
    raise AssertionError(f"a length of {length} ticks at {place} is not binary")


def _ternary(start: int, length: int) -> list[tuple[int, int]]:
    """Start and length of the tied triplet values that make up a length, both in ticks."""
    found = []
    while length:
        step = next(value // 3 for value in _VALUES if value % 3 == 0 and value // 3 <= length)
        found.append((start, step))
        start, length = start + step, length - step
    return found
