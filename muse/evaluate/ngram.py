"""An n-gram of the same tokens: the baseline that a trained decoder has to beat.

The n-gram itself is `kneser_ney.py`.

Conventions:
    * A gram counts once for each piece that has it, however often. Tunes repeat themselves, and
      counting every repeat tells the discounts, which are made for unseen pieces, that a gram is
      commoner than it is: that costs 0.1 to 0.2 bits per note (measured on the validation split).
    * The protocol of scoring is that of `likelihood.py`.
    * `Bar_-n` counts bars down. An n-gram sees no further back than its order, so it cannot know
      the number that comes next, and pays for it in every bar. `without_countdown` gives all
      bars one id: then the number is a gift, and the n-gram is the stronger baseline.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from muse.evaluate.kneser_ney import KneserNey
from muse.evaluate.likelihood import CONTEXT, Likelihood, likelihood, note_count, windows
from muse.tokens.melody import melody_vocabulary

ORDERS = range(3, 11)
"""The orders among which the validation split chooses."""


def tune_ngram(pieces: Iterable[np.ndarray], highest: int) -> KneserNey:
    """The n-gram of tunes, whose repeats do not count."""
    return KneserNey(pieces, len(melody_vocabulary()), highest, once_a_piece=True)


def without_countdown(ids: np.ndarray) -> np.ndarray:
    """The ids with one id for all `Bar_-n`."""
    bars = melody_vocabulary().family("Bar")
    return np.where((ids >= bars.start) & (ids < bars.stop), bars.start, ids)


def scored(
    model: KneserNey, pieces: Iterable[np.ndarray], order: int, context: int = CONTEXT
) -> Likelihood:
    """Pieces scored by one order, in the windows of `likelihood.py`."""
    return likelihood(lambda some: [model.nats(ids, order) for ids in some], pieces, context)


def chosen_order(
    model: KneserNey,
    valid: Iterable[np.ndarray],
    orders: Sequence[int] = ORDERS,
    context: int = CONTEXT,
) -> tuple[int, dict[int, float]]:
    """The order with the fewest bits per note on validation pieces, and those bits of each."""
    nats, notes = dict.fromkeys(orders, 0.0), 0
    for piece in valid:
        for window in windows(piece, context):
            notes += note_count(window.ids[window.first :])
            for order, found in model.nats_by_order(window.ids, orders).items():
                nats[order] += float(found[window.first - 1 :].sum())
    bits = {order: total / math.log(2) / notes for order, total in nats.items()}
    return min(bits, key=lambda order: (bits[order], order)), bits
