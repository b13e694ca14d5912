"""Token by token, with a key-value cache: prefill once, fork for variations, mask, draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from muse.grammar.base import Grammar
from muse.sampling.base import NextToken, Step
from muse.sampling.policies import Policy


@dataclass(frozen=True)
class Autoregressive:
    """Draws one id a step for every piece of a batch, until each has written `stop`.

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
        self, model: NextToken, start: Tensor, *, rng: Sequence[torch.Generator]
    ) -> Iterator[Step]:
        """Steps from a prompt.

        Args:
            model: scores next tokens.
            start: the prompt, (1, T) for all pieces or (B, T) one for each; T >= 1.
            rng: one generator for each piece. A prompt of one row is read once and its cache
                forked for all of them.

        Yields:
            Steps with state (B, T + index + 1) and fresh (B, 1).

        Raises:
            ValueError: if prompts and generators do not agree.
        """
        count = len(rng)
        if start.ndim != 2 or start.shape[0] not in (1, count) or not start.shape[1]:
            raise ValueError(f"{tuple(start.shape)} prompt ids do not fit {count} generators")
        cache = model.new_cache(start.shape[0], start.shape[1] + self.length)
        logits = model(start, cache)[:, -1]
        if start.shape[0] != count:
            cache, logits = cache.fork(count), logits.expand(count, -1)
        prompt = start.shape[1]
        # Written in place, so that a long piece costs no copy at each step.
        ids = start.new_zeros(count, prompt + self.length)
        ids[:, :prompt] = start
        states = [self.grammar.start() for _ in rng] if self.grammar else []
        ended = [False] * count
        for index in range(self.length):
            chosen = self._choose(logits, ids[:, : prompt + index], states, ended, rng)
            ids[:, prompt + index] = chosen
            for row, id in enumerate(chosen.tolist()):
                if ended[row]:
                    continue
                ended[row] = id == self.stop
                if self.grammar and not ended[row]:
                    states[row] = self.grammar.after(states[row], id)
            yield Step(index, self.length, ids[:, : prompt + index + 1], chosen[:, None])
            if all(ended) or index == self.length - 1:
                return
            logits = model(chosen[:, None], cache)[:, -1]

    def _choose(
        self, logits: Tensor, ids: Tensor, states: list[Any], ended: list[bool],
        rng: Sequence[torch.Generator],
    ) -> Tensor:  # fmt: skip
        """The next id of each piece, (B,)."""
        if self.grammar:
            masks = torch.ones(logits.shape, dtype=torch.bool)
            for row, state in enumerate(states):
                if not ended[row]:
                    masks[row] = self.grammar.allowed(state)
            logits = logits.masked_fill(~masks, -torch.inf)
        for policy in self.policies:
            logits = policy(logits, ids)
        # Inverse of the cumulative distribution at one uniform number a piece, in double
        # precision, so that the batch a piece stands in does not change what it draws.
        sums = logits.double().softmax(dim=-1).cumsum(dim=-1)
        chosen = []
        for row, generator in enumerate(rng):
            if ended[row]:
                chosen.append(self.stop or 0)
                continue
            # Kept below one, so that rounding never picks an id behind the last possible one.
            level = torch.rand(1, generator=generator, dtype=torch.float64).clamp(max=1 - 2**-40)
            chosen.append(int(torch.searchsorted(sums[row], level * sums[row, -1], right=True)))
        return torch.tensor(chosen, dtype=ids.dtype)
