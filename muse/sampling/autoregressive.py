"""Token by token, with a key-value cache: prefill once, fork for variations, mask, draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muse.grammar.base import Grammar, Mask
from muse.sampling.base import Ids, KeyValueCache, Logits, NextToken, Step
from muse.sampling.policies import Policy

LARGEST_LEVEL = 1 - 2**-40
"""Most of the mass at which an id is drawn, so that rounding never picks one behind the last
possible one."""


@dataclass(frozen=True)
class Autoregressive:
    """Draws one id a step for every piece of a batch, until each has written `stop`.

    Where the grammar leaves one id, that id is written without asking the model, and no number is
    drawn. The model reads such ids later, together with the next ones whose outcome is open.

    Attributes:
        length: most new ids.
        stop: the id that ends a piece; a piece that has ended repeats it.
        policies: reshape the logits, in order, after the grammar's mask.
        grammar: which ids may come next; None allows all.
    """

    length: int
    stop: int | None = None
    policies: tuple[Policy, ...] = ()
    grammar: Grammar[Any] | None = None

    def steps(
        self, model: NextToken, start: Ids, *, rng: Sequence[np.random.Generator]
    ) -> Iterator[Step[Ids]]:
        """Steps from a prompt.

        Args:
            model: scores next tokens.
            start: the prompt, (1, T) for all pieces or (B, T) one for each; T >= 1.
            rng: one generator for each piece. A prompt of one row is read once and its cache
                forked for all of them.

        Yields:
            Steps with state (B, T + index + 1) and fresh (B, 1). The states are views of one
            array, whose written places do not change.

        Raises:
            ValueError: if prompts and generators do not agree.
        """
        count = len(rng)
        if start.ndim != 2 or start.shape[0] not in (1, count) or not start.shape[1]:
            raise ValueError(f"{start.shape} prompt ids do not fit {count} generators")
        prompt = start.shape[1]
        ids = np.zeros((count, prompt + self.length), dtype=np.int64)
        ids[:, :prompt] = start
        cache = model.new_cache(len(start), ids.shape[1])
        reading = _Reading(model, ids, prompt, len(start) < count, cache)
        states = [self.grammar.start() for _ in rng] if self.grammar else []
        live, stop = np.arange(count), -1 if self.stop is None else self.stop
        for index in range(self.length):
            place = prompt + index
            ids[:, place] = stop  # of those that have ended; it is written over in all others
            masks = self._masks(states, live)
            forced = _only_ids(masks) if masks is not None else np.full(len(live), -1)
            ids[live, place] = forced
            if len(chosen := np.flatnonzero(forced < 0)):
                logits = reading.logits(place, live)[chosen]
                some = masks[chosen] if masks is not None else None
                generators = [rng[piece] for piece in live[chosen]]
                ids[live[chosen], place] = self._drawn(
                    logits, some, ids[live[chosen], :place], generators
                )
            if self.grammar:
                for piece in live.tolist():
                    if (id := int(ids[piece, place])) != stop:
                        states[piece] = self.grammar.after(states[piece], id)
            yield Step(index, self.length, ids[:, : place + 1], ids[:, place : place + 1])
            live = live[ids[live, place] != stop]
            if not len(live):
                return

    def _masks(self, states: Sequence[Any], live: Ids) -> Mask | None:
        """What the grammar allows each piece that is still being written, (live, V)."""
        if self.grammar is None:
            return None
        return np.stack([self.grammar.allowed(states[piece]) for piece in live])

    def _drawn(
        self, logits: Logits, masks: Mask | None, ids: Ids, rng: Sequence[np.random.Generator]
    ) -> Ids:
        """One id a row, from logits (B, V) of which `masks` (B, V) are allowed."""
        # Policies that look at ids want all columns. The others, and the draw, want no more than
        # what is allowed: often few ids of many.
        first = max((n + 1 for n, each in enumerate(self.policies) if each.reads_ids), default=0)
        if masks is not None and first:
            logits = np.where(masks, logits, np.float32(-np.inf))
        for policy in self.policies[:first]:
            logits = policy(logits, ids)
        names = None
        if masks is not None:
            logits, names = _gathered(logits, masks)
        for policy in self.policies[first:]:
            logits = policy(logits, ids)
        chosen = inverse_draw(logits, np.array([each.random() for each in rng]))
        return chosen if names is None else names[np.arange(len(chosen)), chosen]


def inverse_draw(logits: Logits, levels: NDArray[np.float64]) -> Ids:
    """The inverse of each row's cumulative distribution at a level from 0 to 1, (B,).

    In double precision, and summed in order, so that neither the rest of the batch nor columns of
    -inf behind the last id change what is drawn.
    """
    most = logits.max(axis=1, keepdims=True).astype(np.float64)
    sums = np.exp(logits - most).cumsum(axis=1)
    wanted = np.minimum(levels, LARGEST_LEVEL)[:, None] * sums[:, -1:]
    return (sums <= wanted).sum(axis=1)


def _only_ids(masks: Mask) -> Ids:
    """The one id that each row of (B, V) allows, -1 where it allows more."""
    return np.where(masks.sum(axis=1) == 1, masks.argmax(axis=1), -1)


def _gathered(logits: Logits, masks: Mask) -> tuple[Logits, Ids]:
    """The allowed columns of each row, side by side in their order, and the ids that they are of.

    Returns:
        Logits and ids, each (B, K) for the most ids that a row allows; behind fewer stands -inf.
    """
    counts = masks.sum(axis=1)
    filled = np.arange(counts.max()) < counts[:, None]
    found = np.full(filled.shape, -np.inf, dtype=np.float32)
    names = np.zeros(filled.shape, dtype=np.int64)
    found[filled] = logits[masks]
    names[filled] = np.flatnonzero(masks) % masks.shape[1]
    return found, names


@dataclass
class _Reading:
    """The model's side of a draw: what it has read, and of which pieces.

    Attributes:
        model: the network.
        ids: of all pieces, (B, T); written by the sampler.
        prompt: how many of them are the prompt.
        shared: whether the prompt is one for several pieces.
        cache: of the pieces that are read.
        rows: the pieces that the cache holds, in its order.
    """

    model: NextToken
    ids: Ids
    prompt: int
    shared: bool
    cache: KeyValueCache
    rows: Ids = field(init=False)
    read: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.rows = np.arange(len(self.ids))

    def logits(self, place: int, live: Ids) -> Logits:
        """The logits of what stands at `place` of the pieces `live`, (live, V)."""
        if not self.read:
            found = self._prefilled()
            if place == self.prompt:
                return found[live]
        if 2 * len(live) <= len(self.rows):
            # Pieces that have ended cost as much as others: they are dropped, though not one by
            # one, for the cache is copied each time.
            self.cache.keep(np.searchsorted(self.rows, live))
            self.rows = live
        found = self.model.scores(self.ids[self.rows, self.read : place], self.cache)
        self.read = place
        return found[np.searchsorted(self.rows, live)]

    def _prefilled(self) -> Logits:
        """Read the prompt, once if it is the same for all; the logits of what follows it, (B, V)."""
        count, self.read = len(self.rows), self.prompt
        asked = self.ids[:1] if self.shared else self.ids
        found = self.model.scores(asked[:, : self.prompt].copy(), self.cache)
        if not self.shared:
            return found
        self.cache = self.cache.fork(count)
        return np.repeat(found, count, axis=0)
