"""Pictures as tokens: the class, then the codes of a mosaic row by row."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from muse.tokens.base import Vocabulary

CLASSES = 10
CODES = 240
"""Of the mosaics that are written: levels 8, 6 and 5 (see `models/mosaic.py`)."""

PLACES = 49
"""Codes of a picture, seven rows of seven."""


@cache
def mosaic_vocabulary() -> Vocabulary:
    """The tokens."""
    names = ["PAD", "BOS", "EOS"]
    names += [f"Class_{number}" for number in range(CLASSES)]
    names += [f"Code_{number}" for number in range(CODES)]
    return Vocabulary(tuple(names))


def mosaic_ids(label: int, codes: Iterable[int]) -> list[int]:
    """The ids of a picture of a class: one more than it has codes."""
    vocabulary = mosaic_vocabulary()
    first = vocabulary["Code_0"]
    return [vocabulary[f"Class_{label}"], *(first + int(code) for code in codes)]


def codes_of(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The codes (B, PLACES) in rows of ids (B, T); whatever is no code is left out, and 0 fills up."""
    first = mosaic_vocabulary()["Code_0"]
    found = np.zeros((len(ids), PLACES), np.int64)
    for row, each in enumerate(ids):
        codes = each[(each >= first) & (each < first + CODES)][:PLACES] - first
        found[row, : len(codes)] = codes
    return found
