"""Units of text: one spelling, one spacing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.tokens.units import (
    backwards,
    capitalised,
    is_word,
    normalise,
    spaced,
    uncapitalised,
    units_of,
)

TEXTS = st.text(
    st.one_of(st.characters(), st.sampled_from(list("abIé ’‘“”'\"-—…., &()[]0.5́`"))),
    max_size=24,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("'Tis th' eternal -- \"Come,\" said he", "’Tis th’ eternal—“Come,” said he"),
        ("and said, 'and go!' o'er the sea-shore...", "and said, ‘and go!’ o’er the sea-shore…"),
        ("the dogs' bones; 'twas 'neath", "the dogs’ bones; ’twas ’neath"),
        ("'hello' (he cried ), \t 4th & last", "‘hello’ (he cried), 4th & last"),
        ("Farewell!--'thou art too dear'", "Farewell!—‘thou art too dear’"),
    ],
)
def test_text_gets_one_spelling(text: str, normal: str) -> None:
    assert normalise(text) == normal


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    begun = spaced(capitalised(units_of(once)))
    assert normalise(begun) == begun


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_units_turn_round_and_back(text: str) -> None:
    units = units_of(text)
    assert backwards(backwards(units)) == units
    assert all(unit and not any(each.isspace() for each in unit) for unit in units)


def test_words_keep_their_apostrophes_and_hyphens() -> None:
    assert units_of("’Tis o’er, sea-shore th’ dogs’") == [
        "’Tis",
        "o’er",
        ",",
        "sea-shore",
        "th’",
        "dogs’",
    ]
    assert not any(is_word(unit) for unit in units_of(",.;:!?—…“”‘’()&"))


@pytest.mark.parametrize("word", ["The", "’Tis", "O", "Été"])
def test_a_capital_goes_and_comes_back(word: str) -> None:
    small = uncapitalised(word)
    assert small != word
    assert capitalised([small]) == [word]


@pytest.mark.parametrize("word", ["the", "GOD", "McKay", "’", "ß"])
def test_other_words_stay_as_they_are(word: str) -> None:
    assert uncapitalised(word) == word
