"""Policies: pure functions that reshape next-token logits before a token is drawn.

Shapes:
    logits (B, V), of which forbidden ids are -inf; ids (B, T), all tokens so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Policy(Protocol):
    """(logits (B, V), ids (B, T)) -> logits (B, V)."""

    def __call__(self, logits: Tensor, ids: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Temperature:
    """Divide logits by `value`: below 1 bolder choices, above 1 wider ones, 0 the likeliest id."""

    value: float

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 10:
            raise ValueError(f"temperature must lie from 0 to 10, not {self.value}")

    def __call__(self, logits: Tensor, ids: Tensor) -> Tensor:
        if self.value == 0:
            best = logits.argmax(dim=-1, keepdim=True)
            return torch.full_like(logits, -torch.inf).scatter(1, best, 0.0)
        return logits / self.value


@dataclass(frozen=True)
class TopK:
    """Keep the `count` likeliest ids."""

    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"top-k must keep at least one id, not {self.count}")

    def __call__(self, logits: Tensor, ids: Tensor) -> Tensor:
        least = logits.topk(min(self.count, logits.shape[-1]), dim=-1).values[:, -1:]
        return logits.masked_fill(logits < least, -torch.inf)


@dataclass(frozen=True)
class TopP:
    """Keep the likeliest ids that together reach probability `mass` (Holtzman et al. 2020)."""

    mass: float

    def __post_init__(self) -> None:
        if not 0 < self.mass <= 1:
            raise ValueError(f"top-p must lie above 0 and up to 1, not {self.mass}")

    def __call__(self, logits: Tensor, ids: Tensor) -> Tensor:
        ordered, places = logits.sort(dim=-1, descending=True)
        chances = ordered.softmax(dim=-1)
        late = chances.cumsum(dim=-1) - chances >= self.mass
        return logits.masked_fill(torch.zeros_like(late).scatter(1, places, late), -torch.inf)


@dataclass(frozen=True)
class MinP:
    """Drop ids less likely than `share` of the likeliest (Nguyen et al. 2024)."""

    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1:
            raise ValueError(f"min-p must lie from 0 to below 1, not {self.share}")

    def __call__(self, logits: Tensor, ids: Tensor) -> Tensor:
        chances = logits.softmax(dim=-1)
        least = self.share * chances.amax(dim=-1, keepdim=True)
        return logits.masked_fill(chances < least, -torch.inf)


@dataclass(frozen=True)
class Repetition:
    """Make ids of the last `window` tokens less likely by `penalty` (Keskar et al. 2019)."""

    penalty: float
    window: int = 64

    def __post_init__(self) -> None:
        if self.penalty < 1 or self.window < 1:
            raise ValueError("a repetition penalty is at least 1, over a window of at least 1")

    def __call__(self, logits: Tensor, ids: Tensor) -> Tensor:
        recent = ids[:, -self.window :]
        scores = logits.gather(1, recent)
        scores = torch.where(scores > 0, scores / self.penalty, scores * self.penalty)
        return logits.scatter(1, recent, scores)


@dataclass(frozen=True)
class RepeatedRun:
    """Make an id less likely, by `nats`, that would end a run of `length` ids that stands already.

    A soft form of the n-gram blocking of Paulus et al. (2018): what a grammar forces stays possible.
    """

    length: int = 4
    nats: float = 4.0

    def __post_init__(self) -> None:
        if self.length < 2 or self.nats < 0:
            raise ValueError("a run has at least two ids, and costs no less than nothing")

    def __call__(self, logits: Tensor, ids: Tensor) -> Tensor:
        if ids.shape[1] < self.length:
            return logits
        runs = ids.unfold(1, self.length, 1)
        same = (runs[..., :-1] == ids[:, None, 1 - self.length :]).all(dim=-1)
        cost = torch.zeros_like(logits)
        for row in range(len(ids)):
            cost[row, runs[row, same[row], -1]] = self.nats
        return logits - cost


def standard_policies(
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    repetition: float | None = None,
) -> tuple[Policy, ...]:
    """The policies that the named settings ask for, in their usual order."""
    chosen: list[Policy] = []
    if repetition is not None and repetition != 1:
        chosen.append(Repetition(repetition))
    if temperature != 1:
        chosen.append(Temperature(temperature))
    if top_k is not None:
        chosen.append(TopK(top_k))
    if top_p is not None and top_p < 1:
        chosen.append(TopP(top_p))
    if min_p:
        chosen.append(MinP(min_p))
    return tuple(chosen)
