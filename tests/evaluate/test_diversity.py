"""Distinct n-grams and self-BLEU, against values worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muse.evaluate.diversity import (
    bleu,
    distinct,
    diversity_figures,
    of_equal_size,
    self_bleu,
)


def test_distinct_counts_over_the_whole_set() -> None:
    poems = [["a", "b", "a", "b"], ["a", "b", "c"]]
    assert distinct(poems, 1) == pytest.approx(3 / 7)
    assert distinct(poems, 2) == pytest.approx(3 / 5)  # ab ba ab | ab bc
    assert math.isnan(distinct([["a"]], 2))


def test_bleu_by_hand() -> None:
    words, other = ["a", "b", "c", "d"], ["a", "b", "c", "e"]
    # 3 of 4 words; pairs 2 of 3, triples 1 of 2, fours 0 of 1, each with one added.
    expected = (3 / 4 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
    assert bleu(words, [other]) == pytest.approx(expected)
    assert bleu(words, [words]) == pytest.approx(1)
    assert bleu(words, [["x"]]) == 0
    # Twice as long a reference costs exp(1 - 2).
    assert bleu(words, [words + words]) == pytest.approx(math.exp(-1))


def test_a_word_counts_only_as_often_as_a_reference_has_it() -> None:
    assert bleu(["the", "the", "the", "the"], [["the", "cat"]]) < bleu(
        ["the", "cat", "the", "cat"], [["the", "cat"]]
    )


def test_sets_of_one_poem_are_alike_and_strangers_are_not() -> None:
    same, strangers = [list("abcdef")] * 4, [list("abcdef"), list("ghijkl"), list("mnopqr")]
    assert self_bleu(same) == pytest.approx(1) and self_bleu(strangers) == 0
    assert math.isnan(self_bleu([list("abc")]))
    assert diversity_figures(same)["distinct_1"] < diversity_figures(strangers)["distinct_1"]


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=12), min_size=2, max_size=8),
    st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=12), min_size=2, max_size=8),
)
def test_sets_are_cut_to_the_same_size(one: list[list[int]], other: list[list[int]]) -> None:
    a, b = of_equal_size(one, other)
    assert len(a) == len(b) == min(len(one), len(other))
    for cut, whole in ((a, one), (b, other)):
        assert all(each == old[: len(each)] for each, old in zip(cut, whole))
    assert abs(sum(map(len, a)) - sum(map(len, b))) <= len(a) + len(b)
