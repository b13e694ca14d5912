"""Holes: lines taken out of their bars and written after `Fill`, so that one causal model edits.

Continue, fill bars 5 to 8, put chords under a melody, harmonise: each is a score with holes. What
stays is read first, to the end of the piece; what is missing is written last, bar by bar. (Fill in
the middle: Bavarian et al. 2022; at bar grain: Ens and Pasquier 2020.)

    BOS header  Bar_-3 <line>  Bar_-2 Hole  Bar_-1 <line>  Fill  Bar_-2 <line>  EOS
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from muse.tokens.melody import MOST_BARS_COUNTED, Sheet, SheetBar, melody_vocabulary

Hole = tuple[int, int]
"""Place of a bar in the sheet and place of a line in that bar, both from 0."""


def flatten_with_holes(sheet: Sheet, holes: Collection[Hole]) -> list[int]:
    """The ids of a sheet whose lines `holes` are written last; all of it plain if there are none."""
    ids = melody_vocabulary()
    out = [ids["BOS"], *sheet.header]
    missing = set(holes)
    for place, bar in enumerate(sheet.bars):
        out += bar.head
        for number, line in enumerate(bar.lines):
            out += [ids["Hole"]] if line is None or (place, number) in missing else line
    if missing:
        out.append(ids["Fill"])
    for place, bar in enumerate(sheet.bars):
        found = [n for n in range(len(bar.lines)) if (place, n) in missing]
        if found:
            out += bar_mark(bar)
            for number in found:
                out += bar.lines[number] or []
    return [*out, ids["EOS"]]


def bar_mark(bar: SheetBar) -> list[int]:
    """What names a bar again after `Fill`: `Bar_-n`, or `Pickup End_k`."""
    return bar.head[:2] if bar.start else bar.head[:1]


def has_chord_line(sheet: Sheet) -> bool:
    """Whether line 0 of each bar holds chords."""
    return melody_vocabulary()["Chords"] in sheet.header


def without_chords(sheet: Sheet) -> Sheet:
    """The sheet without its chord line."""
    if not has_chord_line(sheet):
        return sheet
    flag = melody_vocabulary()["Chords"]
    bars = [replace(bar, lines=bar.lines[1:]) for bar in sheet.bars]
    return Sheet([i for i in sheet.header if i != flag], bars)


def renumbered(header: list[int], bars: list[SheetBar]) -> Sheet:
    """A sheet of these bars, counted down anew."""
    ids = melody_vocabulary()
    full = sum(1 for bar in bars if not bar.start)
    out = []
    for bar in bars:
        if bar.start:
            out.append(bar)
            continue
        mark = ids[f"Bar_-{min(full, MOST_BARS_COUNTED)}"]
        out.append(replace(bar, head=[mark, *bar.head[1:]]))
        full -= 1
    return Sheet(list(header), out)


def random_holes(sheet: Sheet, rng: np.random.Generator) -> set[Hole]:
    """Holes as people ask for them: none, some bars, some bars over given chords, one whole line."""
    bars, lines = len(sheet.bars), len(sheet.bars[0].lines) if sheet.bars else 0
    chords = has_chord_line(sheet)
    voices = range(int(chords), lines)
    draw = rng.random()
    if bars < 2 or draw < 0.5:
        return set()
    if len(voices) > 1 and draw < 0.85:
        # Harmonise: one voice stays, mostly the highest.
        kept = 0 if rng.random() < 0.8 else int(rng.integers(len(voices)))
        return {(b, n) for b in range(bars) for n in voices if n != voices[kept]}
    if chords and draw < 0.65:
        return {(b, 0) for b in range(bars)}
    count = int(rng.integers(1, max(2, bars // 2 + 1)))
    first = int(rng.integers(0, bars - count + 1))
    keep_chords = chords and rng.random() < 0.5
    chosen = voices if keep_chords else range(lines)
    return {(b, n) for b in range(first, first + count) for n in chosen}
