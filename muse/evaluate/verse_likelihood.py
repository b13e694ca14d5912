"""Bits per character of held-out verse: a network's and an n-gram's, of exactly the same characters.

What is counted of a text, and what is given, says `verse_texts.py`. The n-gram is interpolated
modified Kneser-Ney over characters (`kneser_ney.py`); it writes the text and its end, and every
character of the held-out texts is in its alphabet, so none costs extra. Sums run over all texts before
they are divided. Intervals are 95 % percentile bootstraps over texts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muse.evaluate.kneser_ney import KneserNey
from muse.evaluate.likelihood import TokenNats
from muse.evaluate.verse_texts import TextWindow

TOKENS_AT_ONCE = 8192
_BOS, _EOS, _FIRST = 1, 2, 3


@dataclass(frozen=True, eq=False)
class TextLikelihood:
    """Nats and characters of texts, (P,) each."""

    nats: np.ndarray
    characters: np.ndarray

    @property
    def bits_per_character(self) -> float:
        """Bits of all that counts over all characters."""
        return float(self.nats.sum() / math.log(2) / self.characters.sum())

    def interval(self, draws: int = 1000, seed: int = 0) -> tuple[float, float]:
        """95 % interval of the bits per character."""
        chosen = np.random.default_rng(seed).integers(0, len(self.nats), (draws, len(self.nats)))
        sums = self.nats[chosen].sum(axis=1) / self.characters[chosen].sum(axis=1)
        low, high = np.percentile(sums / math.log(2), [2.5, 97.5])
        return float(low), float(high)

    def figures(self) -> dict[str, Any]:
        """The numbers as JSON values."""
        return {
            "bits_per_character": round(self.bits_per_character, 4),
            "interval_95": [round(end, 4) for end in self.interval()],
            "texts": len(self.nats),
            "characters": int(self.characters.sum()),
        }


def network_likelihood(
    model: TokenNats, texts: Sequence[Sequence[TextWindow]], characters: Sequence[int]
) -> TextLikelihood:
    """Score texts by a network.

    Args:
        model: gives the nats of ids after the first.
        texts: the windows of each text.
        characters: how many each text has.
    """
    todo = sorted(
        ((number, window) for number, windows in enumerate(texts) for window in windows),
        key=lambda entry: len(entry[1].ids),
    )
    nats = np.zeros(len(texts))
    while todo:
        # The longest are at the end; with them go so many that little memory is held.
        many = max(1, TOKENS_AT_ONCE // len(todo[-1][1].ids))
        some, todo = todo[-many:], todo[:-many]
        for (number, window), losses in zip(some, model([window.ids for _, window in some])):
            nats[number] += losses[window.counted[1:]].sum()
    return TextLikelihood(nats, np.asarray(characters))


class CharacterNgram:
    """Kneser-Ney over the characters of texts.

    Args:
        texts: what it counts.
        alphabet: characters that it must know besides those of the texts.
        highest: the highest order that can be asked.
    """

    def __init__(self, texts: Sequence[str], alphabet: Iterable[str], highest: int) -> None:
        known = sorted(set(alphabet).union(*texts))
        points = np.array([ord(character) for character in known], dtype=np.uint32)
        self._points = points
        self.model = KneserNey(map(self._ids, texts), len(known) + _FIRST, highest)

    def _ids(self, text: str) -> np.ndarray:
        points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        ids = np.searchsorted(self._points, points) + _FIRST
        return np.concatenate([[_BOS], ids, [_EOS]])

    def likelihoods(self, texts: Sequence[str], orders: Sequence[int]) -> dict[int, TextLikelihood]:
        """For each order the likelihood of the texts."""
        nats = {order: np.zeros(len(texts)) for order in orders}
        for number, text in enumerate(texts):
            for order, found in self.model.nats_by_order(self._ids(text), orders).items():
                nats[order][number] = found.sum()
        counts = np.array([len(text) for text in texts])
        return {order: TextLikelihood(found, counts) for order, found in nats.items()}


def best_order(by_order: dict[int, TextLikelihood]) -> int:
    """The order that finds the texts likeliest."""
    return min(by_order, key=lambda order: by_order[order].bits_per_character)


def less(one: TextLikelihood, other: TextLikelihood, seed: int = 0) -> dict[str, Any]:
    """By how much `one` needs fewer bits than `other` for the same texts, as a share of them.

    Raises:
        ValueError: if they are not of the same texts.
    """
    if not np.array_equal(one.characters, other.characters):
        raise ValueError("likelihoods are compared text by text: these are of other texts")
    count = len(one.nats)
    chosen = np.random.default_rng(seed).integers(0, count, (1000, count))
    shares = 1 - one.nats[chosen].sum(axis=1) / other.nats[chosen].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    share = 1 - float(one.nats.sum() / other.nats.sum())
    return {"share": round(share, 4), "interval_95": [round(float(low), 4), round(float(high), 4)]}
