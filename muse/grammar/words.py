"""Which pieces may follow within a word: known words alone, spelled as the tokenizer spells them.

Words are rows of piece ids in one sorted table, so the words that begin with some pieces are a run of
rows, and a run is all the automaton remembers. Every run holds a whole word, so a word that has been
begun can always be ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from muse.theory.written_words import CAPITALS, written_words
from muse.tokens.english import WORD_START, EnglishPieces

SMALL, CAPITAL, FIRST, OWN = 1, 2, 4, 8
"""Classes of words: in small letters; with a capital wherever they stand (I, God, King); a word in
small letters with the capital that begins a sentence; the `’s` behind a name."""

BARE = 4
"""How far the classes are shifted for words without a blank before them, where pieces hold blanks."""

OWNED = "’s"

MOST_PIECES = 8
"""A word of more pieces is not written: few words are, and all of them are rare."""

STAGE_WORDS = ("exit", "exeunt")
"""Words that stand capitalised in plays, as they begin directions."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is being written: rows `low` to `high` begin with its `depth` pieces."""

    low: int
    high: int
    depth: int


class WordTable:
    """Words by their pieces.

    Args:
        rows: the ids of words, at most `MOST_PIECES`, and the classes of each, added up.
    """

    def __init__(self, rows: Mapping[tuple[int, ...], int]) -> None:
        ordered = sorted(rows)
        self.lengths = np.array([len(row) for row in ordered])
        # Columns are searched, so they lie in one piece.
        self.table = np.full((len(ordered), MOST_PIECES + 1), -1, np.int32, order="F")
        for place, row in enumerate(ordered):
            self.table[place, : len(row)] = row
        self.classes = np.array([rows[row] for row in ordered])
        self.root = Word(0, len(ordered), 0)
        self._next: dict[tuple[Word, int], np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.table)

    def following(self, word: Word, classes: int) -> np.ndarray:
        """Ids that may come next in a word that is to be of one of the classes."""
        found = self._next.get((word, classes))
        if found is None:
            rows = slice(word.low, word.high)
            wanted = (self.classes[rows] & classes) > 0
            ids = np.unique(self.table[rows, word.depth][wanted])
            found = self._next[word, classes] = ids[ids >= 0]
        return found

    def after(self, word: Word, id: int) -> Word:
        """The word with one more piece."""
        column = self.table[word.low : word.high, word.depth]
        piece = np.int32(id)  # of the column's type: else all of it would be converted
        low = word.low + int(column.searchsorted(piece))
        high = word.low + int(column.searchsorted(piece, side="right"))
        return Word(low, high, word.depth + 1)

    def is_whole(self, word: Word, classes: int) -> bool:
        """Whether the pieces so far are a word of one of the classes."""
        # The shortest row of a run stands first.
        return bool(
            word.low < word.high
            and self.lengths[word.low] == word.depth
            and self.classes[word.low] & classes
        )


def rows_of(pieces: EnglishPieces, words: Mapping[str, int]) -> dict[tuple[int, ...], int]:
    """The rows of words with their classes; words that are not spelled in pieces are left out."""
    rows: dict[tuple[int, ...], int] = {}
    names = pieces.vocabulary.names
    spelled = [not name.startswith("<0x") for name in names]
    for word, classes in words.items():
        ids = tuple(pieces.pieces.encode(word))
        if not 0 < len(ids) <= MOST_PIECES or not all(spelled[i] for i in ids):
            continue
        if names[ids[0]].startswith(WORD_START):
            rows[ids] = rows.get(ids, 0) | classes
    return rows


def entries(words: Iterable[str], capitals: Iterable[str]) -> dict[str, int]:
    """Words in small letters and words with a capital, with their classes."""
    found = {OWNED: OWN}
    for word in words:
        found[word] = found.get(word, 0) | SMALL
        at = next(place for place, each in enumerate(word) if each.isalpha())
        first = word[:at] + word[at].upper() + word[at + 1 :]
        found[first] = found.get(first, 0) | FIRST
    for word in capitals:
        found[word] = found.get(word, 0) | CAPITAL
    return found


@lru_cache(maxsize=8)
def word_table(pieces: EnglishPieces, extra: frozenset[str] = frozenset()) -> WordTable:
    """The words that Muse writes with, and those that a wish brings along.

    Args:
        pieces: of the tokenizer.
        extra: further words; those with a capital may have it wherever they stand.
    """
    small = {word for word in extra if word == word.lower() and any(map(str.isalpha, word))}
    capitals = {word for word in extra - small if any(map(str.isalpha, word))}
    words = entries([*written_words(), *STAGE_WORDS, *small], CAPITALS | capitals)
    return WordTable(rows_of(pieces, words))
