"""Attributes of a melody that a composer may ask more or less of, each as one number.

Conventions:
    As in `music.py`: the melody is the first part, pitch is in semitones, time in quarter notes. A melody of
    fewer than two notes has no leaps: they count as 0, and height as 0 where there is no note.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping

import numpy as np

from muse.evaluate.music import note_density
from muse.tokens.melody import pitch_anchor
from muse.works.score import Score


def density(score: Score) -> float:
    """Notes that begin in each quarter note of the score's length."""
    return note_density(score)


def leaps(score: Score) -> float:
    """Mean size, in semitones, of the intervals between neighbouring notes."""
    pitches = [note.pitch for note in score.melody.notes]
    return float(np.abs(np.diff(pitches)).mean()) if len(pitches) > 1 else 0.0


def height(score: Score) -> float:
    """Mean pitch above the key's tonic (`tokens.melody.pitch_anchor`), weighted by length."""
    notes = score.melody.notes
    if not notes:
        return 0.0
    pitches, lengths = [n.pitch for n in notes], [n.length for n in notes]
    return float(np.average(pitches, weights=lengths)) - pitch_anchor(score.key)


def syncopation(score: Score) -> float:
    """Share of notes that begin off the beat and sound on over the next beat.

    After Johnson-Laird 1991: a note on a weaker place that is held where a stronger one would begin.
    """
    grid, notes = score.grid(), score.melody.notes
    starts = [bar.start for bar in grid]
    count = 0
    for note in notes:
        bar = grid[bisect_right(starts, note.start) - 1]
        beat = bar.meter.beat_ticks
        inside = (note.start - (bar.end - bar.meter.bar_ticks)) % beat
        count += bool(inside) and inside + note.length > beat
    return count / len(notes) if notes else 0.0


def variety(score: Score) -> float:
    """How many different lengths its notes have, in bits (entropy)."""
    lengths = [note.length for note in score.melody.notes]
    if not lengths:
        return 0.0
    _, counts = np.unique(lengths, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0


ATTRIBUTES: Mapping[str, Callable[[Score], float]] = {
    "density": density,
    "leaps": leaps,
    "height": height,
    "syncopation": syncopation,
    "variety": variety,
}
"""By the names of the options of `muse steer`."""


def attributes(score: Score) -> np.ndarray:
    """All attributes of a score, in the order of `ATTRIBUTES`, (A,)."""
    return np.array([measure(score) for measure in ATTRIBUTES.values()])
