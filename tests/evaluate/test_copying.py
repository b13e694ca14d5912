"""Shared runs, against a plain search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.evaluate.copying import SHINGLE, TrainingText, copying_figures, run_hashes

WORDS = st.lists(st.sampled_from("abcd"), max_size=20)


def longest(words: list[str], texts: list[list[str]]) -> int:
    """The longest shared run, the slow way."""
    runs = {
        tuple(text[start:end])
        for text in texts
        for start in range(len(text))
        for end in range(start, len(text) + 1)
    }
    return max(
        (end - start for start in range(len(words)) for end in range(start, len(words) + 1)
         if tuple(words[start:end]) in runs),
        default=0,
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(WORDS, st.lists(WORDS, min_size=1, max_size=4))
def test_the_longest_run_and_the_shingles_are_those_of_a_plain_search(
    words: list[str], texts: list[list[str]]
) -> None:
    found = TrainingText(texts).copied(words)
    assert found.run == longest(words, texts) and found.words == len(words)
    shingles = {tuple(t[n : n + SHINGLE]) for t in texts for n in range(len(t) - SHINGLE + 1)}
    own = [tuple(words[n : n + SHINGLE]) for n in range(len(words) - SHINGLE + 1)]
    if own:
        assert found.shingles == pytest.approx(sum(each in shingles for each in own) / len(own))
    else:
        assert np.isnan(found.shingles)


def test_runs_do_not_cross_from_text_to_text_and_the_earliest_is_told() -> None:
    train = TrainingText([["we", "saw", "the", "winter"], ["sea", "and", "sky"]])
    found = train.copied(["o", "the", "winter", "sea", "and", "sky", "unknown"])
    assert (found.run, found.start) == (3, 3)
    assert train.copied(["never", "heard"]).run == 0


def test_hashes_of_runs_are_of_the_words_and_their_order() -> None:
    ids = np.array([1, 2, 3, 1, 2, 3, 2, 1])
    found = run_hashes(ids, 3)
    assert found[0] == found[3] and len(set(found.tolist())) == 5


def test_figures_leave_out_texts_too_short_for_a_shingle() -> None:
    train = TrainingText([list("abcdefgh")])
    found = [train.copied(list(text)) for text in ("abcdef", "ab", "xyz")]
    figures = copying_figures(found)
    assert figures["run_most"] == 6 and figures["run_median"] == 2 and figures["texts"] == 3
    assert figures["shingles_mean"] == 1.0
