"""An n-gram of the same tokens: the baseline that a trained decoder has to beat.

Interpolated modified Kneser-Ney (Chen and Goodman 1999): three discounts for each order, from
the counts of counts; below the highest order, a gram counts as often as there are different tokens
before it. The lowest order is interpolated with the uniform distribution over the vocabulary.

Conventions:
    * A gram of k tokens is numbered by the number of its first k - 1 tokens and its last one,
      so numbers are exact, not hashes. A context that never stood in the training data has
      number -1; the order below then stands for it whole.
    * Pieces are padded before BOS, so that no context reaches into another piece. Neither padding
      nor BOS is ever predicted.
    * Nats are natural logarithms; the protocol of scoring is that of `likelihood.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from muse.evaluate.likelihood import CONTEXT, Likelihood, likelihood

PADDING = 0
"""The id that fills contexts before BOS: PAD."""

ORDERS = range(3, 11)
"""The orders among which the validation split chooses."""


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
    """

    def __init__(self, pieces: Iterable[np.ndarray], vocabulary: int, highest: int) -> None:
        if highest < 1:
            raise ValueError("an n-gram is of order 1 or more")
        self.vocabulary, self.highest = vocabulary, highest
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
        tables: list[list[np.ndarray]] = []  # of each order: keys, counts, continuation counts
        numbers = np.zeros(len(ids), dtype=np.int64)  # of the gram that ends at each place
        for _ in range(self.highest):
            contexts = np.concatenate([[0], numbers[:-1]])
            keys, longer = np.unique(contexts * self.vocabulary + ids, return_inverse=True)
            counts = np.bincount(longer[predicted], minlength=len(keys))
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

    def _contexts(self, ids: np.ndarray, order: int) -> list[np.ndarray]:
        """For k = 0 to `order - 1`: the number of the k tokens up to each place, -1 if unknown."""
        found = [np.zeros(len(ids), dtype=np.int64)]
        for level in self.levels[: order - 1]:
            contexts = np.concatenate([[0 if len(found) == 1 else -1], found[-1][:-1]])
            found.append(self._numbers(level, contexts, ids))
        return found

    def _numbers(self, level: Level, contexts: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Numbers of grams, -1 for those that never stood."""
        keys = contexts * self.vocabulary + ids
        places = np.minimum(np.searchsorted(level.keys, keys), len(level.keys) - 1)
        return np.where((contexts >= 0) & (level.keys[places] == keys), places, -1)

    def _chances(self, contexts: Sequence[np.ndarray], ids: np.ndarray) -> np.ndarray:
        """Probability of each id after its context."""
        chances = np.full(len(ids), 1 / self.vocabulary)
        for k, numbers in enumerate(contexts):
            level = self.levels[k]
            part = level.highest if k == len(contexts) - 1 else level.lower
            assert part is not None
            grams = self._numbers(level, numbers, ids)
            share = np.where(grams >= 0, part.share[grams], 0.0)
            rest = np.where(numbers >= 0, part.rest[numbers], 1.0)
            chances = share + rest * chances
        return chances

    def _checked(self, order: int) -> int:
        if not 1 <= order <= self.highest:
            raise ValueError(f"this n-gram has orders 1 to {self.highest}, not {order}")
        return order

    def nats(self, ids: np.ndarray, order: int) -> np.ndarray:
        """Nats of the ids after the first, each after what stands before it, (T - 1,)."""
        order = self._checked(order)
        padded = np.concatenate([np.full(order, PADDING, dtype=np.int64), ids])
        contexts = [found[order:-1] for found in self._contexts(padded, order)]
        return -np.log(self._chances(contexts, np.asarray(ids[1:], dtype=np.int64)))

    def distribution(self, before: Sequence[int], order: int) -> np.ndarray:
        """Probability of every id after `before`, which begins with BOS, (V,)."""
        order = self._checked(order)
        padded = np.array([PADDING] * order + list(before), dtype=np.int64)
        contexts = [
            np.repeat(found[-1:], self.vocabulary) for found in self._contexts(padded, order)
        ]
        return self._chances(contexts, np.arange(self.vocabulary))


def chosen_order(
    model: KneserNey, valid: Iterable[np.ndarray], orders: Iterable[int] = ORDERS
) -> tuple[int, Mapping[int, float]]:
    """The order with the fewest bits per note on validation pieces, and those bits of each."""
    pieces = list(valid)
    bits = {order: scored(model, pieces, order).bits_per_note for order in orders}
    best = min(bits, key=lambda order: (bits[order], order))
    if not math.isfinite(bits[best]):
        raise ValueError("no order gives the validation pieces a probability")
    return best, bits


def scored(
    model: KneserNey, pieces: Iterable[np.ndarray], order: int, context: int = CONTEXT
) -> Likelihood:
    """Pieces scored by one order, in the windows of `likelihood.py`."""
    return likelihood(lambda ids: model.nats(ids, order), pieces, context)
