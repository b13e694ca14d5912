"""How much of a tune stood somewhere before: the longest run of notes that it shares with a corpus.

Conventions:
    * A run of L notes is shared if its L - 1 intervals, in semitones, and the proportions of its
      L - 1 inter-onset times are those of a run of the corpus. So a run is found in any key and
      at any note value: eighths against sixteenths, and the same tune in 4/4 or 2/2.
      The length of the last note and rests before onsets do not count; onsets do.
    * Runs do not cross from one work of the corpus into the next.
    * Long runs of human tunes are shared, too: every copied-run figure stands beside that of
      held-out human tunes against the same corpus.

A run of n notes is looked up as a 64-bit hash among the hashes of all runs of n notes; as a
shared run holds shared shorter ones, the longest is found by doubling and halving n. A hit is
compared note by note before it is believed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from muse.works.score import Note

_BASE = 0x9E3779B97F4A7C15
_BASE_INVERSE = pow(_BASE, -1, 2**64)
_TABLES_KEPT = 40
_PROPORTIONS = 1 << 20


@dataclass(frozen=True)
class SharedRun:
    """The longest run of a tune that a corpus has.

    Attributes:
        notes: how many notes it has; 0 if not even two are shared.
        start: its first note in the tune, from 0.
        work: number of the work in the corpus, None if no run is shared.
        work_start: its first note in that work.
    """

    notes: int
    start: int = 0
    work: int | None = None
    work_start: int = 0


@dataclass(frozen=True, eq=False)
class Steps:
    """A tune as steps between its notes, each (N - 1,).

    Attributes:
        intervals: semitones.
        proportions: of each inter-onset time to the one before, as one whole number; the first
            is 0.
    """

    intervals: np.ndarray
    proportions: np.ndarray


def steps_of(notes: Sequence[Note]) -> Steps:
    """The steps of a melody's notes."""
    pitches = np.array([note.pitch for note in notes], dtype=np.int64)
    times = np.diff(np.array([note.start for note in notes], dtype=np.int64))
    proportions = np.zeros(len(times), dtype=np.int64)
    if len(times) > 1:
        shared = np.maximum(np.gcd(times[1:], times[:-1]), 1)
        proportions[1:] = (times[1:] // shared) * _PROPORTIONS + times[:-1] // shared
    return Steps(np.diff(pitches), proportions)


class Corpus:
    """The runs of many works, to look runs up in.

    Args:
        works: the notes of each work's melody.
    """

    def __init__(self, works: Iterable[Sequence[Note]]) -> None:
        found = [steps_of(notes) for notes in works]
        self.sizes = np.array([len(steps.intervals) for steps in found], dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)])
        empty = np.zeros(0, dtype=np.int64)
        self.steps = Steps(
            np.concatenate([empty, *(steps.intervals for steps in found)]),
            np.concatenate([empty, *(steps.proportions for steps in found)]),
        )
        ends = np.repeat(self.starts[1:], self.sizes)
        self._room = ends - np.arange(len(ends))  # steps from each place to its work's end
        self._hashes = _Hashes(self.steps)
        self._tables: OrderedDict[int, np.ndarray] = OrderedDict()

    def longest_run(self, notes: Sequence[Note]) -> SharedRun:
        """The longest run that a tune shares with the corpus; the earliest of equals."""
        steps = steps_of(notes)
        hashes = _Hashes(steps)
        count = len(steps.intervals)
        good, bad = 0, 4  # so many steps are shared, so many are not
        while bad <= count and self._holds(hashes, bad):
            good, bad = bad, 2 * bad
        bad = min(bad, count + 1)
        while good + 1 < bad:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self._holds(hashes, middle) else (good, middle)
        while good:
            run = self._located(steps, hashes, good)
            if run is not None:
                return run
            good -= 1  # a chance meeting of hashes
        return SharedRun(0)

    def _table(self, length: int) -> np.ndarray:
        """Sorted hashes of all runs of `length` steps."""
        if length not in self._tables:
            places = np.flatnonzero(self._room >= length)
            self._tables[length] = np.sort(self._hashes.of(places, length))
            if len(self._tables) > _TABLES_KEPT:
                self._tables.popitem(last=False)
        self._tables.move_to_end(length)
        return self._tables[length]

    def _holds(self, hashes: _Hashes, length: int) -> bool:
        """Whether any run of `length` steps of a tune stands in the corpus."""
        return bool(_are_in(hashes.all(length), self._table(length)).any())

    def _located(self, steps: Steps, hashes: _Hashes, length: int) -> SharedRun | None:
        """The first run of `length` steps that truly stands in the corpus, and where."""
        wanted = hashes.all(length)
        places = np.flatnonzero(self._room >= length)
        there = self._hashes.of(places, length)
        for start in np.flatnonzero(_are_in(wanted, self._table(length))).tolist():
            for place in places[there == wanted[start]].tolist():
                if _equal(steps, start, self.steps, place, length):
                    work = int(np.searchsorted(self.starts, place, side="right")) - 1
                    return SharedRun(length + 1, start, work, place - int(self.starts[work]))
        return None


class _Hashes:
    """Hashes of all runs of steps: polynomials modulo 2**64 of well mixed values."""

    def __init__(self, steps: Steps) -> None:
        self.count = len(steps.intervals)
        self._first = _mixed(steps.intervals)
        powers = _powers(_BASE, self.count)
        values = _mixed(steps.intervals * (1 << 44) + steps.proportions) * powers
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
        self._inverse = _powers(_BASE_INVERSE, self.count + 1)

    def of(self, places: np.ndarray, length: int) -> np.ndarray:
        """Hashes of the runs of `length` steps from each place; the first counts without time."""
        later = self._sums[places + length] - self._sums[places + 1]
        return self._first[places] + _mixed(later * self._inverse[places])

    def all(self, length: int) -> np.ndarray:
        """Hashes of the runs of `length` steps from every place where one fits."""
        return self.of(np.arange(self.count - length + 1), length)


def _powers(base: int, count: int) -> np.ndarray:
    """base**0, base**1, ... modulo 2**64, (count,)."""
    factors = np.full(max(count, 1), base, dtype=np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)[:count]


def _mixed(values: np.ndarray) -> np.ndarray:
    """Whole numbers spread over 64 bits (Steele et al. 2014, SplitMix64)."""
    x = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _are_in(wanted: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Which values stand in a sorted table."""
    if not len(table):
        return np.zeros(len(wanted), dtype=bool)
    return table[np.minimum(np.searchsorted(table, wanted), len(table) - 1)] == wanted


def _equal(one: Steps, start: int, other: Steps, place: int, length: int) -> bool:
    a, b = slice(start, start + length), slice(place, place + length)
    later_a, later_b = slice(start + 1, start + length), slice(place + 1, place + length)
    return np.array_equal(one.intervals[a], other.intervals[b]) and np.array_equal(
        one.proportions[later_a], other.proportions[later_b]
    )
