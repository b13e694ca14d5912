"""From measures to a score: notes laid on the regular grid of bars.

Conventions:
    Places and lengths inside a measure are in the fine units of `measures`; all else in ticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.works.base import WishError
from muse.works.formats.measures import (
    FINE,
    MOST_BARS,
    MOST_NOTES,
    TOLERANCE,
    Measure,
    Voice,
    played_order,
)
from muse.works.score import ChordMark, Note, Part, Score

_EIGHTH = 12 * FINE


@dataclass(slots=True)
class _Grid:
    """Where each played measure starts, and the bars under them; times in ticks."""

    starts: list[int]
    pickup: int
    bars: int
    meters: tuple[tuple[int, Meter], ...]
    length: int


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
    if len(played) > 1 and _is_pickup(played[0], played[1]):
        at = pickup = (played[0].length + FINE // 2) // FINE
        starts.append(0)
        place = 1
    while place < len(played):
        measure = played[place]
        bar = measure.meter.bar_ticks * FINE
        total, group = measure.length, [0]
        while total < bar - TOLERANCE and place + len(group) < len(played):
            following = played[place + len(group)]
            if total + following.length > bar + TOLERANCE or len(group) == 4:
                break
            group.append(total)
            total += following.length
        after = place + len(group)
        count = max(1, round(total / bar))
        lacking = count * bar - total
        if abs(lacking) > TOLERANCE:
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
        if bars > MOST_BARS:
            raise WishError(f"{name}: more than {MOST_BARS} bars, which is too many")
        at += count * measure.meter.bar_ticks
        place = after
    return _Grid(starts, pickup, bars, tuple(meters), at)


def _is_pickup(first: Measure, second: Measure) -> bool:
    """Whether the first measure is a pick-up rather than a bar or the first piece of one."""
    bar = min(first.meter.bar_ticks, second.meter.bar_ticks) * FINE
    return first.length < bar - FINE and abs(first.length + second.length - bar) > TOLERANCE


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
    keys, tempos, chords = _changes(voices, placed, grid.length)
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
                held = [low, high, sound.pitch, sound.velocity, sound.lyric]
                found.append(held)
                if len(found) > room:
                    raise WishError(f"{name}: more than {MOST_NOTES} notes, which is too many")
            if sound.tied:
                tied[sound.pitch] = held
    found.sort(key=lambda note: note[:3])
    return [Note(low, high - low, *more) for low, high, *more in found]


def _changes(
    voices: Sequence[Voice], placed: Sequence[tuple[int, int]], end: int
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
        _without_repeats(keys, end),
        _without_repeats(tempos, end),
        tuple(ChordMark(at, marks[at]) for at in sorted(marks) if at < end),
    )


def _without_repeats(changes: dict[int, Any], end: int) -> tuple[tuple[int, Any], ...]:
    """Changes before `end` in order, those that change nothing left out."""
    kept: list[tuple[int, Any]] = []
    for at in sorted(changes):
        if at < end and (not kept or kept[-1][1] != changes[at]):
            kept.append((at, changes[at]))
    return tuple(kept)
