"""What is to be written of a story, and how it joins what stands already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from muse.makers.english_drawing import TextPlan
from muse.tokens.units import spaced, units_of

ENDS = ".!?…"
"""Marks that end a sentence."""
CLOSING = "”’)\"'"
"""Marks that may stand behind its end."""


@dataclass(frozen=True)
class StoryJob:
    """What is to be written of a story.

    Attributes:
        plan: what the model reads, and what may follow.
        begun: paragraphs that stand already.
        joins: whether what is written goes on with the last of them.
        read: the new paragraphs that ids behind the prompt say, the first not capitalised if it
            goes on with another.
    """

    plan: TextPlan
    begun: tuple[str, ...]
    joins: bool
    read: Callable[[Sequence[int]], list[str]]

    def paragraphs(self, ids: Sequence[int]) -> tuple[str, ...]:
        """All paragraphs, the old and the new."""
        new = self.read(ids)
        if not self.joins or not new:
            return (*self.begun, *new)
        before = self.begun[-1]
        last, first = units_of(before)[-1], units_of(new[0])[:1]
        space = " " if len(spaced([last, *first])) > len(last) + len("".join(first)) else ""
        return (*self.begun[:-1], before + space + new[0], *new[1:])

    def behind(self, ids: Sequence[int]) -> str:
        """What stands behind the old paragraphs."""
        return "\n\n".join(self.paragraphs(ids))[len("\n\n".join(self.begun)) :]
