"""Measures of a latent space: by hand on small tunes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from muse.evaluate.attributes import attributes, density, height, leaps, syncopation, variety
from muse.evaluate.latent import (
    crossfade,
    distance,
    onset_f1,
    reconstruction,
    score_of_steps,
    smoothness,
    spearman,
    step_accuracy,
    step_classes,
)
from muse.theory.meter import Meter
from muse.works.score import Note, Part, Score


def tune(*notes: tuple[int, int, int], bars: int = 1, meter: str = "2/4") -> Score:
    return Score((Part(tuple(Note(*note) for note in notes)),), bars, ((1, Meter.parse(meter)),))


def test_classes_of_steps() -> None:
    score = tune((0, 12, 60), (12, 6, 62), (24, 12, 10), (36, 4, 120))
    assert step_classes(score).tolist() == [41, 0, 43, 1, 3, 0, 89, 1]
    back = score_of_steps(step_classes(score), score)
    assert [(n.start, n.length, n.pitch) for n in back.melody.notes] == [
        (0, 12, 60), (12, 6, 62), (24, 12, 22), (36, 6, 108)
    ]  # fmt: skip
    plain = tune((6, 18, 60), (30, 18, 65))
    assert score_of_steps(step_classes(plain), plain).melody == plain.melody


def test_reconstruction_figures() -> None:
    wanted = step_classes(tune((0, 24, 60), (24, 24, 62)))
    found = step_classes(tune((0, 24, 60), (24, 12, 64), (36, 12, 62)))
    assert step_accuracy(found, wanted) == 6 / 8
    assert onset_f1(found, wanted, pitched=False) == pytest.approx(2 * 2 / 5)
    assert onset_f1(found, wanted, pitched=True) == pytest.approx(2 * 1 / 5)
    figures = reconstruction([(found, wanted), (wanted, wanted)])
    assert figures["step_accuracy"] == 14 / 16 and figures["exact_share"] == 0.5
    assert step_accuracy(wanted, np.append(wanted, 0)) == 8 / 9


def levenshtein(a: list, b: list) -> int:
    if not a or not b:
        return len(a) + len(b)
    swap = levenshtein(a[1:], b[1:]) + (a[0] != b[0])
    return min(swap, levenshtein(a[1:], b) + 1, levenshtein(a, b[1:]) + 1)


@pytest.mark.parametrize("seed", range(8))
def test_distance_is_levenshteins(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tunes = [
        tune(
            *((12 * k, 12, 60 + int(p)) for k, p in enumerate(rng.integers(0, 3, size=size))),
            bars=3,
        )
        for size in rng.integers(1, 7, size=2)
    ]
    lists = [[n.pitch for n in t.melody.notes] for t in tunes]
    assert distance(*tunes) == pytest.approx(levenshtein(*lists) / max(map(len, lists)))
    assert distance(tunes[0], tunes[0]) == 0


def test_smoothness_of_even_and_of_jumping_paths() -> None:
    def at(changed: int) -> Score:
        return tune(*((12 * k, 12, 72 if k < changed else 60) for k in range(4)))

    even = smoothness([at(0), at(1), at(2), at(3), at(4)])
    assert even == {"monotonic": 1.0, "unevenness": 0.0, "largest_step": 0.25}
    jumping = smoothness([at(0), at(0), at(4), at(3), at(4)])
    assert jumping["monotonic"] < 1 and jumping["unevenness"] > 0.9 and jumping["largest_step"] == 1


def test_crossfade_takes_from_both() -> None:
    a, b = np.full(4000, 5), np.full(4000, 9)
    mixed = crossfade(a, b, 0.25, np.random.default_rng(0))
    assert abs((mixed == 9).mean() - 0.25) < 0.03 and set(mixed.tolist()) == {5, 9}


def test_spearman() -> None:
    assert spearman([1, 2, 3, 4], [10, 20, 25, 100]) == pytest.approx(1)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert spearman([1, 1, 2, 2], [1, 2, 1, 2]) == pytest.approx(0)
    assert math.isnan(spearman([1, 1], [1, 2]))


def test_attributes_by_hand() -> None:
    score = tune((0, 12, 60), (12, 24, 64), (36, 12, 60))
    assert density(score) == 3 / 2
    assert leaps(score) == 4
    assert height(score) == pytest.approx(2)
    assert syncopation(score) == pytest.approx(1 / 3)
    assert variety(score) == pytest.approx(0.9183, abs=1e-4)
    assert attributes(tune()).tolist() == [0, 0, 0, 0, 0]
