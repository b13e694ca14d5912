"""How the promises of forms are kept: random wishes, poems, an independent judge, faults by rule."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

RULES = (
    ("does not scan", "metre"), ("syllables", "syllables"),
    ("not in the dictionary", "words of the dictionary"),
    ("twice in a row", "a word twice in a row"), ("marks", "punctuation"),
    ("full stop", "punctuation"), ("again", "refrains"), ("does not repeat", "refrains"),
    ("rhyme", "rhyme"), ("as it was given", "locked lines"),
    ("does not begin with", "acrostic"), ("does not end in", "fixed ends"), ("has no", "fixed words"),
    ("place", "tones"), ("level", "tones"), ("the end", "tones"),
    ("lines of", "lengths of lines"), ("lengths", "lengths of lines"), ("lines", "number of lines"),
)  # fmt: skip
"""Words of a fault, and the rule that it breaks; the first that fits."""


class FormWish(Protocol):
    """A wish by the options of `makers.poem_wishes.PoemWish`, the form's name, and its judge."""

    @property
    def options(self) -> dict[str, Any]: ...
    @property
    def form(self) -> str: ...
    def faults(self, lines: Sequence[str]) -> list[str]: ...


@dataclass(frozen=True)
class FormReport:
    """How promises were kept.

    Attributes:
        drawn: poems of each form.
        refused: wishes that were refused.
        broken: for each poem that breaks a promise, the number of its wish and what it breaks.
    """

    drawn: Mapping[str, int]
    refused: int
    broken: Mapping[int, tuple[str, ...]]

    @property
    def rules(self) -> dict[str, int]:
        """How many poems break each rule."""
        found: Counter[str] = Counter()
        for faults in self.broken.values():
            found.update({rule_of(fault) for fault in faults})
        return dict(found)


def rule_of(fault: str) -> str:
    """The rule that a fault breaks."""
    return next((rule for words, rule in RULES if words in fault), "other")


def form_report(
    write: Callable[[Mapping[str, Any], int], Sequence[str] | None],
    poems: int,
    wish: Callable[[random.Random], FormWish],
    seed: int = 0,
) -> FormReport:
    """Wish until so many poems are written, and judge each.

    Args:
        write: the lines of a poem for the options of a wish and a seed; None if it is refused.
        poems: how many are judged.
        wish: makes a random wish.
        seed: of the wishes.
    """
    rng = random.Random(seed)
    drawn: Counter[str] = Counter()
    broken: dict[int, tuple[str, ...]] = {}
    number = refused = 0
    while drawn.total() < poems:
        asked = wish(rng)
        lines = write(asked.options, number)
        if lines is None:
            refused += 1
        else:
            drawn[asked.form] += 1
            faults = asked.faults(lines)
            if faults:
                broken[number] = tuple(faults)
        number += 1
    return FormReport(dict(drawn), refused, broken)
