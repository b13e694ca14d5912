"""A plan of English lines, and what holds whichever way they are written: rhymes, refrains, ids between."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from muse.grammar.verse_lexicon import VerseLexicon
from muse.grammar.verse_line import LineRule
from muse.grammar.verse_rhyme import Ends, Group, Rhymes

INNER_MARKS = (",", ";", ":", "—", "!", "?")
END_MARKS = (",", ";", ":", "—", ".", "!", "?")
LAST_MARKS = (".", "!", "?")
MOST_INNER_MARKS = 2


@dataclass(frozen=True)
class LinePlan:
    """A line that will be written.

    Attributes:
        head: the ids that open it, at least one.
        rule: what it must keep.
        group: number of its rhyme group, -1 if it is in none.
        refrain: number of the refrain that it is, -1 for none. The first line of a number is
            written, later ones say its words again and choose their own last mark.
        last: whether the poem ends with it.
    """

    head: tuple[int, ...]
    rule: LineRule
    group: int = -1
    refrain: int = -1
    last: bool = False


@dataclass(frozen=True)
class GivenRhymes:
    """What lines that stand already ask of a group: the rimes they have, and the tails to take."""

    rimes: frozenset[int] = frozenset()
    tails: frozenset[int] | None = None


class PlannedVerse(ABC):
    """Lines that rhyme as planned.

    Args:
        lexicon: the words.
        plan: lines in the order of writing.
        given: of each rhyme group, what given lines ask.
        taken: tails of given lines, which no other line may have.
        ending: ids behind the last line, the last of which ends the poem; None for that one alone.
    """

    def __init__(
        self, lexicon: VerseLexicon, plan: Sequence[LinePlan],
        given: Sequence[GivenRhymes] = (), taken: frozenset[int] = frozenset(),
        ending: tuple[int, ...] | None = None,
    ) -> None:  # fmt: skip
        if not plan:
            raise ValueError("a plan has at least one line")
        self.lexicon, self.plan = lexicon, tuple(plan)
        pieces = lexicon.pieces
        self._size, self._ending = len(pieces), ending or (pieces["EOS"],)
        self._marks = {
            marks: np.array([pieces.marks[mark] for mark in marks if mark in pieces.marks])
            for marks in (INNER_MARKS, END_MARKS, LAST_MARKS)
        }
        self._mark_names = {pieces.marks[mark]: mark for mark in END_MARKS if mark in pieces.marks}
        self._last_words = lru_cache(maxsize=None)(self.words_at_end)
        rimes = lru_cache(maxsize=None)(self._rimes_of)
        firsts: dict[int, int] = {}
        self.echo = [
            line.refrain >= 0 and firsts.setdefault(line.refrain, number) != number
            for number, line in enumerate(self.plan)
        ]
        groups: list[Group] = []
        for number, asked in enumerate(given):
            rules = [
                line.rule
                for line, echo in zip(self.plan, self.echo)
                if line.group == number and not echo
            ]
            groups.append(Group([rimes(rule) for rule in rules], asked.rimes, asked.tails))
        self.rhymes = Rhymes(lexicon, groups, taken)

    @abstractmethod
    def words_at_end(self, rule: LineRule) -> np.ndarray:
        """The words that may end a line, (N,) bool, rhymes aside."""

    def _rimes_of(self, rule: LineRule) -> np.ndarray:
        """The rimes of the words that may end a line, (R,) bool."""
        found = np.zeros(len(self.lexicon.tail_of), dtype=bool)
        rimes = self.lexicon.rime[self._last_words(rule)]
        found[rimes[rimes >= 0]] = True
        return found

    def impossible_lines(self) -> list[int]:
        """Places in the plan of lines that nothing can be written in; the first is to blame."""
        found = [
            number
            for number, line in enumerate(self.plan)
            if not self.echo[number] and not self._last_words(line.rule).any()
        ]
        if found:
            return found
        poor = set(self.rhymes.unrhymable())
        return [number for number, line in enumerate(self.plan) if line.group in poor]

    def _ends_of(self, line: LinePlan, ends: Ends) -> np.ndarray:
        """The words that may end a line where the lines before have these rimes, (N,) bool."""
        words = self._last_words(line.rule)
        if line.group < 0:
            return words
        rimes = self.rhymes.allowed(ends, line.group)
        return words & rimes[self.lexicon.rime] & (self.lexicon.rime >= 0)

    def _opening(self, line: int) -> int:
        """The id that opens a line of the plan, or what stands behind the last."""
        return self.plan[line].head[0] if line < len(self.plan) else self._ending[0]

    def _end_marks(self, line: LinePlan) -> np.ndarray:
        """The marks that may end a line."""
        return self._marks[LAST_MARKS if line.last else END_MARKS]

    def _behind(self, place: int) -> int:
        """The id at a place behind the last line."""
        return self._ending[min(place, len(self._ending) - 1)]
