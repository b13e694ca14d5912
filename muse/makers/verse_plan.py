"""What a wish for verse becomes: a prompt, a grammar, and the way back to a poem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from muse.grammar.base import Grammar
from muse.works.poem import Poem


@dataclass(frozen=True)
class VersePlan:
    """What is read, what may follow, and what it means.

    Attributes:
        prompt: ids that the model reads.
        grammar: of the ids that follow.
        length: most ids that may follow, the end included.
        stop: the id that ends a poem.
        read: the poem of the ids that followed, with form, theme and title, without provenance.
    """

    prompt: list[int]
    grammar: Grammar[Any]
    length: int
    stop: int
    read: Callable[[Sequence[int]], Poem]
