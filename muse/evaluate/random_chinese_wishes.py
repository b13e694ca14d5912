"""Random wishes for Chinese poems, each with what it promises, judged by `chinese_form.py`.

A line that is locked stays as it is, whatever its tones and rhyme; so of a poem with locked lines only
the number and the lengths of the lines are judged, and what was locked, fixed and spelled.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from muse.evaluate.chinese_form import SHAPES, faults_of, tune_lengths, tune_names
from muse.evaluate.themes import THEMES
from muse.theory.rhyme_books import book_groups, is_han, rhyme_groups
from muse.works.poem import Poem

_ACROSTICS = ("春", "山水", "花好月", "福如东海", "一", "龘龘")
_ENDS = "天人风来春山云归秋情声新深流明"
"""Characters of level tone that often rhyme."""
_LOCKED = {5: ("床前明月光", "白日依山尽", "春眠不觉晓"),
           7: ("朝辞白帝彩云间", "春江潮水连海平", "月落乌啼霜满天")}  # fmt: skip


@dataclass(frozen=True)
class RandomChineseWish:
    """A wish and its promises.

    Attributes:
        options: of `makers.poem_wishes.PoemWish`, by name.
        form: its name.
        shape: how many characters each line has, if the wish says it; else the form's own.
        acrostic: what the first characters spell.
        ends, locked: line -> what it ends in; its text.
        rhyme: the rhyme group's name, of regulated verse.
    """

    options: dict[str, Any]
    form: str
    shape: tuple[int, ...] = ()
    acrostic: str = ""
    ends: Mapping[int, str] = field(default_factory=dict)
    locked: Mapping[int, str] = field(default_factory=dict)
    rhyme: str = ""

    def faults(self, lines: Sequence[str]) -> list[str]:
        """What a poem does not keep of the form and the promises."""
        bare = [[c for c in line if is_han(c)] for line in lines]
        sizes = [len(line) for line in bare]
        right = [list(self.shape)] if self.shape else tune_lengths(self.form)
        if sizes not in right:
            return [f"lines of {sizes} characters"]
        found = []
        if not self.locked:
            poem = Poem((tuple(lines),), language="zh", form=self.form)
            found += faults_of(poem)
        for number, character in enumerate(self.acrostic, 1):
            if bare[number - 1][0] != character:
                found.append(f"line {number} does not begin with {character}")
        for number, text in self.ends.items():
            if bare[number - 1][-1] != text:
                found.append(f"line {number} does not end in {text}")
        for number, text in self.locked.items():
            if "".join(bare[number - 1]) != text:
                found.append(f"line {number} is not as it was given")
        if self.rhyme and not self.locked:
            ends = [line[-1] for line in bare[1::2]]
            if any(self.rhyme not in _names(end) for end in ends):
                found.append(f"{' '.join(ends)} do not rhyme in {self.rhyme}")
        return found


def _names(character: str) -> set[str]:
    return {group.name for group in rhyme_groups(character, "pingshui")}


def random_chinese_wish(rng: random.Random) -> RandomChineseWish:
    """A wish for any form, often with an acrostic, ends, a rhyme group or a locked line."""
    regulated = rng.random() < 0.5
    form = rng.choice([*SHAPES, "联", "古诗"] if regulated else tune_names())
    options: dict[str, Any] = {"form": form, "theme": rng.choice(("", *THEMES["zh"]))}
    shape: tuple[int, ...] = ()
    fixed: dict[str, Any] = {}
    if form in SHAPES:
        shape = (SHAPES[form][0],) * SHAPES[form][1]
    elif form == "联":
        options["length"] = rng.randint(4, 12)
        shape = (options["length"],) * 2
    elif form == "古诗":
        options |= {"lines": 2 * rng.randint(2, 8), "length": rng.choice((5, 7))}
        shape = (options["length"],) * options["lines"]
    if rng.random() < 0.2:
        fixed["acrostic"] = rng.choice(_ACROSTICS)
    if shape and rng.random() < 0.25:
        fixed["ends"] = {2 * rng.randint(1, len(shape) // 2): rng.choice(_ENDS)}
    if shape and shape[0] in _LOCKED and rng.random() < 0.2:
        fixed["locked"] = {rng.randint(1, len(shape)): rng.choice(_LOCKED[shape[0]])}
    if form in SHAPES and "ends" not in fixed and rng.random() < 0.25:
        level = [group.name for group in book_groups("pingshui") if group.level == "平"]
        fixed["rhyme"] = rng.choice(level)
    return RandomChineseWish({**options, **fixed}, form, shape, **fixed)
