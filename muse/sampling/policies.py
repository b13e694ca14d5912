"""Policies: pure functions that reshape next-token logits before a token is drawn.

Shapes:
    logits (B, K) float32, of which forbidden ids are -inf; ids (B, T), all tokens so far.
    A policy that `reads_ids` sees the logits of the whole vocabulary, column i for id i. Any other
    may be given the allowed ids alone, in whatever columns: it knows of likelihood only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from muse.sampling.base import Ids, Logits


class Policy(Protocol):
    """(logits (B, K), ids (B, T)) -> logits (B, K)."""

    reads_ids: ClassVar[bool]

    def __call__(self, logits: Logits, ids: Ids) -> Logits: ...


def _without(logits: Logits, dropped: np.ndarray) -> Logits:
    """The logits with some, (B, K) bool, forbidden."""
    return np.where(dropped, np.float32(-np.inf), logits)


@dataclass(frozen=True)
class Temperature:
    """Divide logits by `value`: below 1 bolder choices, above 1 wider ones, 0 the likeliest id."""

    reads_ids: ClassVar[bool] = False
    value: float

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 10:
            raise ValueError(f"temperature must lie from 0 to 10, not {self.value}")

    def __call__(self, logits: Logits, ids: Ids) -> Logits:
        if self.value == 0:
            found = np.full_like(logits, -np.inf)
            found[np.arange(len(logits)), logits.argmax(axis=1)] = 0
            return found
        return logits / np.float32(self.value)


@dataclass(frozen=True)
class TopK:
    """Keep the `count` likeliest ids, and others as likely as the last of them."""

    reads_ids: ClassVar[bool] = False
    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"top-k must keep at least one id, not {self.count}")

    def __call__(self, logits: Logits, ids: Ids) -> Logits:
        place = logits.shape[1] - self.count
        if place <= 0:
            return logits
        least = np.partition(logits, place, axis=1)[:, place, None]
        return _without(logits, logits < least)


@dataclass(frozen=True)
class TopP:
    """Keep the likeliest ids that together reach probability `mass` (Holtzman et al. 2020).

    Others as likely as the last of them stay too, so that it does not matter where an id stands.
    """

    reads_ids: ClassVar[bool] = False
    mass: float

    def __post_init__(self) -> None:
        if not 0 < self.mass <= 1:
            raise ValueError(f"top-p must lie above 0 and up to 1, not {self.mass}")

    def __call__(self, logits: Logits, ids: Ids) -> Logits:
        ordered = np.sort(logits, axis=1)[:, ::-1]
        chances = np.exp(ordered - ordered[:, :1])
        sums = np.cumsum(chances, axis=1, dtype=np.float64)
        needed = (sums - chances < self.mass * sums[:, -1:]).sum(axis=1)
        least = ordered[np.arange(len(logits)), needed - 1]
        return _without(logits, logits < least[:, None])


@dataclass(frozen=True)
class MinP:
    """Drop ids less likely than `share` of the likeliest (Nguyen et al. 2024)."""

    reads_ids: ClassVar[bool] = False
    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1:
            raise ValueError(f"min-p must lie from 0 to below 1, not {self.share}")

    def __call__(self, logits: Logits, ids: Ids) -> Logits:
        if self.share == 0:
            return logits
        least = logits.max(axis=1, keepdims=True) + np.float32(math.log(self.share))
        return _without(logits, logits < least)


@dataclass(frozen=True)
class Repetition:
    """Make ids of the last `window` tokens less likely by `penalty` (Keskar et al. 2019)."""

    reads_ids: ClassVar[bool] = True
    penalty: float
    window: int = 64

    def __post_init__(self) -> None:
        if self.penalty < 1 or self.window < 1:
            raise ValueError("a repetition penalty is at least 1, over a window of at least 1")

    def __call__(self, logits: Logits, ids: Ids) -> Logits:
        recent = ids[:, -self.window :]
        scores = np.take_along_axis(logits, recent, axis=1)
        penalty = np.float32(self.penalty)
        found = logits.copy()
        penalised = np.where(scores > 0, scores / penalty, scores * penalty)
        np.put_along_axis(found, recent, penalised, axis=1)
        return found


@dataclass(frozen=True)
class RepeatedRun:
    """Make an id less likely, by `nats`, that would end a run of `length` ids that stands already.

    A soft form of the n-gram blocking of Paulus et al. (2018): what a grammar forces stays possible.
    """

    reads_ids: ClassVar[bool] = True
    length: int = 4
    nats: float = 4.0

    def __post_init__(self) -> None:
        if self.length < 2 or self.nats < 0:
            raise ValueError("a run has at least two ids, and costs no less than nothing")

    def __call__(self, logits: Logits, ids: Ids) -> Logits:
        if ids.shape[1] < self.length:
            return logits
        before = sliding_window_view(ids[:, :-1], self.length - 1, axis=1)
        same = (before == ids[:, None, 1 - self.length :]).all(axis=2)
        rows, places = np.nonzero(same)
        if not len(rows):
            return logits
        ends = ids[rows, places + self.length - 1]
        found = logits.copy()
        found[rows, ends] = logits[rows, ends] - np.float32(self.nats)
        return found


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
