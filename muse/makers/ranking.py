"""Which of several candidates is shown first: the model's own likelihood, repetition and range.

A likely tune is not yet a good one: models like droning. So a candidate is measured by how far
each of three figures lies from what human tunes of the bundle's training data have (their mean
and spread stand in the bundle), and the nearest comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from muse.works.score import Score

HUMAN = {"bits_per_note": (2.9, 0.9), "repeated_bars": (0.4, 0.22), "range_semitones": (17.0, 4.5)}
"""Mean and spread of each figure where a bundle does not bring its own."""


@dataclass(frozen=True)
class Ranked:
    """A candidate and its figures; a smaller `distance` is better."""

    score: Score
    piece: int
    distance: float
    figures: Mapping[str, float]


def repeated_bars(score: Score) -> float:
    """Share of bars whose notes stood in an earlier bar."""
    seen: set[tuple[tuple[int, int, int], ...]] = set()
    again, count = 0, 0
    notes = score.melody.notes
    for bar in score.grid():
        inside = tuple(
            (n.start - bar.start, n.length, n.pitch)
            for n in notes
            if bar.start <= n.start < bar.end
        )
        if inside:
            count += 1
            again += inside in seen
            seen.add(inside)
    return again / count if count else 0.0


def longest_drone(score: Score) -> int:
    """Most equal pitches in a row."""
    longest = run = 0
    last = None
    for note in score.melody.notes:
        run = run + 1 if note.pitch == last else 1
        last = note.pitch
        longest = max(longest, run)
    return longest


def figures(score: Score, bits: float) -> dict[str, float]:
    """The figures that candidates are ranked by. `bits` is of the whole candidate."""
    pitches = [note.pitch for note in score.melody.notes]
    return {
        "bits_per_note": bits / max(len(pitches), 1),
        "repeated_bars": repeated_bars(score),
        "range_semitones": float(max(pitches) - min(pitches)) if pitches else 0.0,
        "longest_drone": float(longest_drone(score)),
    }


def distance(found: Mapping[str, float], human: Mapping[str, tuple[float, float]]) -> float:
    """How far a candidate's figures lie from those of human tunes, in spreads."""
    total = 0.0
    for name, (mean, spread) in {**HUMAN, **human}.items():
        total += max(0.0, abs(found[name] - mean) / spread - 0.5) ** 2
    # A drone of five notes is common in reels, one of eight is not.
    total += max(0.0, found["longest_drone"] - 5) ** 2 / 4
    if found["bits_per_note"] > {**HUMAN, **human}["bits_per_note"][0]:
        total += found["bits_per_note"] * 0.1
    return total


def best_of_each(ranked: Sequence[Ranked], size: int) -> list[Ranked]:
    """The best of every `size` candidates, the best of these first."""
    groups = [ranked[first : first + size] for first in range(0, len(ranked), size)]
    best = [min(group, key=lambda each: each.distance) for group in groups]
    return sorted(best, key=lambda each: each.distance)
