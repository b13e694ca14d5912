"""Ranking: figures by hand, and the nearest to human tunes comes first."""

from __future__ import annotations

import pytest

from muse.makers.ranking import (
    HUMAN,
    Ranked,
    best_of_each,
    distance,
    figures,
    longest_drone,
    repeated_bars,
)
from muse.theory.meter import Meter
from muse.works.score import Note, Part, Score


def tune(*pitches: int) -> Score:
    """Bars of 2/4 with four notes each."""
    notes = tuple(Note(12 * place, 12, pitch) for place, pitch in enumerate(pitches))
    return Score((Part(notes),), -(-len(pitches) // 4), ((1, Meter(2, 4)),))


def test_figures_by_hand() -> None:
    made = tune(60, 62, 64, 62, 67, 67, 67, 60, 60, 62, 64, 62)
    assert repeated_bars(made) == pytest.approx(1 / 3)
    assert longest_drone(made) == 3
    assert figures(made, 36.0) == pytest.approx(
        {"bits_per_note": 3.0, "repeated_bars": 1 / 3, "range_semitones": 7.0, "longest_drone": 3.0}
    )
    silent = Score((Part(),), 2)
    assert figures(silent, 5.0)["range_semitones"] == 0 and repeated_bars(silent) == 0


def test_distance_counts_spreads_from_the_human_mean() -> None:
    human = {
        "bits_per_note": (2.0, 1.0),
        "repeated_bars": (0.5, 0.1),
        "range_semitones": (12.0, 4.0),
    }
    usual = {name: mean for name, (mean, _) in human.items()} | {"longest_drone": 2.0}
    assert distance(usual, human) == 0
    assert distance(usual | {"range_semitones": 14.0}, human) == 0, "half a spread is usual"
    assert distance(usual | {"range_semitones": 20.0}, human) == pytest.approx(1.5**2)
    assert distance(usual | {"repeated_bars": 0.2}, human) == pytest.approx(2.5**2)
    assert distance(usual | {"longest_drone": 9.0}, human) == pytest.approx(4.0)
    assert distance(usual | {"bits_per_note": 2.4}, human) == pytest.approx(0.24)
    assert distance(usual | {"bits_per_note": 1.6}, human) == 0
    assert distance({**usual, "bits_per_note": HUMAN["bits_per_note"][0]}, {}) >= 0


def test_the_best_of_each_group_the_best_group_first() -> None:
    ranked = [Ranked(tune(60), piece, far, {}) for piece, far in enumerate([5, 4, 9, 1, 3, 2])]
    assert [each.piece for each in best_of_each(ranked, 2)] == [3, 5, 1]
    assert [each.piece for each in best_of_each(ranked, 1)] == [3, 5, 4, 1, 0, 2]
    assert [each.piece for each in best_of_each(ranked, 6)] == [3]
