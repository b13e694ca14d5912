"""Sheets for makers: empty bars, pick-ups, chord lines, themes that count down anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody import (
    MOST_BARS_COUNTED,
    Sheet,
    SheetBar,
    chord_names,
    melody_vocabulary,
    pitch_anchor,
)
from muse.works.base import WishError
from muse.works.score import Score


def empty_bars(first: int, count: int, total: int, meter: Meter, lines: int) -> list[SheetBar]:
    """Bars `first` to `first + count - 1` of `total`, counted from 1, all lines holes."""
    ids = melody_vocabulary()
    bars = []
    for number in range(first, first + count):
        left = min(total - number + 1, MOST_BARS_COUNTED)
        bars.append(SheetBar([ids[f"Bar_-{left}"]], [None] * lines, meter.bar_ticks))
    return bars


def chord_lines(
    progression: list[list[Chord | None]], bars: list[SheetBar], held: list[tuple[Key, Meter]]
) -> list[list[int]]:
    """Chord lines of some bars, in these keys and meters, from a progression that repeats.

    Raises:
        WishError: if a bar cannot be shared evenly among its chords.
    """
    ids, lines = melody_vocabulary(), []
    full = 0
    for bar, (key, meter) in zip(bars, held):
        chords = progression[full % len(progression)]
        full += not bar.start
        if bar.start:
            chords = [None]
        beats = meter.bar_ticks // meter.beat_ticks
        count = len(chords)
        if count <= beats:
            starts = [-(-i * beats // count) * meter.beat_ticks for i in range(count)]
        elif meter.bar_ticks % count == 0 and meter.bar_ticks // count >= 6:
            starts = [i * meter.bar_ticks // count for i in range(count)]
        else:
            raise WishError(f"--chords: {count} chords do not fit into a bar of {meter}")
        line = []
        for chord, stop in zip(chords, [*starts[1:], meter.bar_ticks]):
            line += [ids[name] for name in chord_names(chord, key)] + [ids[f"End_{stop}"]]
        lines.append(line)
    return lines


def key_and_meter(header: list[int]) -> tuple[Key, Meter]:
    """What a header says, which names both."""
    names = dict(melody_vocabulary().names[i].partition("_")[::2] for i in header)
    return Key(int(names["Tonic"]), names["Mode"]), Meter.parse(names["Meter"])


def line_count(header: list[int]) -> int:
    """Lines of each bar: one for each voice, and one more if there are chords."""
    ids = melody_vocabulary()
    voices = max((i - ids["Voices_1"] + 1 for i in header if i in ids.family("Voices")), default=1)
    return voices + (ids["Chords"] in header)


def pickup_bar(quarters: float, meter: Meter, lines: int) -> SheetBar:
    """An empty pick-up of so many quarter notes. Raises WishError if it does not fit a bar."""
    ticks = round(quarters * 24)
    if not 0 < ticks < meter.bar_ticks or ticks % 3:
        raise WishError(f"--pickup {quarters:g} quarters do not fit before a bar of {meter}")
    ids = melody_vocabulary()
    start = meter.bar_ticks - ticks
    return SheetBar([ids["Pickup"], ids[f"End_{start}"]], [None] * lines, meter.bar_ticks, start)


def counted(bars: list[SheetBar], total: int) -> list[SheetBar]:
    """The bars of a theme, counting down from the new total."""
    ids, out, number = melody_vocabulary(), [], 0
    for bar in bars:
        if not bar.start:
            mark = ids[f"Bar_-{min(total - number, 64)}"]
            bar, number = replace(bar, head=[mark, *bar.head[1:]]), number + 1
        out.append(bar)
    return out


def cut_ties(sheet: Sheet, places: Sequence[int], theme: Score) -> None:
    """Begin notes that sound out of a hole afresh in the bar after it."""
    ids, grid = melody_vocabulary(), theme.grid()
    for place in places:
        if place + 1 >= len(sheet.bars) or place + 1 in places:
            continue
        start = grid[place + 1].start
        anchor = pitch_anchor(theme.key_at(start))
        lines = sheet.bars[place + 1].lines[int(bool(theme.chords)) :]
        for line, part in zip(lines, theme.parts):
            if line and ids["Tie"] in line:
                held = next(n for n in part.notes if n.start < start < n.end)
                line[line.index(ids["Tie"])] = ids[f"Pitch_{held.pitch - anchor:+d}"]


def cut_chords(sheet: Sheet, places: Sequence[int], theme: Score) -> None:
    """Name the theme's chord afresh in the bar after a hole that gets other chords."""
    ids, grid = melody_vocabulary(), theme.grid()
    for place in places:
        if place + 1 >= len(sheet.bars) or place + 1 in places:
            continue
        start, line = grid[place + 1].start, sheet.bars[place + 1].lines[0]
        if line and line[0] == ids["Tie"]:
            names = chord_names(theme.chord_at(start), theme.key_at(start))
            line[:1] = [ids[name] for name in names]


def in_voices(melody: Sheet, voices: int) -> tuple[list[int], list[SheetBar]]:
    """Header and bars of a melody as the first of several voices, the others holes."""
    ids = melody_vocabulary()
    bars = [
        replace(bar, lines=[[ids["Voice_1"], *(bar.lines[0] or [])], *[None] * (voices - 1)])
        for bar in melody.bars
    ]
    return [*melody.header, ids[f"Voices_{voices}"]], bars
