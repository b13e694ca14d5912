"""Rhymes that never run out: which words may end a line so that all later lines can still rhyme.

Lines of one group rhyme perfectly: their last words are alike from the last stressed vowel on (the
*tail*) and differ in the consonants before it (tail and onset together are a *rime*). So no word
comes twice in a group, and neither do "sea" and "see". Two groups never have the same tail.

A tail may open a group if its lines can be matched to different rimes of it, and the groups that are
still unopened to different tails (Hall 1935; matched by augmenting paths, Kuhn 1955).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from muse.grammar.verse_lexicon import VerseLexicon

Ends = tuple[tuple[int, ...], ...]
"""For each group the rimes that its lines have, in the order of writing."""


@dataclass(frozen=True, eq=False)
class Group:
    """Lines that rhyme.

    Attributes:
        lines: the words that may end each, as rimes, (R,) bool; in the order of writing.
        given: rimes that lines which are not written have already.
        tails: what the group rhymes on if given lines decide it; else None.
    """

    lines: Sequence[np.ndarray]
    given: frozenset[int] = frozenset()
    tails: frozenset[int] | None = None


@dataclass(eq=False)
class Rhymes:
    """All groups of a poem.

    Attributes:
        lexicon: the words.
        groups: that lines will be written of.
        taken: tails of lines that stand already; only groups that they decide have them.
    """

    lexicon: VerseLexicon
    groups: Sequence[Group]
    taken: frozenset[int] = frozenset()
    _tails: list[np.ndarray] = field(default_factory=list, init=False)
    _known: dict[tuple[int, int, Ends], np.ndarray] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._tails = [self._opening(group) for group in self.groups]

    def start(self) -> Ends:
        """The state before any line."""
        return ((),) * len(self.groups)

    def after(self, ends: Ends, group: int, rime: int) -> Ends:
        """The state once a line of a group ends in a rime."""
        return (*ends[:group], (*ends[group], rime), *ends[group + 1 :])

    def unrhymable(self) -> list[int]:
        """Groups that cannot be given rhymes; all of them if only together they cannot."""
        poor = [number for number, tails in enumerate(self._tails) if not tails.any()]
        if poor:
            return poor
        every = range(len(self.groups))
        return [] if self._apart(every, set()) else list(every)

    def allowed(self, ends: Ends, group: int) -> np.ndarray:
        """The rimes that may end the next line of a group, (R,) bool."""
        key = (group, len(ends[group]), ends)
        if key not in self._known:
            self._known[key] = self._allowed(ends, group)
        return self._known[key]

    def _allowed(self, ends: Ends, group: int) -> np.ndarray:
        own, tail_of = self.groups[group], self.lexicon.tail_of
        now, *rest = own.lines[len(ends[group]) :]
        taken = own.given | set(ends[group])
        allowed = now.copy()
        allowed[list(taken)] = False
        if ends[group]:
            allowed &= tail_of == tail_of[ends[group][0]]
        else:
            allowed &= self._free_tails(ends, group)[tail_of]
        if not rest or all(line is now for line in rest):
            # Lines that take the same words: so many are left that any will do.
            return allowed
        for rime in np.flatnonzero(allowed):
            tail = tail_of == tail_of[rime]
            if not self._lines_match(rest, tail, taken | {int(rime)}):
                allowed[rime] = False
        return allowed

    def _opening(self, group: Group) -> np.ndarray:
        """The tails that have rimes enough for all lines of a group, (T,) bool."""
        count, tail_of = len(self.lexicon.tails), self.lexicon.tail_of
        found = np.zeros(count, dtype=bool)
        if group.tails is None:
            found[:] = True
        else:
            found[list(group.tails)] = True
        free = np.ones(len(tail_of), dtype=bool)
        free[list(group.given)] = False
        same = all(line is group.lines[0] for line in group.lines)
        for line in group.lines:
            rimes = np.bincount(tail_of[line & free], minlength=count)
            found &= rimes >= (len(group.lines) if same else 1)
        if not same:
            for tail in np.flatnonzero(found):
                found[tail] = self._lines_match(group.lines, tail_of == tail, group.given)
        return found

    def _lines_match(
        self, lines: Iterable[np.ndarray], tail: np.ndarray, taken: Collection[int]
    ) -> bool:
        """Whether lines can have different rimes of a tail."""
        options = [set(np.flatnonzero(line & tail).tolist()) - set(taken) for line in lines]
        return matched(options)

    def _free_tails(self, ends: Ends, group: int) -> np.ndarray:
        """The tails that may open a group and leave enough for the others, (T,) bool."""
        own = self._tails[group].copy()
        if self.groups[group].tails is not None:
            return own
        used = {int(self.lexicon.tail_of[each[0]]) for each in ends if each}
        own[list(used | self._decided)] = False
        others = [n for n, each in enumerate(ends) if not each and n != group]
        room = len(self.groups) + len(self._decided)
        if all(self._tails[number].sum() > room for number in others):
            return own
        for tail in np.flatnonzero(own):
            own[tail] = self._apart(others, used | {int(tail)})
        return own

    @cached_property
    def _decided(self) -> frozenset[int]:
        """The tails that given lines have; groups that nothing decides keep off them."""
        return self.taken.union(*(group.tails or () for group in self.groups))

    def _apart(self, groups: Iterable[int], used: Set[int]) -> bool:
        """Whether groups that nothing decides can be opened on tails that differ."""
        taken = used | self._decided
        options = [
            set(np.flatnonzero(self._tails[number]).tolist()) - taken
            for number in groups
            if self.groups[number].tails is None
        ]
        # Whoever has as many options as there are groups always finds one.
        return matched([each for each in options if len(each) < len(options)])


def matched(options: Sequence[Set[int]]) -> bool:
    """Whether each can be given one of its options, all different."""
    holder: dict[int, int] = {}

    def give(number: int, seen: set[int]) -> bool:
        for option in options[number]:
            if option not in seen:
                seen.add(option)
                if option not in holder or give(holder[option], seen):
                    holder[option] = number
                    return True
        return False

    return all(give(number, set()) for number in range(len(options)))
