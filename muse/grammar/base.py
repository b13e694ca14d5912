"""What a grammar is, and how two of them hold at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

S = TypeVar("S")
A = TypeVar("A")
B = TypeVar("B")

Mask = NDArray[np.bool_]
"""Which ids may come next, (V,), or of each piece, (B, V)."""


class Grammar(Protocol[S]):
    """An automaton over ids.

    A grammar offers an id only if a legal end can still be reached after it, so `allowed` is
    never all False before the end, and whatever is drawn from it is legal.
    """

    def start(self) -> S:
        """The state before the first new id."""
        ...

    def after(self, state: S, id: int) -> S:
        """The state once `id`, which was allowed, has been written."""
        ...

    def allowed(self, state: S) -> Mask:
        """Which ids may come next, (V,) bool."""
        ...


@dataclass(frozen=True)
class Both(Generic[A, B]):
    """The ids that two grammars allow.

    Only for grammars that cannot corner each other: if one may forbid all that the other still
    allows, they must share one automaton, as pitch rules do in `harmony.py`.
    """

    first: Grammar[A]
    second: Grammar[B]

    def start(self) -> tuple[A, B]:
        return self.first.start(), self.second.start()

    def after(self, state: tuple[A, B], id: int) -> tuple[A, B]:
        return self.first.after(state[0], id), self.second.after(state[1], id)

    def allowed(self, state: tuple[A, B]) -> Mask:
        return self.first.allowed(state[0]) & self.second.allowed(state[1])


@dataclass(frozen=True)
class Slots:
    """A fixed number of places, each with the ids that it may hold.

    Attributes:
        size: of the vocabulary.
        choices: for each place the ids allowed there, never none.
        end: the id allowed once all places are filled.
    """

    size: int
    choices: tuple[Sequence[int], ...]
    end: int

    def start(self) -> int:
        return 0

    def after(self, state: int, id: int) -> int:
        return state + 1

    def allowed(self, state: int) -> Mask:
        mask = np.zeros(self.size, dtype=bool)
        mask[list(self.choices[state]) if state < len(self.choices) else [self.end]] = True
        return mask
