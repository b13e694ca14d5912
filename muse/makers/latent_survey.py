"""Survey of a trained latent space: the directions of attributes, measured, and the map.

The directions are found among the means of training windows; their lengths are then set by writing held-out
windows anew along each of them and measuring how far the attribute moved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from muse.data.windows import fixed_windows
from muse.evaluate.attributes import ATTRIBUTES, attributes
from muse.makers.latent_space import Direction, LatentSpace, first_directions, principal_map
from muse.makers.latent_writing import Rows, encoded, rewritten
from muse.makers.wishes import Drawing
from muse.models.latent import LatentModel
from muse.sampling.base import generators
from muse.tokens.melody import Sheet
from muse.tokens.melody_reading import score_of_sheet

WINDOW_BARS = (4, 8)
TRIALS, TRIAL_BARS = 32, 8
ROUNDS = 2
"""How often the lengths are set anew."""

MOST_POINTS = 300
DRAWN = Drawing(temperature=0.5)


def survey(
    model: LatentModel, train: Sequence[np.ndarray], valid: Sequence[np.ndarray],
    windows: int = 1500, say: Callable[[str], None] = lambda line: None,
) -> LatentSpace:  # fmt: skip
    """Directions and map of a latent space.

    Args:
        model: trained.
        train, valid: ids of pieces.
        windows: training windows of each length that are read.
        say: is told of each direction.
    """
    latents, measured = _read(model, train, windows)
    spreads = measured.std(axis=0)
    directions = first_directions(latents, measured)
    trials = [(sheet, encoded(model, sheet)) for sheet in fixed_windows(valid, TRIAL_BARS, TRIALS)]
    for _ in range(ROUNDS if trials else 0):
        for place, name in enumerate(ATTRIBUTES):
            moved = _moved(model, trials, directions[place], place)
            factor = spreads[place] / max(moved, 1e-6)
            directions[place] *= min(max(factor, 0.5), 2.0)
            say(f"{name}: a step moved it by {moved / max(spreads[place], 1e-9):.2f} spreads")
    points, _ = _read(model, valid, MOST_POINTS // len(WINDOW_BARS))
    found = {
        name: Direction(
            round(float(measured[:, place].mean()), 5), round(float(spreads[place]), 5),
            tuple(directions[place].round(6).tolist()),
        )
        for place, name in enumerate(ATTRIBUTES)
    }  # fmt: skip
    return LatentSpace(found, principal_map(latents, points))


def _read(
    model: LatentModel, pieces: Sequence[np.ndarray], windows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Latents, the mean of the bars of each window (n, D), and attributes (n, A)."""
    sheets = [s for bars in WINDOW_BARS for s in fixed_windows(pieces, bars, windows)]
    latents = np.array([encoded(model, sheet).mean(axis=0) for sheet in sheets], dtype=np.float64)
    return latents, np.array([attributes(score_of_sheet(sheet)) for sheet in sheets])


def _moved(
    model: LatentModel, trials: Sequence[tuple[Sheet, Rows]], step: np.ndarray, place: int
) -> float:
    """How far an attribute moves, at the mean, for one step along a direction."""
    sheets = [sheet for sheet, _ in trials]
    values = []
    for sign in (1, -1):
        rows = [(each + sign * step).astype(np.float32) for _, each in trials]
        rng = generators(0, len(rows))
        found = rewritten(model, sheets, rows, DRAWN, rng)
        values.append(np.mean([attributes(score_of_sheet(sheet))[place] for sheet in found]))
    return float(values[0] - values[1]) / 2
