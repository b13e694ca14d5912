"""How near drawn pictures are to real ones: distances of features, variety, copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]


@dataclass(frozen=True)
class Normal:
    """Mean (D,) and covariance (D, D) of features."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


def normal_of(features: Features) -> Normal:
    """The normal distribution with the moments of features (N, D), N >= 2."""
    values = features.astype(np.float64)
    if values.ndim != 2 or len(values) < 2:
        raise ValueError(f"moments are taken of features (N, D), two or more, not {values.shape}")
    return Normal(values.mean(axis=0), np.atleast_2d(np.cov(values, rowvar=False)))


def frechet_distance(a: Normal, b: Normal) -> float:
    """The squared 2-Wasserstein distance of two normals (Dowson and Landau 1982).

    Of Inception's features it is the FID (Heusel et al. 2017). The trace of the root of the product
    of the covariances is the sum of the roots of the eigenvalues of root(A) B root(A).
    """
    values, vectors = np.linalg.eigh(a.covariance)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    product = np.linalg.eigvalsh(root @ b.covariance @ root).clip(0)
    traces = np.trace(a.covariance) + np.trace(b.covariance) - 2 * np.sqrt(product).sum()
    return float(max(0.0, ((a.mean - b.mean) ** 2).sum() + traces))


def principal_components(rows: Features, count: int) -> tuple[Features, Features]:
    """Mean (D,) and the `count` main directions (count, D) of rows (N, D), by eigenvectors."""
    values = rows.astype(np.float64)
    mean = values.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(values, rowvar=False))
    return mean, vectors[:, ::-1][:, :count].T


def class_distance(
    drawn: Features, drawn_labels: NDArray[np.int64], real: Features, labels: NDArray[np.int64]
) -> float:
    """The mean over the classes of the Fréchet distances of features (N, D) within a class.

    A mode that is lost within a class, and a picture of another class than was asked, both count.
    """
    found = [
        frechet_distance(normal_of(drawn[drawn_labels == c]), normal_of(real[labels == c]))
        for c in np.unique(labels)
    ]
    return float(np.mean(found))


def nearest_distances(
    rows: Features, others: Features, leave_out: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Euclidean distance of each row (N, D) to the nearest of `others` (M, D), and which it is.

    Args:
        rows: for each of these one distance.
        others: where neighbours are sought.
        leave_out: the two are the same set, and a row is no neighbour of itself.
    """
    far, near, which = others.astype(np.float32), [], []
    lengths = (far**2).sum(axis=1)
    for at in range(0, len(rows), 256):
        some = rows[at : at + 256].astype(np.float32)
        squares = (some**2).sum(axis=1)[:, None] - 2 * some @ far.T + lengths
        if leave_out:
            squares[np.arange(len(some)), at + np.arange(len(some))] = np.inf
        which.append(squares.argmin(axis=1))
        near.append(squares.min(axis=1).clip(0))
    return np.sqrt(np.concatenate(near)).astype(np.float64), np.concatenate(which)


def copied_share(
    drawn: NDArray[np.float64], held_out: NDArray[np.float64], level: float = 0.01
) -> float:
    """The share of drawn pictures nearer to a training picture than all but `level` of held-out ones.

    `level` itself is what pictures get that were never copied.
    """
    return float((drawn < np.quantile(held_out, level)).mean())


def class_shares(labels: Sequence[int] | NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """How frequent each of the classes is, (classes,)."""
    times = np.bincount(np.asarray(labels), minlength=classes)
    return times / max(times.sum(), 1)


def modes_held(features: Features, real: Features, clusters: int = 100, seed: int = 0) -> int:
    """In how many of the clusters of real features (N, D) some drawn feature (M, D) lies.

    Clusters are those of ten rounds of k-means (Lloyd 1982) over the real ones, begun at points
    that are drawn. Of a generator that lost a style of a digit, its clusters stay empty.
    """
    rng, clusters = np.random.default_rng(seed), min(clusters, len(real))
    centres = real[rng.choice(len(real), clusters, replace=False)].astype(np.float32)
    for _ in range(10):
        _, nearest = nearest_distances(real, centres)
        for cluster in range(clusters):
            members = real[nearest == cluster]
            if len(members):
                centres[cluster] = members.mean(axis=0)
    return len(np.unique(nearest_distances(features, centres)[1]))
