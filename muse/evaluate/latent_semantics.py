"""Latent semantic analysis of texts: vectors in which texts of like subject lie near each other.

Deerwester et al. (1990): the matrix of texts and terms, weighted by tf-idf, is cut to its largest
singular vectors, found here by subspace iteration from random vectors (Halko et al. 2011). The
matrix is sparse and is never written out. Every term's row is one number by text, and a text is
the weighted sum of its terms' vectors, brought to length one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

_AT_ONCE = 200_000
"""Entries of the matrix that are multiplied at once."""
ROUNDS = 4


@dataclass(frozen=True, eq=False)
class Semantics:
    """What was learned of terms.

    Attributes:
        numbers: of each term.
        rarity: inverse text frequency of each term, (V,).
        vectors: of each term, (V, D): unit columns.
    """

    numbers: dict[Hashable, int]
    rarity: np.ndarray
    vectors: np.ndarray

    def vector(self, terms: Iterable[Hashable]) -> np.ndarray:
        """The vector of a text, (D,), of length one; zeros if none of its terms is known."""
        counts = Counter(self.numbers[term] for term in terms if term in self.numbers)
        found = np.zeros(self.vectors.shape[1])
        for number, count in counts.items():
            found += (1 + np.log(count)) * self.rarity[number] * self.vectors[number]
        length = np.linalg.norm(found)
        return found / length if length else found


@dataclass(frozen=True, eq=False)
class _Sparse:
    """Entries of a matrix of texts and terms, sorted by text."""

    texts: np.ndarray
    terms: np.ndarray
    weights: np.ndarray
    shape: tuple[int, int]

    def times(self, right: np.ndarray) -> np.ndarray:
        """(texts, terms) times (terms, D)."""
        return _summed(self.texts, self.terms, self.weights, right, self.shape[0])

    def turned(self) -> _Sparse:
        """The matrix with rows for columns."""
        order = np.argsort(self.terms, kind="stable")
        return _Sparse(
            self.terms[order], self.texts[order], self.weights[order], self.shape[::-1]
        )  # fmt: skip


def _summed(
    rows: np.ndarray, columns: np.ndarray, weights: np.ndarray, right: np.ndarray, count: int
) -> np.ndarray:
    """Weighted sums of rows of `right` by sorted `rows`, (count, D)."""
    out = np.zeros((count, right.shape[1]), dtype=np.float32)
    for at in range(0, len(rows), _AT_ONCE):
        some = slice(at, at + _AT_ONCE)
        starts = np.flatnonzero(np.diff(rows[some], prepend=-1))
        products = right[columns[some]] * weights[some, None]
        out[rows[some][starts]] += np.add.reduceat(products, starts)
    return out


def learned(
    texts: Sequence[Sequence[Hashable]], terms: int = 8000, dimensions: int = 150,
    commonest: float = 0.3, seed: int = 0,
) -> Semantics:  # fmt: skip
    """Learn the vectors of terms.

    Args:
        texts: the terms of each text.
        terms: how many are known, those that stand in most texts.
        dimensions: of the vectors.
        commonest: the share of texts beyond which a term tells nothing.
        seed: of the random start.

    Raises:
        ValueError: if there are fewer than two texts or terms.
    """
    spread = Counter(term for text in texts for term in set(text))
    often = max(2, commonest * len(texts))
    chosen = [term for term, count in spread.most_common() if 2 <= count <= often][:terms]
    if len(chosen) < 2 or len(texts) < 2:
        raise ValueError("latent semantics needs texts that share terms")
    numbers = {term: number for number, term in enumerate(chosen)}
    rarity = np.log(len(texts) / np.array([spread[term] for term in chosen], dtype=np.float64))
    matrix = _matrix(texts, numbers, rarity)
    other = matrix.turned()
    size = min(dimensions + 10, len(chosen), len(texts))
    basis = np.random.default_rng(seed).standard_normal((len(chosen), size)).astype(np.float32)
    for _ in range(ROUNDS):
        basis = np.linalg.qr(other.times(matrix.times(basis)))[0].astype(np.float32)
    # Within the subspace the right singular vectors are found exactly.
    _, _, turn = np.linalg.svd(matrix.times(basis), full_matrices=False)
    return Semantics(numbers, rarity, (basis @ turn.T)[:, :dimensions].astype(np.float64))


def _matrix(
    texts: Sequence[Sequence[Hashable]], numbers: dict[Hashable, int], rarity: np.ndarray
) -> _Sparse:
    """The tf-idf weights, each text's brought to length one."""
    rows, columns, weights = [], [], []
    for number, text in enumerate(texts):
        counts = Counter(numbers[term] for term in text if term in numbers)
        if not counts:
            continue
        own = np.fromiter(counts, np.int64, len(counts))
        weight = (1 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))) * rarity[own]
        rows.append(np.full(len(own), number))
        columns.append(own)
        weights.append(weight / np.linalg.norm(weight))
    return _Sparse(
        np.concatenate(rows), np.concatenate(columns),
        np.concatenate(weights).astype(np.float32), (len(texts), len(numbers)),
    )  # fmt: skip
