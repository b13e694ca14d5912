"""Themes told by words and by latent semantics; what recognition counts."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from muse.evaluate.latent_semantics import learned
from muse.evaluate.sentence_vectors import PACKAGE, sentence_vectors
from muse.evaluate.themes import (
    THEMES,
    best_of,
    overlaps,
    recognition,
    semantic_similarities,
    terms_of,
    wilson,
)
from muse.works.base import WishError


def subjects(seed: int = 0) -> list[list[str]]:
    """Texts of three subjects, each with words of its own, and words that all share."""
    rng = np.random.default_rng(seed)
    return [
        [f"{'xyz'[n % 3]}{rng.integers(8)}" for _ in range(6)]
        + [f"w{rng.integers(30)}" for _ in range(6)]
        for n in range(240)
    ]


def test_texts_of_one_subject_lie_together_even_without_a_common_word() -> None:
    semantics = learned(subjects(), terms=100, dimensions=3, commonest=0.5)
    near = semantics.vector(["x1", "x2"]) @ semantics.vector(["x5", "x6"])
    far = semantics.vector(["x1", "x2"]) @ semantics.vector(["y5", "y6"])
    assert near > 0.8 > 0.3 > abs(far)
    assert not semantics.vector(["never"]).any()
    assert np.linalg.norm(semantics.vector(["x1", "w3"])) == pytest.approx(1)


def test_the_vectors_are_those_of_the_singular_value_decomposition() -> None:
    texts = subjects(1)[:60]
    semantics = learned(texts, terms=40, dimensions=5, commonest=0.5)
    matrix = np.zeros((len(texts), len(semantics.numbers)))
    for row, text in zip(matrix, texts):
        for term in set(text) & set(semantics.numbers):
            place = semantics.numbers[term]
            row[place] = (1 + np.log(text.count(term))) * semantics.rarity[place]
        row /= np.linalg.norm(row) or 1
    right = np.linalg.svd(matrix, full_matrices=False)[2][:5].T
    # The same subspace: projections on it agree.
    np.testing.assert_allclose(
        semantics.vectors[:, :3] @ semantics.vectors[:, :3].T,
        right[:, :3] @ right[:, :3].T,
        atol=0.02,
    )


def test_too_little_to_learn_is_told() -> None:
    with pytest.raises(ValueError, match="share terms"):
        learned([["a"], ["b"]])


def test_words_of_themes_are_found_whatever_their_ending() -> None:
    found = overlaps(
        ["The flowers bloomed in spring.", "Birds sang"], ["spring flower", "bird"], "en"
    )
    np.testing.assert_allclose(found, [[1, 0], [0, 1]])
    np.testing.assert_allclose(overlaps(["春风又绿江南岸"], ["春江", "秋月"], "zh"), [[1, 0]])


def test_terms_are_meaning_words_or_characters_and_pairs_of_a_line() -> None:
    assert terms_of("The sea and the wind", "en") == ["sea", "wind"]
    assert terms_of("春江，花月", "zh") == [*"春江花月", "春江", "花月"]


def test_ties_count_as_their_share() -> None:
    scores = np.array([[1.0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]])
    found = recognition(scores, [0, 1, 2, 2])
    assert found["accuracy"] == pytest.approx((1 + 0.25 + 0.5 + 0) / 4)
    assert found["undecided"] == 2 and found["most_confused"] == [[2, 3, 1]]
    assert found["interval_95"][0] < found["accuracy"] < found["interval_95"][1]
    assert wilson(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)


def test_the_best_of_a_group_is_the_one_most_like_its_own_theme() -> None:
    scores = np.array([[0.1, 0.9], [0.5, 0.0], [0.2, 0.3], [0.9, 0.1]])
    assert best_of(scores, [0, 0, 1, 1], 2) == [1, 2]


def test_semantics_tell_the_theme_of_small_texts() -> None:
    texts = ["ship sail wave harbour", "rose petal bloom garden"] * 30
    texts = [f"{text} {word}" for text, word in zip(texts, ["gull", "bee", "tide", "leaf"] * 15)]
    semantics = learned(
        [*(terms_of(text, "en") for text in texts), *[["filler"]] * 600], terms=20, dimensions=4
    )
    found = semantic_similarities(semantics, ["a gull", "the bee and leaf"], ["ship", "rose"], "en")
    assert found[0].argmax() == 0 and found[1].argmax() == 1


def test_there_are_twenty_themes_of_each_language() -> None:
    assert all(len(set(each)) == 20 for each in THEMES.values())


def test_a_missing_encoder_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WishError, match="pip install"):
        sentence_vectors(["the sea"])


@pytest.mark.skipif(importlib.util.find_spec(PACKAGE) is None, reason="the encoder is an extra")
def test_the_encoder_knows_what_is_near() -> None:
    waves, ocean, bread = sentence_vectors(
        ["waves roll on the shore", "the ocean", "a loaf of bread in the oven"]
    )
    assert waves @ ocean > waves @ bread + 0.1
    assert np.linalg.norm(waves) == pytest.approx(1, abs=1e-5)
