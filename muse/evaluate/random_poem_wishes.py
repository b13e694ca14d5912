"""Random wishes for English poems, each with what it promises.

The options are those of `makers.poem_wishes.PoemWish`, by name. Many wishes contradict themselves (an
end that nothing rhymes with, a letter that no word begins with): those must be refused, not broken.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from muse.evaluate.english_form import SHAPES, Promises, broken_promises
from muse.evaluate.themes import THEMES
from muse.theory.lexicon import commonness

_LOCKED = (
    "Shall I compare thee to a summer’s day?",
    "the sea, the sea—the open sea!",
    "And miles to go before I sleep,",
    "Because I could not stop for Death —",
    "  I wandered lonely as a cloud",
    "O Captain! my Captain!",
)
"""Lines as people lock them: with indents, odd metres, any marks."""
_ACROSTICS = ("sea", "muse", "winter", "April", "x", "jazz", "Be mine", "QUEEN", "aaaaaaaa")
_SCHEMES = ("AABB", "ABCB", "AAAA", "ABBA", "ABAC", "ABABABCC", "A", "AB")


@dataclass(frozen=True)
class RandomPoemWish:
    """A wish, the name of its form, and its promises."""

    options: dict[str, Any]
    form: str
    promises: Promises

    def faults(self, lines: Sequence[str]) -> list[str]:
        """What a poem does not keep of the form and the promises."""
        return broken_promises(lines, self.form, self.promises)


def random_poem_wish(rng: random.Random) -> RandomPoemWish:
    """A wish for any form, often with lines, words, ends, letters or rhymes of its own."""
    form = rng.choice(list(SHAPES))
    shape = SHAPES[form]
    options: dict[str, Any] = {"form": form, "theme": rng.choice(("", *THEMES["en"]))}
    fixed: dict[str, Any] = {}
    unit = len(shape.metres)
    count = unit
    if shape.open:
        count = unit * rng.randint(1, 8 if unit == 1 else 3)
        if rng.random() < 0.2:
            fixed["acrostic"] = rng.choice(_ACROSTICS)
            count = len(fixed["acrostic"].replace(" ", ""))
        else:
            options["lines"] = count
            fixed["lines"] = count
    if rng.random() < 0.15:
        fixed["rhyme"] = rng.choice(_SCHEMES)
    for name, chance in (("ends", 0.35), ("words", 0.35), ("locked", 0.3)):
        if rng.random() < chance:
            numbers = rng.sample(range(1, count + 1), min(count, rng.randint(1, 3)))
            texts = _LOCKED if name == "locked" else _common_words()
            fixed[name] = {number: rng.choice(texts) for number in numbers}
    options |= {name: value for name, value in fixed.items() if name != "lines"}
    return RandomPoemWish(options, form, Promises(**fixed))


def _common_words() -> list[str]:
    """Words that people fix: some of the thousand commonest in poems."""
    return [word.replace("'", "’") for word in list(commonness())[:1000]]
