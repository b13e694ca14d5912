"""Statistics of melodies against values counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from muse.evaluate.music import (
    UNLIKE,
    bar_likeness,
    grooving_similarity,
    in_scale,
    longest_drone,
    mean_interval,
    note_density,
    pitch_class_entropy,
    pitch_range,
    repeated_bars,
    segment_fitness,
    statistics,
    structureness,
)
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.works.score import Note, Part, Score


def melody(*bars: str, key: Key | None = None, pickup: str = "") -> Score:
    """Bars of 4/4 in quarters: "60 62 - 64", where "-" is a rest."""
    notes, at = [], 0
    for bar in ([pickup] if pickup else []) + list(bars):
        for word in bar.split():
            if word != "-":
                notes.append(Note(at, 24, int(word)))
            at += 24
    return Score(
        (Part(tuple(notes)),), len(bars), keys=((0, key or Key()),), pickup=24 * len(pickup.split())
    )


def test_entropy_of_even_and_uneven_bars() -> None:
    score = melody("60 72 62 64", "60 60 60 48", "- - - -")
    first = 0.5 * 1 + 2 * 0.25 * 2  # C twice, D and E once
    assert pitch_class_entropy(score, 1) == pytest.approx((first + 0) / 2)
    shares = [6 / 8, 1 / 8, 1 / 8]
    whole = -sum(share * math.log2(share) for share in shares)
    assert pitch_class_entropy(score, 4) == pytest.approx(whole)
    # Runs of two bars: all notes, and bars 2 and 3, which have C alone.
    assert pitch_class_entropy(score, 2) == pytest.approx((whole + 0) / 2)
    assert math.isnan(pitch_class_entropy(melody("- - - -"), 1))


def test_grooving_counts_positions_that_agree() -> None:
    # Onsets at 4, 2 and 4 of 32 positions; bars 1 and 2 differ in two, 2 and 3 too, 1 and 3 in none.
    score = melody("60 62 64 65", "60 - 64 -", "72 71 69 67")
    assert grooving_similarity(score) == pytest.approx((30 / 32 + 30 / 32 + 1) / 3)
    assert math.isnan(grooving_similarity(melody("60 62 64 65")))


def test_grooving_compares_bars_of_one_length_only() -> None:
    notes = (Note(0, 24, 60), Note(96, 24, 60), Note(168, 24, 60), Note(180, 24, 60))
    score = Score((Part(notes),), 3, meters=((1, Meter(4, 4)), (2, Meter(3, 4))))
    # Bars of 3/4: onset at 0; onsets at 0 and 12 ticks: one of 24 positions differs.
    assert grooving_similarity(score) == pytest.approx(23 / 24)


def test_bars_are_alike_by_the_notes_in_common() -> None:
    bars = [frozenset({(0, 60), (24, 62)}), frozenset({(0, 60), (24, 62), (48, 64)}), frozenset()]
    found = bar_likeness(bars)
    assert found[0, 1] == pytest.approx(2 / 3)
    assert found[0, 2] == UNLIKE
    assert np.diag(found).tolist() == [1, 1, 1]


def test_fitness_of_a_tune_played_twice() -> None:
    # A B A B: the segment A B covers all four bars with likeness 4; less its own 2 and 2:
    # likeness 2 of 4, cover 2 of 4: harmonic mean a half.
    likeness = np.full((4, 4), UNLIKE)
    for one in range(4):
        likeness[one, one % 2 :: 2] = 1.0
    found = segment_fitness(likeness)
    assert found[2] == pytest.approx(0.5)
    # A alone recurs once: likeness 1 of 2, cover 1 of 4.
    assert found[1] == pytest.approx(2 * 0.5 * 0.25 / 0.75)
    assert found[3] == found[4] == 0.0


def test_structureness_of_aabb_aabb_and_of_no_repeats() -> None:
    a, b = "60 62 64 65", "67 65 64 62"
    c, d = "72 71 69 67", "55 57 59 60"
    found = structureness(melody(*[a, b, c, d] * 4))
    # Mid: four runs of the four bars: likeness (16 - 4) of 16, cover 12 of 16.
    assert found["mid"] == pytest.approx(0.75)
    # Long: two runs of eight: (16 - 8) of 16, cover 8 of 16.
    assert found["long"] == pytest.approx(0.5)
    # Short: four runs of three bars: (12 - 3) of 12, cover 9 of 16.
    assert found["short"] == pytest.approx(2 * (9 / 12) * (9 / 16) / (9 / 12 + 9 / 16))
    plain = melody(*(f"{p} {p + 1} {p + 2} {p + 3}" for p in range(40, 76, 4)))
    assert structureness(plain) == {"short": 0.0, "mid": 0.0, "long": 0.0}


def test_simple_figures_by_hand() -> None:
    score = melody("60 60 60 66", "67 - 64 -", "60 60 60 66", pickup="67")
    assert pitch_range(score) == 7
    assert longest_drone(score) == 3
    assert note_density(score) == pytest.approx(11 / 13)
    assert repeated_bars(score) == pytest.approx(1 / 3)
    assert in_scale(score) == pytest.approx(9 / 11)
    steps = [7, 0, 0, 6, 1, 3, 4, 0, 0, 6]
    assert mean_interval(score) == pytest.approx(sum(steps) / 10)


def test_minor_has_both_sixths_and_sevenths() -> None:
    score = melody("65 66 67 68", key=Key(9, "minor"))  # F F# G G# in A minor
    assert in_scale(score) == 1.0
    assert in_scale(melody("65 66 67 68", key=Key(9, "dorian"))) == 0.5


def test_all_figures_are_numbers_and_transposition_changes_none() -> None:
    score = melody("60 62 64 60", "60 62 64 60", "64 65 67 -", "64 65 67 -")
    found = statistics(score)
    assert all(isinstance(value, float) and not math.isnan(value) for value in found.values())
    assert found == pytest.approx(statistics(score.transposed(5)))


def test_a_silent_score_has_no_figures_but_breaks_nothing() -> None:
    found = statistics(melody("- - - -"))
    assert found["notes_per_quarter"] == 0 and found["longest_drone_notes"] == 0
    assert math.isnan(found["pitch_range_semitones"]) and math.isnan(
        found["mean_interval_semitones"]
    )
