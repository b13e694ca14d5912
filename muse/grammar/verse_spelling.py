"""How the words of a lexicon are spelled in one place of a line, as a trie over their ids.

The words stand in rows sorted by their ids, so all words below a node of the trie are a run of rows. A
choice of words is a row of bits over the list; a piece may come next if the run below it holds a bit.
So whatever is asked of words (stress, rhyme, first letter) costs the trie nothing. Nodes are made when
they are first reached: of sixteen thousand a poem sees a few hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np


@dataclass(frozen=True, eq=False)
class Node:
    """A beginning of words.

    Attributes:
        depth: how many ids have been written.
        ids: the pieces that may follow, (C,), ascending.
        low, high: the rows below each of them, (C,): from `low` to before `high`.
        word: the word that ends here, or -1.
    """

    depth: int
    ids: np.ndarray
    low: np.ndarray
    high: np.ndarray
    word: int


class Spelling:
    """The ids of words, sorted.

    Args:
        ids: of each word, at least one; all different.

    Attributes:
        order: the word of each row, (N,) int.
        row: the row of each word, (N,) int.
        lengths: how many ids each word has, (N,) int.
        first: the first id of each word, (N,) int.
        root: the node before any id.
    """

    def __init__(self, ids: Sequence[tuple[int, ...]]) -> None:
        self.lengths = lengths = np.fromiter(map(len, ids), np.int64, len(ids))
        table = np.full((len(ids), int(lengths.max()) + 1), -1, np.int32)
        table[np.arange(table.shape[1]) < lengths[:, None]] = list(chain.from_iterable(ids))
        self.order = np.lexsort(table.T[::-1])
        self.row = np.empty(len(ids), np.int64)
        self.row[self.order] = np.arange(len(ids))
        self.first = table[:, 0].astype(np.int64)
        self._table = np.asfortranarray(table[self.order])
        self._row_lengths = lengths[self.order]
        self._nodes: dict[tuple[int, int, int], Node] = {}
        self.root = self._node(0, len(ids), 0)

    def child(self, node: Node, id: int) -> Node | None:
        """The node behind one more id, None if no word goes on so."""
        place = int(node.ids.searchsorted(id))
        if place == len(node.ids) or node.ids[place] != id:
            return None
        return self._node(int(node.low[place]), int(node.high[place]), node.depth + 1)

    def _node(self, low: int, high: int, depth: int) -> Node:
        """The node of the rows from `low` to before `high`, which share their first `depth` ids."""
        key = (low, high, depth)
        if key not in self._nodes:
            word = -1
            if self._row_lengths[low] == depth:
                word, low = int(self.order[low]), low + 1
            column = self._table[low:high, depth]
            starts = np.flatnonzero(np.diff(column, prepend=-1))
            lows = starts + low
            self._nodes[key] = Node(
                depth, column[starts].astype(np.int64), lows, np.append(lows[1:], high)[: len(lows)],
                word,
            )  # fmt: skip
        return self._nodes[key]


@dataclass(frozen=True, eq=False)
class Choice:
    """Some words, where they are spelled in one way.

    Attributes:
        spelling: of all words.
        words: whether each is one of them, (N,) bool.
    """

    spelling: Spelling
    words: np.ndarray

    @cached_property
    def sums(self) -> np.ndarray:
        """How many of the words stand before each row, (N + 1,)."""
        return np.concatenate([[0], np.cumsum(self.words[self.spelling.order], dtype=np.int64)])

    @cached_property
    def _beginnings(self) -> tuple[np.ndarray, dict[int, int]]:
        """The pieces that begin a word, and how many words begin with each."""
        root = self.spelling.root
        counts = self.sums[root.high] - self.sums[root.low]
        kept = counts > 0
        return root.ids[kept], dict(zip(root.ids[kept].tolist(), counts[kept].tolist()))

    def beginnings(self, without: Iterable[int] = ()) -> np.ndarray:
        """The ids that begin one of the words; `without` are not counted."""
        ids, counts = self._beginnings
        fewer: dict[int, int] = {}
        for each in without:
            if self.words[each]:
                piece = int(self.spelling.first[each])
                fewer[piece] = fewer.get(piece, 0) + 1
        gone = [piece for piece, count in fewer.items() if count >= counts[piece]]
        return ids[~np.isin(ids, gone)] if gone else ids

    def below(self, node: Node, without: Iterable[int] = ()) -> np.ndarray:
        """The ids that go on with a node to one of the words; `without` are not counted."""
        counts = self.sums[node.high] - self.sums[node.low]
        for each in without:
            if self.words[each]:
                row = self.spelling.row[each]
                counts = counts - ((node.low <= row) & (row < node.high))
        return node.ids[counts > 0]
