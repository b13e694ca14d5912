"""A network with a bounded memory: when a sequence outgrows it, only the latest part is reread.

A decoder writes well only as far as it was trained to see. A window keeps the head of the sequence
(the conditions) and the latest whole sections, a bar say, and rereads them when the memory is full.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muse.sampling.base import Ids, Logits, NextToken


@dataclass
class WindowCache:
    """All ids of one sequence and the network's own cache of the part that it sees."""

    inner: Any
    ids: list[int] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Tokens of the whole sequence."""
        return len(self.ids)

    def fork(self, count: int) -> WindowCache:
        """A copy, for a single piece: windows of several pieces would part."""
        if count != 1:
            raise ValueError("a windowed cache holds one piece; draw pieces one by one")
        return WindowCache(self.inner.fork(1), list(self.ids))

    def rewind(self, to: int) -> None:
        """Forget all tokens from place `to` on; only within the part that is still seen."""
        self.inner.rewind(self.inner.length - (len(self.ids) - to))
        del self.ids[to:]

    def keep(self, rows: Ids) -> None:
        """Keep the piece; there is no other."""
        self.inner.keep(rows)


@dataclass(frozen=True)
class Windowed:
    """A `NextToken` that sees at most `size` tokens of a long sequence.

    Attributes:
        model: the network.
        size: most tokens that it sees.
        head: how many tokens at the start are always seen.
        sections: ids that begin a section; a reread part starts with one.
        kept: about how many tokens are reread.
    """

    model: NextToken
    size: int
    head: int
    sections: Collection[int]
    kept: int

    def scores(self, ids: Ids, cache: Any) -> Logits:
        """Read ids (1, T); the logits (1, V) of the token after the last. `cache` is a WindowCache."""
        cache.ids += ids[0].tolist()
        if cache.inner.length + ids.shape[1] <= self.size:
            return self.model.scores(ids, cache.inner)
        cache.inner.rewind(0)
        return self.model.scores(np.array([self.visible(cache.ids)]), cache.inner)

    def nats(self, ids: Ids) -> NDArray[np.float32]:
        """Nats of each token of ids (B, T) after the first, as far as the network sees them at once."""
        return self.model.nats(ids[:, : self.size])

    def visible(self, ids: list[int]) -> list[int]:
        """The head and the latest sections of a sequence, about `kept` tokens of them."""
        earliest = max(self.head, len(ids) - self.kept)
        starts = [at for at in range(earliest, len(ids)) if ids[at] in self.sections]
        return ids[: self.head] + ids[starts[0] if starts else earliest :]

    def new_cache(self, batch: int, length: int) -> WindowCache:
        """A cache for one piece of any length."""
        return WindowCache(self.model.new_cache(batch, self.size))
