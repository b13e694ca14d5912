"""From noise to a sample in a few steps: diffusion and flow matching, pictures and sound alike.

A path is a grid of (alpha, sigma) with x = alpha x0 + sigma noise, from noise to sigma 0. A model
answers x0 (`Denoiser`); what it was trained to say (noise, v, a velocity) is a wrapper of
`parametrisation.py`, and so are guidance and what is kept of a given sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from muse.sampling.base import Denoiser, Step

Path = tuple[tuple[float, float], ...]
SOLVERS = ("euler", "heun", "multistep")


def rectified(steps: int, start: float = 1.0) -> Path:
    """The straight path x = (1 - t) x0 + t noise from t = `start` to 0 (Liu et al. 2022)."""
    return tuple((1 - t, t) for t in np.linspace(_start(start), 0, _steps(steps) + 1).tolist())


def karras(steps: int, smallest: float = 0.002, largest: float = 80.0, rho: float = 7.0) -> Path:
    """The variance-exploding path of Karras et al. (2022), then sigma 0."""
    ends = largest ** (1 / rho), smallest ** (1 / rho)
    levels = np.linspace(*ends, _steps(steps)) ** rho
    return (*((1.0, float(level)) for level in levels), (1.0, 0.0))


def cosine(steps: int, start: float = 1.0) -> Path:
    """The variance-preserving path alpha = cos, sigma = sin of an angle (Nichol and Dhariwal 2021)."""
    angles = np.linspace(_start(start), 0, _steps(steps) + 1) * math.pi / 2
    return tuple((math.cos(angle), math.sin(angle)) for angle in angles.tolist())


def _steps(steps: int) -> int:
    if steps < 1:
        raise ValueError(f"a path has at least one step, not {steps}")
    return steps


def _start(start: float) -> float:
    if not 0 < start <= 1:
        raise ValueError(f"a path starts above 0 and up to 1, not at {start}")
    return start


def noise(shape: Sequence[int], rng: Sequence[np.random.Generator]) -> Tensor:
    """Standard normal noise (B, *shape), each piece from its own generator."""
    pieces = [generator.standard_normal(tuple(shape), dtype=np.float32) for generator in rng]
    return torch.from_numpy(np.stack(pieces))


@dataclass(frozen=True)
class Flow:
    """Walks a path from noise, or from a noisy sample, to a clean one.

    Attributes:
        path: (alpha, sigma) of each point; the first is where the start lies.
        solver: "euler" (one call a step: DDIM, Karras's Euler and rectified flow in one line),
            "heun" (two calls, second order) or "multistep" (one call, second order:
            DPM-Solver++ 2M, Lu et al. 2022).
        cond: handed to the model.
    """

    path: Path
    solver: str = "euler"
    cond: Any = None

    def __post_init__(self) -> None:
        if self.solver not in SOLVERS:
            raise ValueError(f"no solver {self.solver!r}; there are: {', '.join(SOLVERS)}")
        sigmas = [sigma for _, sigma in self.path]
        if len(sigmas) < 2 or any(a <= b for a, b in zip(sigmas, sigmas[1:])):
            raise ValueError("a path needs two points or more, of falling sigma")

    def steps(
        self, model: Denoiser, start: Tensor, *, rng: Sequence[np.random.Generator] = ()
    ) -> Iterator[Step]:
        """Steps from `start` (B, ...), which lies at the path's first point.

        Yields:
            Steps whose `fresh` is the model's present idea of the clean sample: a preview.
        """
        x, total = start, len(self.path) - 1
        past: tuple[Tensor, float] | None = None
        for index, (here, there) in enumerate(zip(self.path, self.path[1:])):
            x0 = model(x, *here, self.cond)
            ahead = x0
            if there[1] > 0:  # the last step is of first order: at sigma 0 there is no slope
                if self.solver == "heun":
                    guess = towards(x, x0, here, there)
                    ahead = _heun(x, x0, model(guess, *there, self.cond), guess, here, there)
                elif self.solver == "multistep" and past is not None:
                    ahead = _extrapolated(x0, past, here, there)
            past = (x0, _log_ratio(here)) if here[0] > 0 else None
            x = towards(x, ahead, here, there)
            yield Step(index, total, x, x0)


def towards(x: Tensor, x0: Tensor, here: tuple[float, float], there: tuple[float, float]) -> Tensor:
    """Euler's step: keep the noise that x holds if x0 is what it hides, at the new point."""
    ratio = there[1] / here[1]
    return ratio * x + (there[0] - ratio * here[0]) * x0


def _heun(
    x: Tensor, x0: Tensor, next_x0: Tensor, guess: Tensor,
    here: tuple[float, float], there: tuple[float, float],
) -> Tensor:  # fmt: skip
    """The x0 whose Euler step from `here` is the step with the mean slope of both ends.

    The slope is taken along the path's own time, d x = (d alpha) x0 + (d sigma) noise.
    """
    (a, s), (b, r) = here, there
    noise_here, noise_there = (x - a * x0) / s, (guess - b * next_x0) / r
    mean_x0, mean_noise = (x0 + next_x0) / 2, (noise_here + noise_there) / 2
    reached = x + (b - a) * mean_x0 + (r - s) * mean_noise
    ratio = r / s
    return (reached - ratio * x) / (b - ratio * a)


def _log_ratio(point: tuple[float, float]) -> float:
    return math.log(point[0] / point[1])


def _extrapolated(
    x0: Tensor, past: tuple[Tensor, float], here: tuple[float, float], there: tuple[float, float]
) -> Tensor:
    """x0 carried half a step on along its last change, in the log of alpha / sigma."""
    older, when = past
    now = _log_ratio(here)
    weight = (_log_ratio(there) - now) / (2 * (now - when))
    return x0 + weight * (x0 - older)
