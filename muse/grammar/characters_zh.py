"""Which characters of a vocabulary have a tone, and which rhyme: the sets that Chinese verse draws from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from muse.grammar.base import Mask
from muse.theory.forms_zh import EITHER
from muse.theory.prosody_zh import levels
from muse.theory.rhyme_books import RhymeGroup, cilin_numbers, is_han, rhyme_groups
from muse.tokens.chinese import ChineseTokenizer


class CharacterSets:
    """The characters of a tokenizer by tone and by rhyme, as masks (V,). Masks are kept: do not write
    into them.

    Attributes:
        ids: character -> id.
    """

    def __init__(self, tokenizer: ChineseTokenizer) -> None:
        names = tokenizer.vocabulary.names
        self.size = len(names)
        self.ids = {name: i for i, name in enumerate(names) if len(name) == 1 and is_han(name)}
        self._masks: dict[object, Mask] = {}
        self._groups: dict[tuple[str, str], dict[RhymeGroup, list[int]]] = {}

    def only(self, allowed: Sequence[int]) -> Mask:
        """A mask of these ids alone."""
        mask = np.zeros(self.size, dtype=bool)
        mask[list(allowed)] = True
        return mask

    def toned(self, tones: frozenset[str]) -> Mask:
        """Characters that are read in one of these tones alone; all of them for 中."""
        if tones not in self._masks:
            self._masks[tones] = self.only(
                [i for c, i in self.ids.items() if EITHER in tones or level_of(c) in tones]
            )
        return self._masks[tones]

    def rhyming(self, tone: str, groups: frozenset[RhymeGroup], book: str) -> Mask:
        """Characters of a level that rhyme in one of the groups and in no other."""
        key = (tone, groups, book)
        if key not in self._masks:
            known = self._grouped(tone, book)
            self._masks[key] = self.only([i for group in groups for i in known.get(group, ())])
        return self._masks[key]

    def _grouped(self, tone: str, book: str) -> dict[RhymeGroup, list[int]]:
        """The characters of a level by the group that they rhyme in."""
        if (tone, book) not in self._groups:
            found: dict[RhymeGroup, list[int]] = {}
            for character, id in self.ids.items():
                if (group := rhyme_of(character, tone, book)) is not None:
                    found.setdefault(group, []).append(id)
            self._groups[tone, book] = found
        return self._groups[tone, book]

    def count(self, group: RhymeGroup, book: str) -> int:
        """How many characters rhyme in a group."""
        tone = group.level
        return int(self.rhyming(tone, frozenset([group]), book).sum())


@lru_cache(maxsize=4)
def character_sets(tokenizer: ChineseTokenizer) -> CharacterSets:
    """The sets of a tokenizer, made once."""
    return CharacterSets(tokenizer)


@lru_cache(maxsize=20000)
def level_of(character: str) -> str:
    """The level of a character that is read in one level only, else ""."""
    found = levels(character)
    return found if len(found) == 1 else ""


@lru_cache(maxsize=40000)
def groups_of(character: str, book: str) -> frozenset[RhymeGroup]:
    return frozenset(rhyme_groups(character, book))


@lru_cache(maxsize=40000)
def rhyme_of(character: str, tone: str, book: str) -> RhymeGroup | None:
    """The group that a character of a level rhymes in; None if the book has it in several.

    平 stands among 庚 and, as in 王道平平, among 先: no ear of today's readers takes the second.
    """
    own = [group for group in groups_of(character, book) if group.level == tone]
    return own[0] if len(own) == 1 and level_of(character) == tone else None


def fits(character: str, tone: str) -> bool:
    """Whether a given character can be read in a tone; a written one is read in it alone."""
    return tone == EITHER or tone in levels(character)


def sharing(groups: frozenset[RhymeGroup], numbers: set[int]) -> frozenset[RhymeGroup]:
    return frozenset(group for group in groups if group.number in numbers)


@lru_cache(maxsize=512)
def group_tags(group: RhymeGroup, book: str) -> tuple[str, ...]:
    """The Cilin groups, as `Rhyme_` tags name them, that a group's characters fall in."""
    level = {"平": "level", "仄": "oblique"}
    if book == "cilin":
        tone = "entering" if group.number >= 15 else level[group.level]
        return (f"{group.number}{tone}",)
    return tuple(
        f"{number}{'entering' if number >= 15 else level[group.level]}"
        for number in sorted(cilin_numbers(group))
    )
