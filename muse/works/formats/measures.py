"""From measures as written to a score: repeats played out, notes laid on the regular grid.

Formats that are written in measures (ABC, MusicXML) share this. A measure here is what stands
between two bar lines of any kind, so a bar that a repeat sign cuts in two is two measures.

Conventions:
    Places and lengths inside a measure are in fine units, `FINE` = 840 to a tick, so that
    quintuplets, septuplets and 128ths stay exact until they are rounded to ticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.works.base import WishError
from muse.works.score import ChordMark, Note, Part, Score

FINE = 840
"""Fine units in a tick."""

MOST_BARS = 4096
"""A longer piece, its repeats played out, is refused."""

MOST_NOTES = 100_000
"""A piece with more notes is refused."""

_TOLERANCE = FINE // 4
_EIGHTH = 12 * FINE


@dataclass(slots=True)
class Sound:
    """A note inside a measure; `start` and `length` in fine units."""

    start: int
    length: int
    pitch: int
    lyric: str = ""
    tied: bool = False
    """Whether it is tied to the next note of its pitch."""


@dataclass(slots=True)
class Measure:
    """What stands between two bar lines.

    Attributes:
        meter: the meter that holds in it.
        key: the key at its start.
        line: where it starts in the file, counted from 1; 0 if the format has no lines.
        number: its place among the measures as written, counted from 1.
        length: in fine units.
        sounds, chords, keys, tempos: what it holds, by place in fine units.
        opens: whether a repeat starts before it.
        closes: how often the section that ends after it is played; 0 if no repeat ends there.
        endings: the passes on which it is played; the measures after it up to the next ending or
            repeat sign go with it. Empty if it starts no ending.
        section: whether a new section (double bar, part label) starts with it.
    """

    meter: Meter
    key: Key
    line: int = 0
    number: int = 1
    length: int = 0
    sounds: list[Sound] = field(default_factory=list)
    chords: list[tuple[int, Chord | None]] = field(default_factory=list)
    keys: list[tuple[int, Key]] = field(default_factory=list)
    tempos: list[tuple[int, float]] = field(default_factory=list)
    opens: bool = False
    closes: int = 0
    endings: frozenset[int] = frozenset()
    section: bool = False


@dataclass(slots=True)
class Voice:
    """The measures of one part."""

    measures: list[Measure]
    name: str = ""
    program: int = 0


def played_order(measures: Sequence[Measure], name: str) -> list[int]:
    """Indices of the measures in the order they are played, all repeats taken.

    A repeat whose opening sign is missing goes back to the start of its section.

    Raises:
        WishError: if the piece is longer than `MOST_BARS`.
    """
    order: list[int] = []
    start, turn, explicit, at = 0, 1, False, 0
    while at < len(measures):
        measure = measures[at]
        if measure.opens and at != start:
            start, turn, explicit = at, 1, True
        elif measure.opens:
            explicit = True
        elif measure.section and at > start and not (explicit or measure.endings):
            start, turn = at, 1
        if measure.endings and turn not in measure.endings:
            at = _next_ending(measures, at, turn)
            continue
        order.append(at)
        if len(order) > MOST_BARS:
            raise WishError(f"{name}: more than {MOST_BARS} measures when its repeats are played")
        following = measures[at + 1] if at + 1 < len(measures) else None
        more = following is not None and bool(following.endings)
        ending_ends = more and turn < max(following.endings) and _in_ending(measures, start, at)
        if measure.closes or ending_ends:
            last = max(measure.closes, _last_ending(measures, start, at))
            if turn < last:
                turn += 1
                at = _repeat_start(measures, start, at)
                continue
            if not more:
                start, turn, explicit = at + 1, 1, False
        elif turn > 1 and at >= start and following is not None and following.section and not more:
            start, turn, explicit = at + 1, 1, False
        at += 1
    return order


def _in_ending(measures: Sequence[Measure], start: int, at: int) -> bool:
    """Whether measure `at` belongs to an ending of the section that begins at `start`."""
    return any(m.endings for m in measures[start : at + 1])


def _last_ending(measures: Sequence[Measure], start: int, at: int) -> int:
    """The highest pass that the endings of the section from `start` around `at` name."""
    highest = 0
    for place in range(start, len(measures)):
        measure = measures[place]
        if place > at and (measure.opens or (measures[place - 1].closes and not measure.endings)):
            break
        if place > at and measure.section and not measure.endings:
            break
        highest = max([highest, *measure.endings])
    return highest


def _next_ending(measures: Sequence[Measure], at: int, turn: int) -> int:
    """Where to go on when the ending at `at` is not for this turn."""
    for place in range(at + 1, len(measures)):
        measure = measures[place]
        if measure.opens:
            return place
        if measure.endings and turn in measure.endings:
            return place
        if measures[place - 1].closes and not measure.endings:
            return place
    return len(measures)


def _repeat_start(measures: Sequence[Measure], start: int, last: int) -> int:
    """Where the repeat of the section from `start` to `last` goes back to.

    That is `start`, but with the pick-up that stands before the repeat sign if the last bar
    lacks just that, and without the pick-up of the section if the last bar is full already.
    """
    bar = measures[last].meter.bar_ticks * FINE
    lacking = bar - measures[last].length
    short = bar - measures[start].length > _TOLERANCE
    if abs(lacking) <= _TOLERANCE and short and start < last:
        following = measures[start + 1].length
        is_split_bar = abs(measures[start].length + following - bar) <= _TOLERANCE
        return start if is_split_bar else start + 1
    if start == 0 or short or lacking <= _TOLERANCE:
        return start
    before = measures[start - 1]
    is_pickup = start == 1 or before.section or measures[start - 2].closes
    if is_pickup and not before.closes and abs(before.length - lacking) <= _TOLERANCE:
        return start - 1
    return start


@dataclass(slots=True)
class _Grid:
    """Where each played measure starts (ticks), and the bars under them."""

    starts: list[int]
    pickup: int
    bars: int
    meters: tuple[tuple[int, Meter], ...]


def lay_on_grid(measures: Sequence[Measure], order: Sequence[int], name: str) -> _Grid:
    """Place measures one after another so that they fill equal bars.

    Short measures that make up a bar together are one bar. A short measure at the end of the
    piece or (if at least half a bar long) of a section is completed with silence. A measure as
    long as several bars is several bars.

    Raises:
        WishError: if a measure does not fit the meter.
    """
    played = [measures[index] for index in order]
    starts: list[int] = []
    meters: list[tuple[int, Meter]] = []
    at = place = bars = pickup = 0
    if len(played) > 1:
        first, bar = played[0].length, played[1].meter.bar_ticks * FINE
        if first < bar - _TOLERANCE and abs(first + played[1].length - bar) > _TOLERANCE:
            at = pickup = (first + FINE // 2) // FINE
            starts.append(0)
            place = 1
    while place < len(played):
        measure = played[place]
        bar = measure.meter.bar_ticks * FINE
        total, group = measure.length, [0]
        while total < bar - _TOLERANCE and place + len(group) < len(played):
            following = played[place + len(group)]
            if total + following.length > bar + _TOLERANCE or len(group) == 4:
                break
            group.append(total)
            total += following.length
        after = place + len(group)
        count = max(1, round(total / bar))
        lacking = count * bar - total
        if abs(lacking) > _TOLERANCE:
            at_end = after == len(played) or (2 * total >= bar and _section_ends(played, after))
            if count > 1 or lacking < 0 or not at_end:
                raise WishError(
                    f"{name}: {f'line {measure.line}: ' if measure.line else ''}measure "
                    f"{measure.number} has {round(measure.length / _EIGHTH, 2):g} eighths, "
                    f"the meter {measure.meter} has {bar / _EIGHTH:g}"
                )
        starts += [at + (offset + FINE // 2) // FINE for offset in group]
        if not meters or meters[-1][1] != measure.meter:
            meters.append((bars + 1, measure.meter))
        bars += count
        at += count * measure.meter.bar_ticks
        place = after
    return _Grid(starts, pickup, bars, tuple(meters))


def _section_ends(played: Sequence[Measure], after: int) -> bool:
    """Whether a repeat sign, double bar or jump stands before the played measure `after`."""
    before, following = played[after - 1], played[after]
    jumps = following.number != before.number + 1
    return bool(jumps or before.closes or following.opens or following.section)


def score_from_voices(
    voices: Sequence[Voice], name: str, order: Sequence[int] | None = None, **fields: Any
) -> Score:
    """A score from the measures of its parts. The first voice decides about repeats and bars.

    Args:
        voices: at least one; a later voice may have fewer measures.
        name: what error messages call the file.
        order: indices of the measures as they are played; by default all repeats are taken.
        fields: further fields of `Score`, such as its title.

    Raises:
        WishError: if there are no notes, too many, or the measures do not fit their meter.
    """
    lead = voices[0].measures
    for voice in voices[1:]:
        for mine, other in zip(lead, voice.measures):
            mine.length = max(mine.length, other.length)
    order = played_order(lead, name) if order is None else order
    if not order or not any(m.sounds for voice in voices for m in voice.measures):
        raise WishError(f"{name}: there is not one note in it")
    grid = lay_on_grid(lead, order, name)
    placed = list(zip(order, grid.starts))
    parts = []
    room = MOST_NOTES
    for voice in voices:
        notes = _notes(voice.measures, placed, room, name)
        room -= len(notes)
        parts.append(Part(tuple(notes), voice.name, voice.program))
    keys, tempos, chords = _changes(voices, placed)
    return Score(
        parts=tuple(parts), bars=grid.bars, meters=grid.meters, keys=keys, tempos=tempos,
        chords=chords, pickup=grid.pickup, **fields,
    )  # fmt: skip


def _notes(
    measures: Sequence[Measure], placed: Sequence[tuple[int, int]], room: int, name: str
) -> list[Note]:
    """Notes in ticks, tied ones joined. Raises WishError if there are more than `room`."""
    found: list[list[Any]] = []
    tied: dict[int, list[Any]] = {}
    for index, start in placed:
        if index >= len(measures):
            continue
        for sound in measures[index].sounds:
            low = start + (sound.start + FINE // 2) // FINE
            high = max(low + 1, start + (sound.start + sound.length + FINE // 2) // FINE)
            held = tied.pop(sound.pitch, None)
            if held is not None and held[1] == low:
                held[1] = high
            else:
                held = [low, high, sound.pitch, sound.lyric]
                found.append(held)
                if len(found) > room:
                    raise WishError(f"{name}: more than {MOST_NOTES} notes, which is too many")
            if sound.tied:
                tied[sound.pitch] = held
    found.sort(key=lambda note: note[:3])
    return [Note(low, high - low, pitch, lyric=lyric) for low, high, pitch, lyric in found]


def _changes(
    voices: Sequence[Voice], placed: Sequence[tuple[int, int]]
) -> tuple[tuple[tuple[int, Key], ...], tuple[tuple[int, float], ...], tuple[ChordMark, ...]]:
    """Key and tempo changes and chord symbols, in ticks, equal neighbours joined for the first."""
    lead = voices[0].measures
    keys: dict[int, Key] = {}
    tempos: dict[int, float] = {}
    marks: dict[int, Chord | None] = {}
    for index, start in placed:
        keys[start] = lead[index].key
        keys.update((start + at // FINE, key) for at, key in lead[index].keys)
        for voice in voices:
            if index < len(voice.measures):
                measure = voice.measures[index]
                tempos.update((start + at // FINE, bpm) for at, bpm in measure.tempos)
                marks.update((start + (at + FINE // 2) // FINE, c) for at, c in measure.chords)
    if 0 not in tempos:
        tempos[0] = 120.0
    return (
        _without_repeats(keys),
        _without_repeats(tempos),
        tuple(ChordMark(at, chord) for at, chord in sorted(marks.items(), key=lambda m: m[0])),
    )


def _without_repeats(changes: dict[int, Any]) -> tuple[tuple[int, Any], ...]:
    """Changes in order, those that change nothing left out."""
    kept: list[tuple[int, Any]] = []
    for at in sorted(changes):
        if not kept or kept[-1][1] != changes[at]:
            kept.append((at, changes[at]))
    return tuple(kept)
