"""Interpolated modified Kneser-Ney: the n-gram that a trained decoder has to beat.

Chen and Goodman (1999): three discounts for each order, from the counts of counts; below the
highest order, a gram counts as often as there are different tokens before it. The lowest order is
interpolated with the uniform distribution over the vocabulary, so every id has a probability
and they sum to one.

Conventions:
    * It knows ids only: tokens of tunes, characters, pieces of words.
    * A gram of k tokens is numbered by the number of its first k - 1 tokens and its last one,
      so numbers are exact, not hashes. A context that never stood in the training data has
      number -1; the order below then stands for it whole.
    * Pieces are padded before BOS, so that no context reaches into another piece. Neither padding
      nor the first id of a piece is ever predicted.
    * Nats are natural logarithms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

PADDING = 0
"""The id that fills contexts before BOS: PAD."""


@dataclass(frozen=True, eq=False)
class Smoothed:
    """One order's part of a probability: P(w | h) = share[h w] + rest[h] P(w | shorter h).

    Attributes:
        share: of each gram, its discounted relative frequency, (G,); 0 where it was not counted.
        rest: of each context, the mass that its discounts freed, (H,); 1 where it never stood.
    """

    share: np.ndarray
    rest: np.ndarray


@dataclass(frozen=True, eq=False)
class Level:
    """The grams of one length.

    Attributes:
        keys: context's number times the vocabulary plus the last id, sorted, (G,).
        highest: for this order as the highest, from plain counts.
        lower: for this order below another, from continuation counts; None at the top.
    """

    keys: np.ndarray
    highest: Smoothed
    lower: Smoothed | None


def smoothed(counts: np.ndarray, contexts: np.ndarray, context_count: int) -> Smoothed:
    """Discount counts of grams.

    Args:
        counts: of each gram, (G,); 0 for a gram that only ever was a context.
        contexts: the number of each gram's context, (G,).
        context_count: how many contexts are numbered, H.
    """
    discounts = np.array([0.0, *discounts_of(counts)])
    kinds = np.minimum(counts, 3)
    totals = np.bincount(contexts, counts, context_count)
    freed = np.bincount(contexts, discounts[kinds], context_count)
    seen = totals > 0
    rest = np.where(seen, freed / np.where(seen, totals, 1), 1.0)
    below = totals[contexts]
    share = np.maximum(counts - discounts[kinds], 0) / np.where(below > 0, below, 1)
    return Smoothed(share, rest)


def discounts_of(counts: np.ndarray) -> tuple[float, float, float]:
    """What is taken from counts of 1, of 2, and of 3 or more (Chen and Goodman's estimate).

    Where too few grams are that rare, half, one and one and a half are taken.
    """
    n1, n2, n3, n4 = (int((counts == number).sum()) for number in (1, 2, 3, 4))
    if not n1 or not n2 or not n3:
        return 0.5, 1.0, 1.5
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    if any(not 0 < value <= number for number, value in enumerate(found, 1)):
        return 0.5, 1.0, 1.5
    return found


class KneserNey:
    """Counts of all orders up to a highest; any order from 1 on can be asked.

    Args:
        pieces: ids of each training piece, BOS to EOS.
        vocabulary: how many ids there are, V.
        highest: the highest order, so contexts of at most `highest - 1` tokens.
        once_a_piece: whether a gram counts once for each piece that has it, however often.
    """

    def __init__(
        self,
        pieces: Iterable[np.ndarray],
        vocabulary: int,
        highest: int,
        once_a_piece: bool = False,
    ) -> None:
        if highest < 1:
            raise ValueError("an n-gram is of order 1 or more")
        self.vocabulary, self.highest, self.once_a_piece = vocabulary, highest, once_a_piece
        self.levels = self._count(*self._joined(pieces))

    def _joined(self, pieces: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """All pieces with padding before each, (N,), and which tokens are predicted, (N,) bool."""
        padding = np.full(self.highest, PADDING, dtype=np.int64)
        joined, predicted = [], []
        for piece in pieces:
            joined += [padding, piece]
            predicted += [np.zeros(len(padding) + 1, bool), np.ones(len(piece) - 1, bool)]
        if not joined:
            raise ValueError("an n-gram needs pieces to count")
        return np.concatenate(joined), np.concatenate(predicted)

    def _count(self, ids: np.ndarray, predicted: np.ndarray) -> list[Level]:
        piece = np.cumsum(~predicted & np.concatenate([predicted[1:], [False]]))
        pieces = int(piece[-1]) + 1
        tables: list[list[np.ndarray]] = []  # of each order: keys, counts, continuation counts
        numbers = np.zeros(len(ids), dtype=np.int64)  # of the gram that ends at each place
        for _ in range(self.highest):
            contexts = np.concatenate([[0], numbers[:-1]])
            keys, longer = np.unique(contexts * self.vocabulary + ids, return_inverse=True)
            told = longer[predicted]
            if self.once_a_piece:
                told = np.sort(told * np.int64(pieces) + piece[predicted])
                told = told[np.diff(told, prepend=-1) > 0] // pieces
            counts = np.bincount(told, minlength=len(keys))
            if tables:
                # A shorter gram continues once for every different longer gram that ends in it.
                shorter = np.zeros(len(keys), dtype=np.int64)
                shorter[longer] = numbers
                kinds = np.bincount(shorter[counts > 0], minlength=len(tables[-1][0]))
                tables[-1].append(kinds)
            tables.append([keys, counts])
            numbers = longer
        levels, context_count = [], 1
        for keys, *counted in tables:
            contexts = keys // self.vocabulary
            parts = [smoothed(counts, contexts, context_count) for counts in counted]
            levels.append(Level(keys, parts[0], parts[1] if len(parts) > 1 else None))
            context_count = len(keys)
        return levels

    def _grams(self, ids: np.ndarray, highest: int) -> list[np.ndarray]:
        """For k = 0 to `highest`: the number of the k ids up to each place, (T,), -1 if unknown."""
        found = [np.zeros(len(ids), dtype=np.int64)]
        for level in self.levels[:highest]:
            contexts = np.concatenate([[min(0, 1 - len(found))], found[-1][:-1]])
            found.append(self._numbers(level, contexts, ids))
        return found

    def _numbers(self, level: Level, contexts: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Numbers of grams, -1 for those that never stood."""
        keys = contexts * self.vocabulary + ids
        places = np.minimum(np.searchsorted(level.keys, keys), len(level.keys) - 1)
        return np.where((contexts >= 0) & (level.keys[places] == keys), places, -1)

    def _chances(self, before: list[np.ndarray], grams: list[np.ndarray], order: int) -> np.ndarray:
        """Probabilities, from the numbers of contexts (k = 0 on) and of grams (k = 1 on)."""
        chances = np.full(len(grams[0]), 1 / self.vocabulary)
        for k in range(order):
            part = self.levels[k].highest if k == order - 1 else self.levels[k].lower
            assert part is not None
            share = np.where(grams[k] >= 0, part.share[grams[k]], 0.0)
            rest = np.where(before[k] >= 0, part.rest[before[k]], 1.0)
            chances = share + rest * chances
        return chances

    def _padded(self, ids: Sequence[int] | np.ndarray, order: int) -> np.ndarray:
        if not 1 <= order <= self.highest:
            raise ValueError(f"this n-gram has orders 1 to {self.highest}, not {order}")
        return np.concatenate([np.full(order, PADDING, dtype=np.int64), np.asarray(ids)])

    def nats_by_order(self, ids: np.ndarray, orders: Sequence[int]) -> dict[int, np.ndarray]:
        """For each order, nats of the ids after the first given what stands before, (T - 1,)."""
        highest = max(orders)
        numbers = self._grams(self._padded(ids, highest), highest)
        before = [found[highest:-1] for found in numbers]
        grams = [found[highest + 1 :] for found in numbers[1:]]
        return {order: -np.log(self._chances(before, grams, order)) for order in orders}

    def nats(self, ids: np.ndarray, order: int) -> np.ndarray:
        """Nats of the ids after the first, each after what stands before it, (T - 1,)."""
        return self.nats_by_order(ids, [order])[order]

    def distribution(self, before: Sequence[int], order: int) -> np.ndarray:
        """Probability of every id after `before`, which begins with BOS, (V,)."""
        numbers = self._grams(self._padded(before, order), order)
        contexts = [np.repeat(found[-1:], self.vocabulary) for found in numbers[:order]]
        ids = np.arange(self.vocabulary)
        grams = [self._numbers(self.levels[k], contexts[k], ids) for k in range(order)]
        return self._chances(contexts, grams, order)
