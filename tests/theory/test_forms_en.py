"""English forms as tables, and the words of verse."""

from __future__ import annotations

import gzip

import pytest

from muse.theory.forms_en import FORMS, form_named
from muse.theory.verse_words import (
    PACKED,
    common_verse_words,
    left_out,
    packed_words,
    verse_word,
    verse_words,
)


def scheme(name: str, lines: int | None = None, asked: str = "") -> str:
    stanzas = form_named(name).laid_out(lines, asked)
    return " ".join("".join(line.rhyme or "-" for line in stanza) for stanza in stanzas)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sonnet", "Shakespearean sonnet"), ("  Shakespearean-Sonnet ", "Shakespearean sonnet"),
        ("petrarchan", "Petrarchan sonnet"), ("Common Meter", "common metre"),
        ("quatrains (abba)", "quatrains abba"), ("free", "free verse"), ("blank", "blank verse"),
        ("haiku", "haiku"), ("limerick", "limerick"), ("couplet", "couplets"), ("acrostic", "free verse"),
    ],
)  # fmt: skip
def test_forms_are_found_by_the_names_that_people_type(name: str, found: str) -> None:
    assert form_named(name).name == found


def test_unknown_names_are_told_the_nearest() -> None:
    with pytest.raises(ValueError, match="sonnet"):
        form_named("sonnett")
    with pytest.raises(ValueError, match="villanelle"):
        form_named("qqqq")


def test_schemes_and_lengths() -> None:
    assert scheme("sonnet") == "ABABCDCDEFEFGG"
    assert scheme("petrarchan") == "ABBAABBA CDECDE"
    assert scheme("villanelle") == "ABA ABA ABA ABA ABA ABAA"
    assert scheme("quatrains", 8) == "ABAB A2B2A2B2"
    assert scheme("couplets", 6) == "AAA2A2A3A3"
    assert scheme("free", 3) == "---"
    assert scheme("free", 4, "ABAB") == "ABAB"
    assert scheme("quatrains", 4, "AABA") == "AABA"
    assert scheme("sonnet", None, "AABBCCDDEEFFGG") == "AABBCCDDEEFFGG"
    assert [len(s) for s in form_named("free").laid_out(15)] == [5, 5, 5]
    villanelle = [line.refrain for stanza in form_named("villanelle").stanzas for line in stanza]
    assert [n for n, each in enumerate(villanelle, 1) if each == 1] == [1, 6, 12, 18]
    assert [n for n, each in enumerate(villanelle, 1) if each == 2] == [3, 9, 15, 19]


@pytest.mark.parametrize(
    ("name", "lines", "asked"),
    [("haiku", 4, ""), ("quatrains", 6, ""), ("sonnet", None, "ABAB"), ("villanelle", None, "A" * 19),
     ("couplets", 4, "A1"), ("free", 0, "")],
)  # fmt: skip
def test_impossible_layouts_are_refused(name: str, lines: int | None, asked: str) -> None:
    with pytest.raises(ValueError):
        form_named(name).laid_out(lines, asked)


def test_every_form_is_whole() -> None:
    for form in FORMS:
        for stanza in form.laid_out():
            for line in stanza:
                assert not line.metre or len(line.metre) == line.syllables


def test_the_packed_words_are_what_the_dictionary_says() -> None:
    assert gzip.decompress(PACKED.read_bytes()).decode() == packed_words()


def test_words_of_verse_are_beyond_doubt() -> None:
    words = {word.text: word for word in common_verse_words(frozenset(["John", "God", "North"]))}
    assert len(words) > 10_000
    assert {"sea", "God", "I", "I’m", "love’s", "’tis", "north"} <= set(words)
    assert not {"john", "John", "mr", "iii", "th’", "e"} & set(words)
    assert not {word for word in words if word.lower().replace("’", "'") in left_out()}
    assert words["the"].shape == "a" and words["of"].shape == "w" and words["he"].shape == "f"
    assert words["sea"].shape == "c" and words["eternal"].shape == "010"
    assert words["our"].shape == "?" and not words["our"].tail
    assert (words["sea"].tail, words["sea"].onset) == ("Y", "s")
    assert not words["the"].tail and words["thy"].leaning


def test_a_doubtful_word_has_several_ways() -> None:
    found = verse_word("fire")
    assert found is not None and found.shape == "?"
    assert {way.syllables for way in verse_words("fire")} == {1, 2}
    assert verse_word("qwrtz") is None and verse_words("qwrtz") == []
