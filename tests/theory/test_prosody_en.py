"""Words: pronunciations, syllables, stresses, rhymes."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from muse.theory import lexicon
from muse.theory.number_words import number_words
from muse.theory.phonemes import from_arpabet, stresses_of, to_arpabet
from muse.theory.pronunciation import is_known, pronunciations
from muse.theory.prosody_en import rhymes, stress_patterns, syllable_counts
from muse.theory.rhyme import rhyme_of, rhyme_part
from muse.theory.spelling import from_spelling
from muse.theory.syllable_places import syllable_places

SYLLABLES = {
    "a": 1, "through": 1, "strength": 1, "flame": 1, "poem": 2, "orange": 2, "rhythm": 2,
    "nightingale": 3, "beautiful": 3, "melancholy": 4, "immortality": 5, "o'er": 1, "'tis": 1,
    "e'en": 1, "ne'er": 1, "th'": 0, "heav'n": 1, "wand'ring": 2, "ev'ry": 2, "pow'r": 1,
    "fix'd": 1, "wander'd": 2, "think'st": 1, "love's": 1, "roses'": 2, "lovers'": 2, "goin'": 2,
    "loveth": 2, "knowest": 2, "blessèd": 2, "moonlit": 2, "dew-drop": 2, "star-crossed": 2,
    "unforgotten": 4, "loveliness": 3, "sorrowing": 3, "21": 3, "1,000": 3, "4th": 1, "colour": 2,
    "labouring": 3, "whate'er": 2, "i'th'": 1, "doth": 1, "sightless": 2, "wouldst": 1,
}  # fmt: skip

STRESSES = {
    "compare": "01", "summer": "10", "immortality": "20100", "forever": "010", "midnight": "12",
    "moonlight": "12", "wandering": "100", "unforgotten": "0010", "the": "?", "thy": "?",
    "love": "1",
}  # fmt: skip

RHYMES = {
    ("day", "may"): "perfect", ("moon", "june"): "perfect", ("eyes", "despise"): "perfect",
    ("light", "delight"): "identical", ("sea", "see"): "identical", ("fire", "higher"): "perfect",
    ("money", "bunny"): "perfect", ("hidden", "bidden"): "perfect", ("o'er", "shore"): "perfect",
    ("know'st", "grow'st"): "perfect", ("rose", "toes"): "perfect", ("eternity", "thee"): "light",
    ("temperate", "date"): "light", ("loveliness", "press"): "light", ("love", "prove"): "eye",
    ("die", "memory"): "older", ("desert", "part"): "older", ("time", "fine"): "near",
    ("come", "doom"): "consonance", ("cat", "dog"): "", ("father", "silver"): "",
}  # fmt: skip


def test_the_dictionary_loads_fast_and_is_whole() -> None:
    lexicon.dictionary.cache_clear()
    before = time.process_time()
    words = lexicon.dictionary()
    assert time.process_time() - before < 0.25
    assert len(words) > 126_000
    assert all(from_arpabet(to_arpabet(words[word])) == words[word] for word in ("love", "of"))


@pytest.mark.parametrize(("word", "count"), SYLLABLES.items())
def test_syllables(word: str, count: int) -> None:
    assert syllable_counts(word)[0] == count
    assert is_known(word)


@pytest.mark.parametrize(("word", "stresses"), STRESSES.items())
def test_stresses(word: str, stresses: str) -> None:
    assert stress_patterns(word)[0] == stresses


def test_words_that_are_said_in_several_ways() -> None:
    assert {"W IH1 N D", "W AY1 N D"} <= {each.arpabet for each in pronunciations("wind")}
    assert {"R EH1 D", "R IY1 D"} <= {each.arpabet for each in pronunciations("read")}
    assert [each.arpabet for each in pronunciations("us")] == ["AH1 S"]


def test_an_ending_takes_the_sound_of_its_stem() -> None:
    assert pronunciations("mov'd")[0].arpabet == "M UW1 V D"
    assert pronunciations("breath'd")[0].arpabet == "B R IY1 DH D"
    assert pronunciations("drest")[0].arpabet == "D R EH1 S T"
    assert pronunciations("quench'd")[0].arpabet.endswith("CH T")
    assert pronunciations("vnto")[0].arpabet == pronunciations("unto")[0].arpabet


@pytest.mark.parametrize("word", ["blorft", "Gitche", "zyxophane", "Mudjekeewis"])
def test_unknown_words_are_guessed_and_the_guess_is_told(word: str) -> None:
    (guess,) = pronunciations(word)
    assert not guess.certain
    assert guess.syllables >= 1


def test_the_guess_from_the_spelling_counts_most_syllables_right() -> None:
    words = [word for word in list(lexicon.commonness())[500:6000:5] if word.isalpha()]
    known = lexicon.dictionary()
    right = sum(
        len(stresses_of(from_spelling(word)[0]))
        in {len(stresses_of(each)) for each in known[word].split(" ")}
        for word in words
    )
    assert right > 0.93 * len(words)


@pytest.mark.parametrize(("words", "kind"), RHYMES.items())
def test_kinds_of_rhyme(words: tuple[str, str], kind: str) -> None:
    assert rhyme_of(*words) == kind
    assert rhyme_of(words[1], words[0]) == kind


def test_the_rhyme_part_starts_at_the_last_stressed_vowel() -> None:
    assert rhyme_part(pronunciations("remember")[0]) == "EH1 M B ER0"


def test_rhymes_are_grouped_by_syllables_and_the_commonest_come_first() -> None:
    found = rhymes("sea")
    words = [each.word for each in found if each.kind == "perfect"]
    assert words[:6] == ["he", "me", "be", "we", "she", "thee"]
    assert [each.syllables for each in found] == sorted(each.syllables for each in found)
    assert "the" not in words
    assert {"dove", "above", "glove"} <= {each.word for each in rhymes("love")}
    assert {"prove", "move"} <= {each.word for each in rhymes("love", near=True)}
    assert rhymes("orange") == ()


def test_an_unknown_word_is_told_with_the_nearest_known_ones() -> None:
    with pytest.raises(ValueError, match="nightingale"):
        rhymes("nightingail")
    assert rhymes("snabe", guess=True)
    with pytest.raises(ValueError, match="Latin"):
        rhymes("日")


def test_numbers_are_written_out() -> None:
    assert number_words("21") == (["twenty", "one"],)
    assert number_words("1066")[0] == ["ten", "sixty", "six"]
    assert number_words("4th") == (["fourth"],)
    assert number_words("2.5") == (["two", "point", "five"],)
    assert number_words("x") == ()


@pytest.mark.parametrize(
    ("word", "places"),
    [("compare", [1, 4]), ("summer’s", [1, 4]), ("chaos", [2, 3]), ("beyond", [1, 3]),
     ("lovely", [1, 5]), ("queen", [2]), ("day-labour", [1, 5, 7]), ("flying", [2, 3])],
)  # fmt: skip
def test_marks_stand_over_the_vowels(word: str, places: list[int]) -> None:
    assert syllable_places(word, len(places)) == places


@given(st.text(max_size=60))
@example("0-0")
@settings(max_examples=300, deadline=None)
def test_anything_can_be_asked_for(text: str) -> None:
    found = pronunciations(text)
    assert all(each.arpabet for each in found)
    for count in range(4):
        assert len(syllable_places(text, count)) == count
    syllable_counts(text)
    stress_patterns(text)
    rhyme_of(text, "love")


@given(st.from_regex(r"['a-z0-9.,-]{1,40}", fullmatch=True))
@example("0,0")
@settings(max_examples=200, deadline=None)
def test_letters_and_digits_can_always_be_said(text: str) -> None:
    if any(each.isalnum() for each in text):
        assert pronunciations(text)
