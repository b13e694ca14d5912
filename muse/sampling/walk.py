"""A walk through a latent space: between two places, around one, or along a direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from muse.sampling.base import Step


def slerp(a: Tensor, b: Tensor, part: float) -> Tensor:
    """The latent `part` of the way from a (D,) to b (D,) along the sphere (Shoemake 1985).

    Gaussian latents lie near a sphere; a straight line would cut through its empty middle. The
    length goes over from one to the other in a line. Nearly parallel latents are joined by a line.
    """
    lengths = a.norm(), b.norm()
    if min(lengths) < 1e-8:
        return torch.lerp(a, b, part)
    cosine = (a @ b / (lengths[0] * lengths[1])).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if angle < 1e-4 or torch.pi - angle < 1e-4:
        return torch.lerp(a, b, part)
    units = a / lengths[0], b / lengths[1]
    mixed = torch.sin((1 - part) * angle) * units[0] + torch.sin(part * angle) * units[1]
    return mixed / torch.sin(angle) * torch.lerp(*lengths, part)


@dataclass(frozen=True)
class Walk:
    """Visits `count` latents from the first of `start` to its last, ends included.

    With more than two places in `start`, the walk passes through all of them, each stretch of the
    same number of steps.

    Attributes:
        count: waypoints in all, at least 2.
        straight: along lines and not along the sphere.
    """

    count: int
    straight: bool = False

    def __post_init__(self) -> None:
        if self.count < 2:
            raise ValueError(f"a walk has at least its two ends, not {self.count} places")

    def steps(
        self, model: Any, start: Tensor, *, rng: Sequence[np.random.Generator] = ()
    ) -> Iterator[Step]:
        """Steps through places `start` (P, D), P >= 2.

        Args:
            model: what turns a latent (1, D) into a sample; it may be None. The walk itself draws
                nothing: `fresh` is the sample, or the latent where there is no model.

        Yields:
            Steps whose `state` is the latents so far (n, D).
        """
        if start.ndim != 2 or len(start) < 2:
            raise ValueError(f"a walk needs two places or more, not a tensor {tuple(start.shape)}")
        seen: list[Tensor] = []
        for index in range(self.count):
            at = index * (len(start) - 1) / (self.count - 1)
            stretch = min(int(at), len(start) - 2)
            a, b, part = start[stretch], start[stretch + 1], at - stretch
            z = torch.lerp(a, b, part) if self.straight else slerp(a, b, part)
            seen.append(z)
            fresh = z[None] if model is None else model(z[None])
            yield Step(index, self.count, torch.stack(seen), fresh)
