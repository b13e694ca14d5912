"""What is known of a trained latent space: directions of attributes, and a map of it.

    space.json     beside the bundle's weights: for each attribute its mean and spread over training
                   windows and the direction in which it grows; two principal components of the means,
                   and where some held-out windows lie on them

A direction is the mean of the latents of windows that have much of an attribute less the mean of those that
have little (Larsen et al. 2016; Roberts et al. 2018), made perpendicular to the directions of all other
attributes, and as long as moves the measured attribute by one spread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from muse.bundle_files import read_json, write_json
from muse.works.base import WishError

SPACE_FILE = "space.json"
HIGH_SHARE = 0.25
"""Windows with the most, and the least, of an attribute that make its direction."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Direction:
    """Where an attribute grows.

    Attributes:
        mean, spread: of the attribute over training windows, in its unit.
        step: the latent of a bar moves by this for one spread of the attribute, (D,).
    """

    mean: float
    spread: float
    step: tuple[float, ...]


@dataclass(frozen=True)
class Map:
    """A plane through the latents of windows.

    Attributes:
        centre: the mean latent, (D,).
        axes: the first two principal components, each (D,).
        points: where held-out windows lie on them.
    """

    centre: tuple[float, ...]
    axes: tuple[tuple[float, ...], tuple[float, ...]]
    points: tuple[tuple[float, float], ...]

    def place(self, latents: Floats) -> tuple[float, float]:
        """Where a tune lies whose bars have these latents (n, D)."""
        offset = latents.mean(axis=0) - np.array(self.centre)
        x, y = np.array(self.axes) @ offset
        return float(x), float(y)


@dataclass(frozen=True)
class LatentSpace:
    """Directions by attribute, and the map."""

    directions: Mapping[str, Direction]
    map: Map


def perpendicular(directions: Floats) -> Floats:
    """Each row of (A, D) less all of it that lies along the other rows."""
    found = np.empty_like(directions)
    for place, row in enumerate(directions):
        others = np.delete(directions, place, axis=0)
        along, *_ = np.linalg.lstsq(others.T, row, rcond=None)
        found[place] = row - along @ others
    return found


def first_directions(latents: Floats, measured: Floats) -> Floats:
    """Directions (A, D) along which the attributes of windows grow, by one spread a length.

    Args:
        latents: of windows, their bars' mean, (n, D).
        measured: their attributes, (n, A).

    The lengths are first ones, read off the line that fits the attribute along the direction.
    """
    count = max(1, int(HIGH_SHARE * len(latents)))
    rows = []
    for values in measured.T:
        order = np.argsort(values, kind="stable")
        rows.append(latents[order[-count:]].mean(axis=0) - latents[order[:count]].mean(axis=0))
    found = perpendicular(np.array(rows))
    for place, values in enumerate(measured.T):
        unit = found[place] / max(float(np.linalg.norm(found[place])), 1e-9)
        along = (latents - latents.mean(axis=0)) @ unit
        slope = float(along @ (values - values.mean())) / max(float(along @ along), 1e-9)
        length = float(values.std()) / max(slope, 1e-6)
        # A weak attribute would ask for a step out of the space, which is about this wide.
        found[place] = unit * min(length, 3 * float(np.linalg.norm(latents.std(axis=0))))
    return found


def principal_map(latents: Floats, points: Floats) -> Map:
    """The plane of the two principal components of latents (n, D), with `points` (m, D) on it."""
    centre = latents.mean(axis=0)
    _, _, components = np.linalg.svd(latents - centre, full_matrices=False)
    axes = components[:2]
    placed = (points - centre) @ axes.T
    return Map(
        tuple(centre.round(5).tolist()),
        (tuple(axes[0].round(6).tolist()), tuple(axes[1].round(6).tolist())),
        tuple((round(float(x), 4), round(float(y), 4)) for x, y in placed),
    )


def save_space(folder: Path, space: LatentSpace) -> None:
    """Write `space.json` of a bundle. Raises WishError."""
    write_json(folder / SPACE_FILE, asdict(space))


def load_space(folder: Path, size: int) -> LatentSpace | None:
    """Read `space.json` of a bundle whose bars have `size` numbers; None if there is none.

    Raises:
        WishError: if the file is malformed or of another size.
    """
    path = folder / SPACE_FILE
    if not path.is_file():
        return None
    try:
        space = msgspec.convert(read_json(path, dict), LatentSpace)
    except msgspec.ValidationError as error:
        raise WishError(f"{path}: {error}") from error
    vectors: list[Sequence[float]] = [space.map.centre, *space.map.axes]
    vectors += [each.step for each in space.directions.values()]
    if any(len(vector) != size for vector in vectors):
        raise WishError(f"{path}: a direction does not have the {size} numbers of the latents")
    numbers: list[Any] = [number for vector in vectors for number in vector]
    numbers += [number for point in space.map.points for number in point]
    numbers += [number for each in space.directions.values() for number in (each.mean, each.spread)]
    if not np.isfinite(np.array(numbers, dtype=np.float64)).all():
        raise WishError(f"{path}: a number is not finite")
    return space
