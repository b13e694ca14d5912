"""Which words of a corpus are kept for scenes and stories."""

from __future__ import annotations

from muse.data.written_words import chosen, counted, is_wanted
from muse.theory.written_words import CAPITALS, written_words


def test_capitals_within_a_sentence_are_names() -> None:
    small, capital = counted(["The sea and Rose rose.", "A rose. Rose saw the king’s sea—The end."])
    assert (small["sea"], small["rose"], small["king’s"], small["the"]) == (2, 2, 1, 1)
    assert (capital["rose"], capital["the"]) == (1, 0)


def test_rare_words_names_and_scraps_are_left_out() -> None:
    lines = ["the storm of stormy Kent"] * 30 + ["a storm once, and kent is home"] * 10
    found = chosen(lines, ["forsooth the zorb", "forsooth the zorb", "only ’cause"])
    assert {"the", "storm", "stormy", "home", "forsooth", "zorb", "of", "once"} <= set(found)
    assert not {"kent", "only", "’cause"} & set(found)
    assert "zorb" not in chosen(["the zorb is here"] * 9, []), "no dictionary knows it"


def test_what_is_wanted_goes_by_letters_and_signs() -> None:
    assert all(is_wanted(word, 50) for word in ("a", "o", "’tis", "th’", "o’er", "king’s", "ox"))
    assert not any(is_wanted(word, 50) for word in ("s", "goin’", "’im", "b’y’r", "ioy"))
    assert not is_wanted("qua", 5)


def test_the_words_that_ship() -> None:
    words = written_words()
    assert 35_000 < len(words) == len(set(words))
    assert list(words) == sorted(words)
    assert {"storm", "to-night", "prithee", "’tis", "o’clock", "captain", "don’t"} <= set(words)
    assert not any(word != word.lower() for word in words)
    assert all(word[:1].isupper() for word in CAPITALS)
