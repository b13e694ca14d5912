"""What a form costs: nats per token of verse drawn under a grammar, against the same network's free writing.

Conventions:
    * Poems are drawn at temperature 1, without top-p: then each id is drawn from the network's own
      chances, cut to what the grammar allows and scaled up again.
    * The price of an id is -ln of the chance that the network gives all allowed ids together: the
      Kullback-Leibler divergence of what was drawn from what the network would have drawn there.
    * Beside it stand the nats per token of what was drawn under the form, of what the network writes
      freely after the same prompts, and of held-out human poems of the form, each without any grammar.
      A forced text of a network that wants to write another is unlikely; the price says how much.
    * Nats of text tokens and of labels (line openers, stanza heads, the end) are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muse.grammar.base import Grammar

LogChances = Callable[[np.ndarray], np.ndarray]
"""Ids (T,) -> natural logarithms of the chances of every id after each, (T, V)."""


@dataclass(frozen=True, eq=False)
class Priced:
    """One drawn text, token by token, each (T,).

    Attributes:
        nats: of the drawn ids, by the network alone.
        price: -ln of the chance of all allowed ids.
        allowed: how many ids were allowed.
        text: whether the id is text, not a label.
    """

    nats: np.ndarray
    price: np.ndarray
    allowed: np.ndarray
    text: np.ndarray


def priced(
    network: LogChances, prompt: Sequence[int], drawn: Sequence[int], grammar: Grammar[Any] | None,
    is_text: np.ndarray,
) -> Priced:  # fmt: skip
    """What a drawn text cost.

    Args:
        network: gives the chances of next ids.
        prompt, drawn: what was read, and the ids that followed.
        grammar: under which they were drawn; None if they were drawn freely.
        is_text: which ids are text, (V,) bool.

    Raises:
        ValueError: if the grammar does not allow what was drawn.
    """
    ids = np.array([*prompt, *drawn], dtype=np.int64)
    chances = network(ids[:-1])[len(prompt) - 1 :]
    written = ids[len(prompt) :]
    nats = -chances[np.arange(len(written)), written].astype(np.float64)
    price, allowed = np.zeros(len(written)), np.full(len(written), chances.shape[1])
    if grammar is not None:
        state = grammar.start()
        for place, id in enumerate(written.tolist()):
            mask = np.asarray(grammar.allowed(state), dtype=bool)
            if not mask[id]:
                raise ValueError(f"the grammar does not allow id {id} at place {place}")
            open_to = chances[place, mask].astype(np.float64)
            highest = open_to.max()
            price[place] = -(highest + np.log(np.exp(open_to - highest).sum()))
            allowed[place] = mask.sum()
            if place + 1 < len(written):
                state = grammar.after(state, id)
    return Priced(nats, price, allowed, is_text[written])


def price_figures(some: Iterable[Priced]) -> dict[str, Any]:
    """Means over all tokens of some texts, and over the tokens of their text alone."""
    found = list(some)
    nats, price, allowed, text = (
        np.concatenate([getattr(each, name) for each in found])
        for name in ("nats", "price", "allowed", "text")
    )
    return {
        "texts": len(found), "tokens": len(nats), "text_tokens": int(text.sum()),
        "price_per_token": _mean(price), "price_per_text_token": _mean(price[text]),
        "nats_per_token": _mean(nats), "nats_per_text_token": _mean(nats[text]),
        "forced_share": _mean(allowed == 1),
        "allowed_median": float(np.median(allowed[text])) if text.any() else 0.0,
    }  # fmt: skip


def _mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 4) + 0.0 if len(values) else 0.0
