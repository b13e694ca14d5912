"""Measures as written, and the order in which they are played when all repeats are taken.

Formats that are written in measures (ABC, MusicXML) share this; `measure_grid` makes a score of
them. A measure here is what stands between two bar lines of any kind, so a bar that a repeat
sign cuts in two is two measures.

Conventions:
    Places and lengths inside a measure are in fine units, `FINE` = 840 to a tick, so that
    quintuplets, septuplets and 128ths stay exact until they are rounded to ticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.works.base import WishError
from muse.works.score import USUAL_VELOCITY

FINE = 840
"""Fine units in a tick."""

MOST_BARS = 4096
"""A longer piece, its repeats played out, is refused."""

MOST_NOTES = 100_000
"""A piece with more notes is refused."""

TOLERANCE = FINE // 4
"""A measure may miss its length by so many fine units and still fit."""


@dataclass(slots=True)
class Sound:
    """A note inside a measure; `start` and `length` in fine units."""

    start: int
    length: int
    pitch: int
    lyric: str = ""
    tied: bool = False
    """Whether it is tied to the next note of its pitch."""
    velocity: int = USUAL_VELOCITY


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
        next_endings = following.endings if following is not None else frozenset()
        more = bool(next_endings)
        ending_ends = more and turn < max(next_endings) and _in_ending(measures, start, at)
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
    short = bar - measures[start].length > TOLERANCE
    if abs(lacking) <= TOLERANCE and short and start < last:
        following = measures[start + 1].length
        is_split_bar = abs(measures[start].length + following - bar) <= TOLERANCE
        return start if is_split_bar else start + 1
    if start == 0 or short or lacking <= TOLERANCE:
        return start
    before = measures[start - 1]
    is_pickup = start == 1 or before.section or measures[start - 2].closes
    if is_pickup and not before.closes and abs(before.length - lacking) <= TOLERANCE:
        return start - 1
    return start
