"""Which of several scenes or stories is shown first: the model's likelihood, repetition, variety.

The likeliest text says the same again and again; so likelihood counts as it stands, while runs of words
said again, and fewer or more different words than people use, cost more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from muse.theory.prosody_en import FUNCTION_WORDS
from muse.tokens.units import is_word, units_of

T = TypeVar("T")

USUAL_RUNS = 0.028
"""Runs of three words that stood before: mean plus one spread of 3,375 stretches of twelve speeches
from 49 plays (mean 0.012, spread 0.016)."""
USUAL_AGAIN = (0.178, 0.063)
"""Words that bear meaning and stood before, mean and spread of the same stretches."""
RUNS, AGAIN = 10.0, 0.25
"""What the share of such runs above the usual costs, and each spread beyond the first, in nats a
token."""


@dataclass(frozen=True)
class RankedText(Generic[T]):
    """A candidate; a smaller `distance` is better. `piece` is its number in the batch."""

    work: T
    piece: int
    nats_per_token: float
    distance: float


def words_of(text: str) -> list[str]:
    """The words of a text, small."""
    return [unit.lower() for unit in units_of(text) if is_word(unit)]


def runs_again(words: Sequence[str], size: int = 3) -> float:
    """Share of runs of so many words that stood before, 0 to 1."""
    runs = list(zip(*(words[start:] for start in range(size))))
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def words_again(words: Sequence[str]) -> float:
    """Share of words that bear meaning and stood before, 0 to 1."""
    meant = [word for word in words if word not in FUNCTION_WORDS]
    return 1 - len(set(meant)) / len(meant) if meant else 0.0


def rank_text(work: T, text: str, piece: int, nats_per_token: float) -> RankedText[T]:
    """A candidate with its distance; `text` is what was written of it."""
    words = words_of(text)
    cost = RUNS * max(0.0, runs_again(words) - USUAL_RUNS)
    if len(words) >= 60:  # of fewer, the usual share is not known
        mean, spread = USUAL_AGAIN
        cost += AGAIN * max(0.0, abs(words_again(words) - mean) / spread - 1)
    return RankedText(work, piece, nats_per_token, nats_per_token + cost)


def best_texts(ranked: Sequence[RankedText[T]], size: int) -> list[RankedText[T]]:
    """The best of every `size` candidates, the best of these first."""
    groups = [ranked[first : first + size] for first in range(0, len(ranked), size)]
    best = [min(group, key=lambda each: each.distance) for group in groups]
    return sorted(best, key=lambda each: each.distance)
