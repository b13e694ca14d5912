"""Time in MIDI files: notes, meters and pick-ups on the grid, and back.

Conventions:
    All times are in ticks of our grid, 24 to the quarter note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from muse.theory.meter import TICKS_PER_WHOLE, Meter
from muse.works.score import Note, Score

MOST_BARS = 20_000
"""A longer piece is refused."""

_SHORTEST = 3


def resolved_notes(
    found: Sequence[tuple[int, int, int, int]], lyrics: Mapping[int, str]
) -> tuple[Note, ...]:
    """Notes from (start, end, pitch, velocity), at least a tick long, none doubled.

    A note ends where the next of its pitch starts. One that was rounded to nothing lasts
    `_SHORTEST` ticks, or as long as there is room before the next note, but at least one.
    """
    starts = sorted({start for start, *_ in found})
    room = {low: high - low for low, high in zip(starts, starts[1:])}
    last: dict[int, int] = {}
    notes: list[Note] = []
    for start, end, pitch, velocity in sorted(found):
        if end <= start:
            end = start + min(_SHORTEST, room.get(start, _SHORTEST))
        place = last.get(pitch)
        if place is not None and notes[place].end > start:
            before = notes[place]
            if before.start == start:
                notes[place] = replace(before, length=max(before.length, end - start))
                continue
            notes[place] = replace(before, length=start - before.start)
        last[pitch] = len(notes)
        notes.append(Note(start, end - start, pitch, velocity, lyrics.get(start, "")))
    return tuple(sorted(notes))


def bars_until(
    end: int, signatures: Mapping[int, Meter], told_pickup: int | None, told_bars: int | None
) -> tuple[int, tuple[tuple[int, Meter], ...], int]:
    """Pick-up in ticks, meters by bar, and the number of bars up to tick `end`.

    A short bar with a meter of its own at the start is a pick-up. A meter that changes inside a
    bar changes at the nearest bar line.

    Args:
        end: where the last note ends.
        signatures: tick of each change -> the new meter.
        told_pickup, told_bars: what our own data in the file says, None if it says nothing.
    """
    changes = sorted(({0: Meter(4, 4)} | dict(signatures)).items(), key=lambda change: change[0])
    pickup = 0
    if len(changes) > 1 and told_pickup != 0:
        (_, first), (tick, second) = changes[:2]
        if tick == first.bar_ticks < second.bar_ticks:
            pickup = tick
            changes = [(pickup, second), *changes[2:]]
    if told_pickup and not pickup and 0 < told_pickup < changes[0][1].bar_ticks:
        pickup = told_pickup
        changes[0] = (pickup, changes[0][1])
    at, number, meter = pickup, 1, changes[0][1]
    meters = {1: meter}
    last = told_bars if told_bars and told_bars <= MOST_BARS else 0
    for tick, new in changes[1:]:
        passed = max(0, (2 * (tick - at) + meter.bar_ticks) // (2 * meter.bar_ticks))
        if tick >= end and number + passed > last:
            break
        at, number, meter = at + passed * meter.bar_ticks, number + passed, new
        meters[number] = meter
    bars = max(number, number - 1 + -(-(end - at) // meter.bar_ticks), last)
    kept = [(n, m) for n, m in sorted(meters.items(), key=lambda c: c[0]) if n <= bars]
    return pickup, tuple(c for i, c in enumerate(kept) if not i or kept[i - 1][1] != c[1]), bars


def signatures_of(score: Score) -> list[tuple[int, Meter]]:
    """Meters by tick; a pick-up is a short bar of its own if a meter of that length exists."""
    changes = dict(score.meters)
    found = [(bar.start, changes[bar.number]) for bar in score.grid() if bar.number in changes]
    if not score.pickup:
        return found
    for denominator in (4, 8, 16, 32):
        count, rest = divmod(score.pickup * denominator, TICKS_PER_WHOLE)
        if not rest and count <= 64:
            return [(0, Meter(count, denominator)), *found]
    return [(0, found[0][1]), *found[1:]]
