"""The words that a line may be made of, as a trie over their pieces.

The words stand sorted by their ids, so all words below a node of the trie are a run of them. A choice
of words is a row of bits over the list; a piece may come next if the run below it holds a bit. So
whatever is asked of words (stress, rhyme, first letter) costs the trie nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from muse.theory.phonemes import VOWELS
from muse.theory.verse_words import VerseWord, common_verse_words
from muse.tokens.english import EnglishPieces

MOST_PIECES = 5
PIECES_A_SYLLABLE = 4
"""Words of more pieces are left out, so that a line cannot take more than it has room for."""

ROOT = 0


@dataclass(frozen=True, eq=False)
class Node:
    """A beginning of words.

    Attributes:
        ids: the pieces that may follow, (C,).
        low, high: the words below each of them, (C,): from `low` to before `high`.
        children: the node of each of them.
        word: the word that ends here, or -1.
    """

    ids: np.ndarray
    low: np.ndarray
    high: np.ndarray
    children: dict[int, int]
    word: int


@dataclass(frozen=True, eq=False)
class Choice:
    """Some words of a lexicon.

    Attributes:
        lexicon: all words.
        words: whether each is one of them, (N,) bool.
    """

    lexicon: VerseLexicon
    words: np.ndarray

    @cached_property
    def sums(self) -> np.ndarray:
        """How many of the words stand before each place, (N + 1,)."""
        return np.concatenate([[0], np.cumsum(self.words, dtype=np.int64)])

    @cached_property
    def _beginnings(self) -> tuple[np.ndarray, dict[int, int]]:
        """The pieces that begin a word, and how many words begin with each."""
        root = self.lexicon.nodes[ROOT]
        counts = self.sums[root.high] - self.sums[root.low]
        kept = counts > 0
        return root.ids[kept], dict(zip(root.ids[kept].tolist(), counts[kept].tolist()))

    def beginnings(self, without: Iterable[int] = ()) -> np.ndarray:
        """The ids that begin one of the words; `without` are not counted."""
        ids, counts = self._beginnings
        fewer: dict[int, int] = {}
        for each in without:
            if self.words[each]:
                piece = self.lexicon.ids[each][0]
                fewer[piece] = fewer.get(piece, 0) + 1
        gone = [piece for piece, count in fewer.items() if count >= counts[piece]]
        return ids[~np.isin(ids, gone)] if gone else ids

    def below(self, node: Node, without: Iterable[int] = ()) -> np.ndarray:
        """Which of a node's pieces lead to one of the words, (C,); `without` are not counted."""
        counts = self.sums[node.high] - self.sums[node.low]
        for each in without:
            if self.words[each]:
                counts = counts - ((node.low <= each) & (each < node.high))
        return counts > 0


class VerseLexicon:
    """Words, sorted by their ids, and what metre and rhyme need to know of each.

    Attributes:
        pieces: that spell them.
        words: in the order of their ids.
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
        self, pieces: EnglishPieces, words: Iterable[VerseWord], asked: Collection[str] = ()
    ) -> None:
        self.pieces = pieces
        spelled: dict[tuple[int, ...], VerseWord] = {}
        for word in words:
            ids = pieces.unit_ids(word.text)
            if _spells(ids, pieces):
                spelled.setdefault(ids, word)
        order = sorted(spelled)
        self.ids = order
        self.words = [spelled[ids] for ids in order]
        self.places = {word.text: place for place, word in enumerate(self.words)}
        kinds = sorted({(word.shape, word.syllables) for word in self.words})
        place_of = {kind: place for place, kind in enumerate(kinds)}
        self.kinds: list[Kind] = kinds
        self.kind = np.array([place_of[word.shape, word.syllables] for word in self.words])
        self.letter = np.array([ord(word.letter or "a") - ord("a") for word in self.words])
        self.beats = np.array([_vowels(word.tail) for word in self.words])
        self.leaning = np.array([word.leaning for word in self.words])
        self.vocal = np.array([word.vocal for word in self.words])
        self.asked = np.array([word.text in asked for word in self.words])
        self.tails: dict[str, int] = {}
        self.rimes: dict[tuple[str, str], int] = {}
        for word in self.words:
            if word.tail:
                self.tails.setdefault(word.tail, len(self.tails))
                self.rimes.setdefault(word.rime, len(self.rimes))
        self.tail = np.array([self.tails.get(word.tail, -1) for word in self.words])
        self.rime = np.array([self.rimes.get(w.rime, -1) for w in self.words])
        self.tail_of = np.array([self.tails[tail] for tail, _ in self.rimes], dtype=np.int64)
        self.most_pieces = max(-(-len(i) // w.syllables) for i, w in zip(order, self.words))
        self.nodes: list[Node] = []
        self._grow(0, len(order), 0)

    def __len__(self) -> int:
        return len(self.words)

    def _grow(self, low: int, high: int, depth: int) -> int:
        """Make the node of a run of words that share their first `depth` pieces."""
        place = len(self.nodes)
        self.nodes.append(_NOTHING)
        word = -1
        if depth and len(self.ids[low]) == depth:
            word, low = low, low + 1
        ids, lows, highs, children = [], [], [], {}
        while low < high:
            piece, end = self.ids[low][depth], low + 1
            while end < high and self.ids[end][depth] == piece:
                end += 1
            children[piece] = self._grow(low, end, depth + 1)
            ids.append(piece)
            lows.append(low)
            highs.append(end)
            low = end
        arrays = [np.array(each, dtype=np.int64) for each in (ids, lows, highs)]
        self.nodes[place] = Node(arrays[0], arrays[1], arrays[2], children, word)
        return place

    def known(self, text: str) -> VerseWord | None:
        """A word of the lexicon, None if it is not there."""
        place = self.places.get(text)
        return None if place is None else self.words[place]

    def with_words(self, more: Sequence[VerseWord]) -> VerseLexicon:
        """The lexicon with some words that stand only where somebody asks for them."""
        if not more:
            return self
        asked = {word.text for word in more}
        return VerseLexicon(self.pieces, [*more, *self.words], asked)


Kind = tuple[str, int]
_NOTHING = Node(np.zeros(0), np.zeros(0), np.zeros(0), {}, -1)


def _vowels(tail: str) -> int:
    """How many syllables a tail has."""
    return sum(each in _VOWELS for each in tail)


_VOWELS = frozenset(VOWELS.values())


def _spells(ids: tuple[int, ...], pieces: EnglishPieces) -> bool:
    """Whether ids begin a unit with the first and go on with the others, and say it again."""
    return (
        len(ids) > 0
        and bool(pieces.starts[ids[0]])
        and not any(pieces.starts[each] or pieces.is_tag[each] for each in ids[1:])
        and not pieces.is_tag[ids[0]]
    )


@lru_cache(maxsize=4)
def verse_lexicon(pieces: EnglishPieces) -> VerseLexicon:
    """The lexicon of some pieces: common words that they spell shortly."""
    words = (
        word
        for word in common_verse_words(pieces.proper)
        if len(pieces.unit_ids(word.text)) <= min(MOST_PIECES, PIECES_A_SYLLABLE * word.syllables)
    )
    return VerseLexicon(pieces, words)
