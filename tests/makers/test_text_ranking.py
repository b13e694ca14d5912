"""Ranking of scenes and stories, by cases worked out by hand."""

from __future__ import annotations

import pytest

from muse.makers.text_ranking import (
    RankedText,
    best_texts,
    rank_text,
    runs_again,
    words_again,
    words_of,
)


def test_words_are_small_and_without_marks() -> None:
    assert words_of("“Come, Anna’s sea-shore!” ’Tis so.") == [
        "come",
        "anna’s",
        "sea-shore",
        "’tis",
        "so",
    ]


def test_shares_said_again() -> None:
    assert runs_again(["a", "b", "c", "d", "a", "b", "c"]) == pytest.approx(1 / 5)
    assert runs_again(["a", "b"]) == 0
    assert words_again(["the", "sea", "and", "the", "sea", "and", "a", "ship"]) == pytest.approx(
        1 / 3
    )
    assert words_again(["the", "and"]) == 0


def test_saying_the_same_again_costs() -> None:
    fresh = "wild winds drive broken ships upon cruel rocks tonight"
    again = "wild winds drive broken ships wild winds drive broken"
    assert rank_text(0, fresh, 0, 3.0).distance == 3.0
    assert rank_text(0, again, 0, 3.0).distance > 3.5


def test_too_few_different_words_cost_in_a_long_text() -> None:
    usual = " ".join(f"w{n if n % 5 else 0}a" for n in range(100))
    poor = " ".join(f"w{n % 40}a" for n in range(100))
    assert words_again(words_of(usual)) == pytest.approx(0.19)
    assert rank_text(0, usual, 0, 3.0).distance == 3.0
    assert rank_text(0, poor, 0, 3.0).distance > 4


def test_the_best_of_each_group_stands_first() -> None:
    found = [RankedText(n, n, 0.0, d) for n, d in enumerate([3.0, 2.0, 1.0, 5.0])]
    assert [each.work for each in best_texts(found, 2)] == [2, 1]
    assert [each.work for each in best_texts(found, 1)] == [2, 1, 0, 3]
