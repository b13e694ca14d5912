"""The words that a line may be made of, and what metre and rhyme need to know of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np

from muse.grammar.verse_spelling import Spelling
from muse.theory.phonemes import VOWELS
from muse.theory.verse_words import VerseWord, common_verse_words

MOST_PIECES = 5
PIECES_A_SYLLABLE = 4
"""Words of more pieces are left out, so that a line cannot take more than it has room for."""

FEWEST_WORDS = 7000
"""If so many words are spelled plainly, the others are left out."""

FEWEST_OPENINGS = 700
"""If so many are at the beginning of a line, no line begins with another."""

Kind = tuple[str, int]
Spellings = Sequence[Sequence[tuple[int, ...]]]
"""The ids of each word, in one or several places of a line."""


class Speller(Protocol):
    """Tokens that words and marks can be spelled with."""

    @property
    def marks(self) -> Mapping[str, int]:
        """The id of each mark that can stand alone."""
        ...

    @property
    def proper(self) -> frozenset[str]:
        """Words that are names."""
        ...

    def __len__(self) -> int:
        """How many ids there are."""
        ...

    def __getitem__(self, name: str) -> int:
        """The id of a name; `"EOS"` ends a work."""
        ...

    def is_plain(self, ids: tuple[int, ...]) -> bool:
        """Whether a model that writes the first id of a word most likely goes on with the others."""
        ...

    def spellings(self, words: Sequence[str]) -> tuple[Sequence[tuple[int, ...]], ...]:
        """The ids of words, none of a word that cannot be spelled: within a line, and, if they
        are others there, at its beginning."""
        ...


class VerseLexicon:
    """Words, and what metre and rhyme need to know of each.

    Attributes:
        pieces: that spell them.
        words: the N words.
        within, opening: how they are spelled within a line, and where one begins.
        tail, rime, letter: of each word, (N,) int: numbers of tails and of tails with onsets (-1
            without), 0 to 25 for a to z.
        beats: of each word, (N,) int: the syllables of its tail.
        leaning, vocal, asked: of each word, (N,) bool: whether it leans on the next; whether it
            begins with a vowel; whether it stands only where somebody asks for it.
        kinds: shapes with their numbers of syllables; `kind` of each word is a place in them.
        most_pieces: that a syllable can take.
        tails, rimes: numbers of each.
        tail_of: the tail of each rime, (R,).
    """

    def __init__(
        self, pieces: Speller, words: Sequence[VerseWord], ids: Spellings,
        asked: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.pieces, self.words, self._ids = pieces, list(words), ids
        self.within = Spelling(ids[0])
        self.opening = Spelling(ids[-1]) if len(ids) > 1 else self.within
        # Column by column: a poem is not to wait for ten loops over thirteen thousand words.
        texts, shapes, syllables, tails, onsets, leaning, vocal = zip(*self.words)
        self.places = {text: place for place, text in enumerate(texts)}
        named = list(zip(shapes, syllables))
        self.kinds: list[Kind] = sorted(set(named))
        self.kind = _numbered(named, {kind: place for place, kind in enumerate(self.kinds)})
        letters = [text.lstrip("’")[:1].lower() or "a" for text in texts]
        self.letter = np.array([*map(ord, letters)]) - ord("a")
        self.leaning, self.vocal = np.array(leaning), np.array(vocal)
        self.asked = _numbered(texts, dict.fromkeys(asked, 1)) > 0
        rimes = list(zip(tails, onsets))
        known = filter(None, dict.fromkeys(tails))
        self.tails = {tail: number for number, tail in enumerate(known)}
        known_rimes = (rime for rime in dict.fromkeys(rimes) if rime[0])
        self.rimes = {rime: number for number, rime in enumerate(known_rimes)}
        self.tail, self.rime = _numbered(tails, self.tails), _numbered(rimes, self.rimes)
        self.tail_of = np.array([self.tails[tail] for tail, _ in self.rimes], dtype=np.int64)
        self.beats = np.array([*map(_syllables, self.tails), 0])[self.tail]
        longest = np.maximum(self.within.lengths, self.opening.lengths)
        self.most_pieces = int((-(-longest // np.array(syllables))).max())

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def classes(self) -> tuple[list[tuple[str, int, bool]], np.ndarray]:
        """Kinds of words, told apart by whether they begin with a vowel, and that of each, (N,)."""
        named = 2 * self.kind + self.vocal
        numbers, of_word = np.unique(named, return_inverse=True)
        return [(*self.kinds[each // 2], bool(each % 2)) for each in numbers.tolist()], of_word

    @cached_property
    def begins_plainly(self) -> np.ndarray:
        """The words that a line begins with if no letter is asked for, (N,) bool."""
        plain = np.array([self.pieces.is_plain(each) for each in self._ids[-1]])
        return plain if plain.sum() >= FEWEST_OPENINGS else np.ones(len(self), bool)

    def known(self, text: str) -> VerseWord | None:
        """A word of the lexicon, None if it is not there."""
        place = self.places.get(text)
        return None if place is None else self.words[place]

    def with_words(self, more: Sequence[VerseWord]) -> VerseLexicon:
        """The lexicon with some words that stand only where somebody asks for them."""
        if not more:
            return self
        words, ids = _spelled(self.pieces, more)
        new = [set(each) for each in ids]
        old = [
            place
            for place, *spelled in zip(range(len(self)), *self._ids)
            if not any(each in some for each, some in zip(spelled, new))
        ]
        every = [[*some, *(each[place] for place in old)] for some, each in zip(ids, self._ids)]
        asked = {word.text for word in words}
        return VerseLexicon(
            self.pieces, [*words, *(self.words[place] for place in old)], every, asked
        )


_VOWELS = frozenset(VOWELS.values())


def _numbered(things: Iterable[Any], numbers: Mapping[Any, int]) -> np.ndarray:
    """The number of each thing, -1 for one that has none."""
    return np.array([numbers.get(each, -1) for each in things])


def _syllables(tail: str) -> int:
    return sum(each in _VOWELS for each in tail)


def _spelled(
    pieces: Speller, words: Sequence[VerseWord], most: int | None = None
) -> tuple[list[VerseWord], list[list[tuple[int, ...]]]]:
    """The words that can be spelled, the first of those that are spelled alike, and their ids.

    Args:
        pieces: that spell them.
        words: all of them.
        most: pieces of a word; None for any number.
    """
    kept: list[VerseWord] = []
    spellings = pieces.spellings([word.text for word in words])
    found: list[list[tuple[int, ...]]] = [[] for _ in spellings]
    seen: list[set[tuple[int, ...]]] = [set() for _ in spellings]
    for word, *ids in zip(words, *spellings):
        if any(not each or each in before for each, before in zip(ids, seen)):
            continue
        if most is None or max(map(len, ids)) <= min(most, PIECES_A_SYLLABLE * word.syllables):
            kept.append(word)
            for each, before, into in zip(ids, seen, found):
                before.add(each)
                into.append(each)
    return kept, found


@lru_cache(maxsize=4)
def verse_lexicon(pieces: Speller) -> VerseLexicon:
    """The lexicon of some pieces: common words that they spell shortly, and plainly if so many are."""
    words, ids = _spelled(pieces, list(common_verse_words(pieces.proper)), MOST_PIECES)
    plain = [place for place, each in enumerate(ids[0]) if pieces.is_plain(each)]
    if FEWEST_WORDS <= len(plain) < len(words):
        words = [words[place] for place in plain]
        ids = [[each[place] for place in plain] for each in ids]
    return VerseLexicon(pieces, words, ids)
