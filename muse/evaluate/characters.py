"""Held-out nats a character of texts, exactly: the published tables of character-level modelling.

Conventions:
    * Every character of every text is scored exactly once; what begins a text (BOS) is not. Nats
      are natural logarithms, summed over all texts and divided by their characters.
    * A text that fits into the model's window is read at once. A longer one is read in windows that
      overlap by half: a window counts only what the one before it did not reach, so every character
      is given at least the half of a window of what stands before it, or all of it.
    * `windows_apart` are windows side by side that know nothing of each other, each of whose
      characters counts: that is what nanoGPT's mean over random windows estimates (here exactly,
      each character once). A character is then given half a window on average, so this figure is
      higher.
    * A character outside the vocabulary costs the nats of `UNK` and those of saying which it is
      (see `tokens/characters.py`), so tables of several vocabularies are of the same thing.
    * A model is, as in `likelihood.py`, a function from the ids of windows to the nats of the ids
      after each first: networks and n-grams are scored alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from muse.evaluate.likelihood import WINDOWS_AT_ONCE, TokenNats, Window
from muse.tokens.characters import CharacterTokenizer


@dataclass(frozen=True)
class CharacterScore:
    """Nats of so many characters, of which so many are unknown, in so many texts."""

    nats: float
    characters: int
    unknown: int
    texts: int

    @property
    def nats_per_character(self) -> float:
        """Mean nats of a character."""
        return self.nats / self.characters

    @property
    def bits_per_character(self) -> float:
        """Mean bits of a character."""
        return self.nats_per_character / math.log(2)


def windows(piece: np.ndarray, context: int) -> Iterator[Window]:
    """Windows that overlap by half; a model reads at most `context` ids of each.

    Args:
        piece: ids of a text, its mark first, (T,).
        context: most ids that are read; a window has one more, which is only predicted.
    """
    width = context + 1
    yield Window(piece[:width], 1, 1)
    done = width
    while done < len(piece):
        start = min(done - context // 2, len(piece) - width)
        yield Window(piece[start : start + width], done - start, done)
        done = start + width


def windows_apart(piece: np.ndarray, context: int) -> Iterator[Window]:
    """Windows side by side: each reads `context` ids and counts all that it predicts."""
    for start in range(0, max(len(piece) - 1, 1), context):
        yield Window(piece[start : start + context + 1], 1, start + 1)


def character_score(
    model: TokenNats,
    pieces: Iterable[np.ndarray],
    tokenizer: CharacterTokenizer,
    context: int,
    windows: Callable[[np.ndarray, int], Iterator[Window]] = windows,
) -> CharacterScore:
    """Score texts.

    Args:
        model: gives the nats of ids after the first.
        pieces: ids of each text, its mark first.
        tokenizer: of the ids.
        context: most ids that the model reads at once.
        windows: how a text is cut: `windows` or `windows_apart`.

    Raises:
        ValueError: if there is no character to score.
    """
    unknown_id, nats, characters, unknown, texts = tokenizer.vocabulary["UNK"], 0.0, 0, 0, 0
    todo: list[Window] = []
    for piece in pieces:
        todo += windows(piece, context)
        texts += 1
    todo.sort(key=lambda window: len(window.ids))  # so that little is padded
    for at in range(0, len(todo), WINDOWS_AT_ONCE):
        some = todo[at : at + WINDOWS_AT_ONCE]
        for window, found in zip(some, model([window.ids for window in some])):
            fresh = window.ids[window.first :]
            nats += float(found[window.first - 1 :].sum())
            characters += len(fresh)
            unknown += int((fresh == unknown_id).sum())
    if not characters:
        raise ValueError("there is no character to score")
    return CharacterScore(nats + unknown * tokenizer.unknown_nats, characters, unknown, texts)
