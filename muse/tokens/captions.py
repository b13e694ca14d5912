"""Phrases as words: English words in small letters and their stems, Chinese character by character."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

NOTHING, START = 0, 1
"""Ids of an empty place, and of the place before the first word."""

FIRST = 2
"""The id of the first word."""

MOST_WORDS = 24
"""Places of a phrase, `START` included; what is longer is cut."""

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")
_LEFT_OUT = frozenset(("a", "an", "the", "of", "with", "and", "in", "on", "的", "了"))


def words_of(text: str) -> list[str]:
    """The words of a phrase that say something; plurals lose their s."""
    found = []
    for word in _WORD.findall(text.lower().replace("'s", "").replace("’s", "")):
        if word in _LEFT_OUT:
            continue
        plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
        found.append(word[:-1] if plural else word)
    return found


def word_list(phrases: Iterable[str]) -> tuple[str, ...]:
    """All words of some phrases, sorted: word number n has the id n + `FIRST`."""
    return tuple(sorted({word for phrase in phrases for word in words_of(phrase)}))


def caption_ids(text: str, words: Sequence[str] | dict[str, int]) -> tuple[list[int], list[str]]:
    """The ids of a phrase, `MOST_WORDS` of them, and its words that are not known.

    Args:
        text: the phrase; an empty one asks for nothing.
        words: as `word_list` gives them, or their places by word.
    """
    places = words if isinstance(words, dict) else {word: at for at, word in enumerate(words)}
    found, unknown = [START], []
    for word in words_of(text):
        if word in places:
            found.append(places[word] + FIRST)
        else:
            unknown.append(word)
    found = found[:MOST_WORDS]
    return found + [NOTHING] * (MOST_WORDS - len(found)), unknown
