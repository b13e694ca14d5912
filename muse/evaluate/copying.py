"""How much of a text stood in the training data: the longest shared run of words, and shingles.

Conventions:
    * Words are whatever things follow each other: English words in small letters, Chinese
      characters. Points and line ends are passed over, so a run may go on over lines, but never
      from one training text into the next.
    * A run of n words is looked up as a 64-bit hash among the hashes of all runs of n words. As a shared
      run holds shared shorter ones, the longest is found by doubling and halving n. With ten
      million runs and ten thousand questions, the chance that any hit is a meeting of hashes is
      about one in a hundred million, so hits are not compared again.
    * Shingle overlap is the share of a text's runs of five words that stand in the training data (Broder
      1997).
    * People repeat what others wrote, too (phrases, quotations): each figure stands beside that of
      held-out human poems of the same length.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SHINGLE = 5
_BASE = 0x9E3779B97F4A7C15
_TABLES_KEPT = 12


@dataclass(frozen=True)
class Copied:
    """How much of a text is shared: words of it, of its longest shared run, where that begins, and
    the share of its shingles (nan if it has none)."""

    words: int
    run: int
    start: int
    shingles: float


class TrainingText:
    """The runs of words of many texts, to look runs up in.

    Args:
        texts: the words of each text.
    """

    def __init__(self, texts: Iterable[Sequence[Hashable]]) -> None:
        self._numbers: dict[Hashable, int] = {}
        numbered = [
            np.array([self._numbers.setdefault(w, len(self._numbers) + 1) for w in words], np.int64)
            for words in texts
        ]
        sizes = np.array([len(each) for each in numbered], dtype=np.int64)
        self._ids = np.concatenate([np.zeros(0, np.int64), *numbered])
        ends = np.repeat(np.cumsum(sizes), sizes)
        self._room = ends - np.arange(len(ends))  # words from each place to its text's end
        self._tables: OrderedDict[int, np.ndarray] = OrderedDict()

    def copied(self, words: Sequence[Hashable]) -> Copied:
        """How much of a text is shared; the earliest of equally long runs."""
        # A word that was never trained on has number 0, which no run has.
        ids = np.array([self._numbers.get(word, 0) for word in words], dtype=np.int64)
        good, bad = 0, 2
        while bad <= len(ids) and self._shared(ids, bad).any():
            good, bad = bad, 2 * bad
        bad = min(bad, len(ids) + 1)
        while good + 1 < bad:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self._shared(ids, middle).any() else (good, middle)
        start = int(np.flatnonzero(self._shared(ids, good))[0]) if good else 0
        runs = self._shared(ids, SHINGLE)
        return Copied(len(ids), good, start, float(runs.mean()) if len(runs) else float("nan"))

    def _shared(self, ids: np.ndarray, length: int) -> np.ndarray:
        """Whether the run of `length` words from each place stands in the training data."""
        if len(ids) < length:
            return np.zeros(0, dtype=bool)
        table = self._table(length)
        if not len(table):
            return np.zeros(len(ids) - length + 1, dtype=bool)
        wanted = run_hashes(ids, length)
        return table[np.minimum(np.searchsorted(table, wanted), len(table) - 1)] == wanted

    def _table(self, length: int) -> np.ndarray:
        """The different hashes of all runs of `length` words, sorted."""
        if length not in self._tables:
            hashes = run_hashes(self._ids, length)
            self._tables[length] = np.unique(hashes[self._room[: len(hashes)] >= length])
            if len(self._tables) > _TABLES_KEPT:
                self._tables.popitem(last=False)
        self._tables.move_to_end(length)
        return self._tables[length]


def run_hashes(ids: np.ndarray, length: int) -> np.ndarray:
    """Hashes of the runs of `length` words from every place, (T - length + 1,): polynomials modulo
    2**64 of well mixed numbers, mixed again."""
    values = _mixed(ids)
    count = len(ids) - length + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    found = np.zeros(count, dtype=np.uint64)
    for offset in range(length):
        found = found * np.uint64(_BASE) + values[offset : offset + count]
    return _mixed(found)


def _mixed(values: np.ndarray) -> np.ndarray:
    """Whole numbers spread over 64 bits (Steele et al. 2014, SplitMix64)."""
    x = values.astype(np.uint64) + np.uint64(_BASE)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def copying_figures(found: Sequence[Copied]) -> dict[str, Any]:
    """Quantiles of the longest shared runs and of the shares of shingles of some texts."""
    runs = np.array([each.run for each in found])
    shares = np.array([each.shingles for each in found])
    shares = shares[~np.isnan(shares)]
    figures: dict[str, Any] = {"texts": len(found), "run_most": int(runs.max())}
    for name, percent in (("median", 50), ("90", 90), ("99", 99)):
        figures[f"run_{name}"] = float(np.percentile(runs, percent))
        if len(shares):
            figures[f"shingles_{name}"] = round(float(np.percentile(shares, percent)), 4)
    return figures | {
        "run_mean": round(float(runs.mean()), 3),
        "shingles_mean": round(float(shares.mean()), 4) if len(shares) else None,
    }
