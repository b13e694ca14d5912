"""Which of several poems is shown first: the model's own likelihood, the theme, repetition.

A likely poem is not yet a good one, and a poem of common words is the likeliest; so the likelihood
counts as it stands, while a missing theme and words said again cost more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from muse.theory.rhyme_books import is_han
from muse.works.poem import Poem

THEME, AGAIN, LINES = 0.6, 1.5, 2.0
"""What the share of the theme's words that are missing, of words said again, and of lines said
again costs, in nats a token."""

COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "his",
        "i",
        "in",
        "is",
        "it",
        "its",
        "me",
        "my",
        "no",
        "nor",
        "not",
        "of",
        "on",
        "or",
        "our",
        "she",
        "so",
        "than",
        "that",
        "the",
        "their",
        "them",
        "they",
        "this",
        "thou",
        "thy",
        "to",
        "was",
        "we",
        "were",
        "when",
        "where",
        "which",
        "who",
        "with",
        "you",
        "your",
        "all",
    ]
)
"""English words that may come again."""


@dataclass(frozen=True)
class RankedPoem:
    """A candidate; a smaller `distance` is better. `piece` is its number in the batch."""

    poem: Poem
    piece: int
    nats_per_token: float
    distance: float


def words_of_poem(poem: Poem) -> list[str]:
    """The words of a poem that should not come again: Chinese characters, or English words."""
    if poem.language == "zh":
        return [character for character in poem.text if is_han(character)]
    found = "".join(c if c.isalpha() or c == "’" else " " for c in poem.text.lower()).split()
    return [word for word in found if word not in COMMON]


def missing_theme(poem: Poem, theme: str) -> float:
    """The share of the theme's words that the poem does not have, 0 to 1."""
    if poem.language == "zh":
        wanted = {character for character in theme if is_han(character)}
        found = set(poem.text)
    else:
        wanted = {word for word in theme.lower().split() if word not in COMMON}
        found = set(words_of_poem(poem))
    return len(wanted - found) / len(wanted) if wanted else 0.0


def said_again(things: Sequence[str]) -> float:
    """The share of things that stood before, 0 to 1."""
    return 1 - len(set(things)) / len(things) if things else 0.0


def rank_poem(poem: Poem, piece: int, nats_per_token: float, theme: str) -> RankedPoem:
    """A candidate with its distance."""
    words = words_of_poem(poem)
    doubled = sum(n - 2 for n in Counter(words).values() if n > 2) / max(len(words), 1)
    cost = THEME * missing_theme(poem, theme) + AGAIN * (0.3 * said_again(words) + doubled)
    cost += LINES * said_again(poem.lines)
    return RankedPoem(poem, piece, nats_per_token, nats_per_token + cost)


def best_poems(ranked: Sequence[RankedPoem], size: int) -> list[RankedPoem]:
    """The best of every `size` candidates, the best of these first."""
    groups = [ranked[first : first + size] for first in range(0, len(ranked), size)]
    best = [min(group, key=lambda each: each.distance) for group in groups]
    return sorted(best, key=lambda each: each.distance)
