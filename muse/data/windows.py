"""Windows: whole bars of tunes, as the latent space of melodies reads them.

A window is 1 to 16 bars of one voice without chords. It begins and ends at bar lines: a note that sounds
into it begins afresh, and its bars count down to its own end. Its header holds what the decoder is told and
the latents are not: meter, mode, tonic, and sometimes the style.

The tokens count pitches from the tonic, so all twelve transpositions of a window are one sequence: a random
tonic in the header is all that transposing takes. What is left to vary is the octave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from muse.tokens.excerpt import excerpt
from muse.tokens.holes import renumbered, without_chords
from muse.tokens.melody import (
    HIGHEST_PITCH,
    LOWEST_PITCH,
    Sheet,
    SheetBar,
    flatten,
    melody_vocabulary,
)
from muse.tokens.melody_reading import read_sheet

MOST_WINDOW_BARS = 16
USUAL_BARS = (2, 4, 8, 16)
"""Lengths of most windows; the others are of any length up to `MOST_WINDOW_BARS`."""

ANY_LENGTH_SHARE = 0.2


def melody_sheet(ids: Sequence[int]) -> Sheet:
    """A piece's melody alone: no chords, no style or tempo in the header."""
    names = melody_vocabulary().names
    sheet = without_chords(read_sheet(ids))
    kept = [i for i in sheet.header if names[i].startswith(("Meter_", "Mode_", "Tonic_"))]
    return Sheet(kept, [replace(bar, lines=bar.lines[:1]) for bar in sheet.bars])


def window(sheet: Sheet, first: int, stop: int) -> Sheet:
    """The bars at places `first` to `stop` of a melody as a tune of their own."""
    found = excerpt(sheet, range(first, stop))
    bars = list(found.bars)
    line = bars[0].lines[0]
    if first and line and line[0] == melody_vocabulary()["Tie"]:
        bars[0] = replace(bars[0], lines=[[_held(sheet.bars[:first]), *line[1:]]])
    return renumbered(found.header, bars)


def _held(bars: Sequence[SheetBar]) -> int:
    """The last pitch of some bars, as its id; a rest if there is none."""
    pitches = melody_vocabulary().family("Pitch")
    for bar in reversed(bars):
        for id in reversed(bar.lines[0] or []):
            if id in pitches:
                return id
    return melody_vocabulary()["Rest"]


def window_places(sheet: Sheet, bars: int, start: int) -> range:
    """Places of a window of `bars` full bars from full bar `start` (from 0); bar 0 has the pick-up."""
    pickup = int(bool(sheet.bars[0].start))
    first = start + pickup if start else 0
    return range(first, min(start + bars + pickup, len(sheet.bars)))


def full_bars(sheet: Sheet) -> int:
    """How many full bars a sheet has."""
    return len(sheet.bars) - int(bool(sheet.bars[0].start))


def octave_shifted(sheet: Sheet, octaves: int) -> Sheet:
    """The sheet so many octaves higher; as it is if the tokens do not reach so far."""
    pitches = melody_vocabulary().family("Pitch")
    zero = melody_vocabulary()["Pitch_+0"]
    said = [i for bar in sheet.bars for i in bar.lines[0] or [] if i in pitches]
    step = 12 * octaves
    reach = [i - zero + step for i in said]
    if not octaves or not reach or min(reach) < LOWEST_PITCH or max(reach) > HIGHEST_PITCH:
        return sheet
    bars = [
        replace(bar, lines=[[i + step if i in pitches else i for i in bar.lines[0] or []]])
        for bar in sheet.bars
    ]
    return Sheet(sheet.header, bars)


class WindowDraw:
    """How a piece is shown to the latent space: a random window, in a random key and octave.

    Args:
        style_share: how often the header says the style.
        octave_share: how often the window is moved by an octave.
    """

    def __init__(self, style_share: float, octave_share: float) -> None:
        self.style_share, self.octave_share = style_share, octave_share
        self._sheets: dict[bytes, tuple[Sheet, int | None]] = {}

    def _read(self, piece: np.ndarray) -> tuple[Sheet, int | None]:
        """The melody of a piece and its style; each piece is read once."""
        key = piece.tobytes()
        if key not in self._sheets:
            styles = melody_vocabulary().family("Style")
            style = next((int(i) for i in piece[:8] if int(i) in styles), None)
            self._sheets[key] = melody_sheet(piece.tolist()), style
        return self._sheets[key]

    def __call__(self, piece: np.ndarray, most: int, rng: np.random.Generator) -> list[int]:
        """The ids of a window of at most `most` ids."""
        sheet, style = self._read(piece)
        count = full_bars(sheet)
        wanted = int(rng.integers(1, MOST_WINDOW_BARS + 1))
        if rng.random() >= ANY_LENGTH_SHARE:
            wanted = USUAL_BARS[int(rng.integers(len(USUAL_BARS)))]
        wanted = min(wanted, count)
        start = int(rng.integers(0, count - wanted + 1))
        octaves = int(rng.choice((-1, 1))) if rng.random() < self.octave_share else 0
        says_style = style is not None and rng.random() < self.style_share
        while True:
            places = window_places(sheet, wanted, start)
            ids = flatten(window(sheet, places.start, places.stop))
            if len(ids) < most or wanted == 1:
                break
            wanted = max(1, wanted // 2)
        found = octave_shifted(window(sheet, places.start, places.stop), octaves)
        found = transposed(found, int(rng.integers(12)))
        if says_style and style is not None:
            found = Sheet([style, *found.header], found.bars)
        return flatten(found)[:most]


def transposed(sheet: Sheet, steps: int) -> Sheet:
    """The sheet in a key `steps` semitones higher, modulo 12: its tonics alone change."""
    tonics = melody_vocabulary().family("Tonic")

    def moved(ids: list[int]) -> list[int]:
        first = tonics.start
        return [first + (i - first + steps) % 12 if i in tonics else i for i in ids]

    bars = [replace(bar, head=moved(bar.head)) for bar in sheet.bars]
    return Sheet(moved(sheet.header), bars)


def fixed_windows(
    pieces: Sequence[np.ndarray], bars: int, count: int, meters: Sequence[str] = (),
    most: int = 10**9,
) -> list[Sheet]:  # fmt: skip
    """One window of exactly `bars` full bars from each of `count` pieces, spread over all of them.

    Args:
        pieces: ids.
        bars: length of the windows; shorter pieces are passed over.
        count: most windows.
        meters: only windows in these; empty: in any.
        most: most ids of a window.
    """
    found: list[Sheet] = []
    for number in np.random.default_rng((bars, 7)).permutation(len(pieces)).tolist():
        if len(found) == count:
            break
        sheet = melody_sheet(pieces[number].tolist())
        room = full_bars(sheet) - bars
        if room < 0:
            continue
        start = int(np.random.default_rng((bars, number)).integers(0, room + 1))
        places = window_places(sheet, bars, start)
        cut = window(sheet, places.start, places.stop)
        names = [melody_vocabulary().names[i] for i in cut.header]
        meter = next(name[6:] for name in names if name.startswith("Meter_"))
        fits = len(flatten(cut)) <= most and sounds(cut)
        if fits and (not meters or meter in meters):
            found.append(cut)
    return found


def sounds(sheet: Sheet) -> bool:
    """Whether any note begins in the sheet."""
    pitches = melody_vocabulary().family("Pitch")
    return any(i in pitches for bar in sheet.bars for i in bar.lines[0] or [])
