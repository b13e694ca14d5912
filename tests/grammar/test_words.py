"""Words by their pieces: every word can be written, and nothing else."""

from __future__ import annotations

import random

from muse.grammar.words import (
    CAPITAL,
    FIRST,
    MOST_PIECES,
    OWN,
    SMALL,
    Word,
    WordTable,
    entries,
    word_table,
)
from muse.theory.written_words import CAPITALS, written_words

from .english_walks import pieces, table


def spelled(words: WordTable, text: str, classes: int) -> Word | None:
    """The word once its pieces are written; None if one of them is not offered."""
    word = words.root
    for id in pieces().unit_ids(text):
        if id not in words.following(word, classes):
            return None
        word = words.after(word, id)
    return word if words.is_whole(word, classes) else None


def test_every_word_can_be_written_in_its_class() -> None:
    words, rng = table(), random.Random(1)
    for text in rng.sample(written_words(), 400):
        if len(pieces().unit_ids(text)) <= MOST_PIECES:
            assert spelled(words, text, SMALL), text
            first = text if text[0] == "’" else text[0].upper() + text[1:]
            assert text[0] == "’" or spelled(words, first, FIRST), first
    for text in CAPITALS:
        assert spelled(words, text, CAPITAL), text


def test_nothing_else_can_be_written() -> None:
    words = table()
    for text in ("zzyzx", "Kwame", "sea3", "seaa", "i", "sea-", "horatio", "Horatio"):
        assert spelled(words, text, SMALL | CAPITAL | FIRST) is None, text
    assert spelled(words, "The", SMALL | CAPITAL) is None
    assert spelled(words, "the", CAPITAL | FIRST) is None
    assert spelled(words, "’s", SMALL | CAPITAL | FIRST) is None
    assert spelled(words, "’s", OWN)


def test_whatever_is_begun_can_be_ended() -> None:
    words, rng = table(), random.Random(2)
    for _ in range(300):
        classes = rng.choice([SMALL, CAPITAL, FIRST, SMALL | CAPITAL])
        word, ids = words.root, list[int]()
        while not ids or not words.is_whole(word, classes) or rng.random() < 0.3:
            following = words.following(word, classes)
            if not len(following):
                break
            ids.append(int(rng.choice(following)))
            word = words.after(word, ids[-1])
        assert words.is_whole(word, classes)
        (unit,) = pieces().split(ids)
        assert pieces().unit_ids(pieces().unit_text(unit)) == tuple(ids)


def test_a_wish_brings_its_own_words() -> None:
    words = word_table(pieces(), frozenset(["zeppelinry", "Elsinore", "123", "深海"]))
    assert spelled(words, "zeppelinry", SMALL)
    assert spelled(words, "Zeppelinry", FIRST)
    assert spelled(words, "Elsinore", CAPITAL)
    assert spelled(words, "Elsinore", SMALL) is None
    assert spelled(words, "深海", SMALL) is None  # it would need bytes
    assert spelled(table(), "Elsinore", CAPITAL) is None


def test_insults_are_not_written() -> None:
    assert not {"bitch", "whore", "nigger", "cunt"} & set(written_words())


def test_classes_of_one_spelling_add_up() -> None:
    found = entries(["may", "o’er"], ["May"])
    assert found["May"] == CAPITAL | FIRST
    assert found["may"] == SMALL
    assert found["O’er"] == FIRST
