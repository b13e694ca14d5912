"""Whether two sets of tunes have the same statistics: overlapping areas, and what chance allows.

Conventions:
    * A set is a number for each tune, nan where it is not defined; nans are left out.
    * The overlapping area of two sets is the area under the lower of their two normalised
      histograms, 0 (apart) to 1 (equal). The measure is Yang and Lerch's (2018) of what two sets'
      densities share; here it is of the values themselves in common bins, not of kernel
      densities of pairwise distances.
    * Even two samples of one source do not overlap fully. The noise floor is what samples of the
      training set, as large as the set that is judged, reach against the held-out set: a set
      whose area lies below the floor's 5 % point differs from held-out tunes by more than chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

BINS = 20


@dataclass(frozen=True)
class Compared:
    """One statistic of a set against that of held-out tunes.

    Attributes:
        mean, spread: mean and standard deviation of the set.
        human_mean, human_spread: of the held-out tunes.
        overlap: overlapping area of the two.
        floor: 5 % point of what samples of the training set reach.
        expected: mean of what they reach.
        count, human_count: tunes in each that have the statistic.
    """

    mean: float
    spread: float
    human_mean: float
    human_spread: float
    overlap: float
    floor: float
    expected: float
    count: int
    human_count: int

    @property
    def within_noise(self) -> bool:
        """Whether a sample of human tunes would often overlap no more."""
        return self.overlap >= self.floor

    @property
    def shift(self) -> float:
        """How far the mean lies from the human one, in human standard deviations."""
        return (self.mean - self.human_mean) / self.human_spread if self.human_spread else 0.0

    def figures(self) -> dict[str, Any]:
        """The numbers as JSON values; what is not defined is None."""
        values = self.__dict__ | {"shift": self.shift}
        rounded = {k: None if np.isnan(v) else round(v, 4) for k, v in values.items()}
        return rounded | {"within_noise": self.within_noise}


def common_edges(sets: Sequence[np.ndarray], bins: int = BINS) -> np.ndarray:
    """Edges of equal bins from the 1 % to the 99 % point of all values; the outer two are open."""
    values = np.concatenate([known(each) for each in sets])
    low, high = np.percentile(values, [1, 99]) if len(values) else (0.0, 1.0)
    if high <= low:
        low, high = low - 0.5, low + 0.5
    edges = np.linspace(low, high, bins + 1)
    edges[0], edges[-1] = -np.inf, np.inf
    return edges


def known(values: np.ndarray) -> np.ndarray:
    """The values without nans."""
    values = np.asarray(values, dtype=np.float64)
    return values[~np.isnan(values)]


def overlapping_area(one: np.ndarray, other: np.ndarray, edges: np.ndarray) -> float:
    """Area under the lower of two normalised histograms, 0 to 1; nan if a set is empty."""
    one, other = known(one), known(other)
    if not len(one) or not len(other):
        return float("nan")
    shares = [_counts(each, edges) / len(each) for each in (one, other)]
    return float(np.minimum(*shares).sum())


def noise_floor(
    train: np.ndarray,
    held_out: np.ndarray,
    size: int,
    edges: np.ndarray,
    draws: int = 400,
    seed: int = 0,
) -> np.ndarray:
    """Overlapping areas of bootstrap samples of `size` training values with held-out ones, (draws,)."""
    rng = np.random.default_rng(seed)
    train = known(train)
    samples = train[rng.integers(0, len(train), (draws, size))]
    return np.array([overlapping_area(sample, held_out, edges) for sample in samples])


def compared(
    judged: np.ndarray, held_out: np.ndarray, train: np.ndarray, draws: int = 400, seed: int = 0
) -> Compared:
    """A statistic of a set of tunes against held-out tunes, with the noise floor of training tunes.

    The bins are common to human tunes and the judged set.
    """
    edges = common_edges([train, held_out])
    some = known(judged)
    human = known(held_out)
    floor = noise_floor(train, held_out, max(len(some), 1), edges, draws, seed)
    return Compared(
        float(some.mean()) if len(some) else float("nan"), float(some.std()) if len(some) else 0.0,
        float(human.mean()), float(human.std()), overlapping_area(some, human, edges),
        float(np.percentile(floor, 5)), float(floor.mean()), len(some), len(human),
    )  # fmt: skip


def columns(rows: Sequence[Mapping[str, float]]) -> dict[str, np.ndarray]:
    """The statistics of tunes, one array for each name."""
    return {name: np.array([row[name] for row in rows]) for name in (rows[0] if rows else ())}


def _counts(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    places = np.searchsorted(edges[1:-1], values, side="right")
    return np.bincount(places, minlength=len(edges) - 1)
