"""English verse that keeps its form: the automaton of a plan of lines.

Lines are written from the last word to the first (`tokens/english.py`, `Order_backward`), so that the
rhyme comes before what leads to it. A plan says for each line that will be written which ids open
it and what it must keep. The automaton then allows exactly the ids of lexicon words and marks that
keep the plan; it never dead-ends, whatever the network scores (`verse_line.py`, `verse_rhyme.py`).

Marks are units of their own: at most one between two words, two within a line, one at its end; the
poem ends with a full stop, an exclamation mark or a question mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from muse.grammar.verse_lexicon import ROOT, Choice, VerseLexicon
from muse.grammar.verse_line import LineReach, LineRule, Spot
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


@dataclass(frozen=True, slots=True)
class VerseState:
    """Where the writing is.

    Attributes:
        line: place in the plan.
        place: how many ids of the line's head, and of a refrain that comes again, are written.
        spot: between which words, seen from the line's end.
        node: of the trie within a word, else `ROOT`.
        marked: whether the mark at the line's end is written.
        inner: how many marks are written within the line.
        word: the word after the spot, -1 at the line's end.
        ends: rimes so far.
        text: ids of the line so far, if it is a refrain.
        refrains: ids of each refrain that is written, without the mark at its end.
    """

    line: int
    spot: Spot
    ends: Ends
    place: int = 0
    node: int = ROOT
    marked: bool = False
    inner: int = 0
    word: int = -1
    text: tuple[int, ...] = ()
    refrains: tuple[tuple[int, ...], ...] = ()


class VerseGrammar:
    """The automaton of a plan.

    Args:
        lexicon: the words.
        plan: lines in the order of writing.
        given: of each rhyme group, what given lines ask.
        taken: tails of given lines, which no other line may have.
    """

    def __init__(
        self, lexicon: VerseLexicon, plan: Sequence[LinePlan],
        given: Sequence[GivenRhymes] = (), taken: frozenset[int] = frozenset(),
    ) -> None:  # fmt: skip
        if not plan:
            raise ValueError("a plan has at least one line")
        self.lexicon, self.plan = lexicon, tuple(plan)
        pieces = lexicon.pieces
        self._size, self._end = len(pieces), pieces["EOS"]
        self._marks = {
            marks: np.array([pieces.marks[mark] for mark in marks])
            for marks in (INNER_MARKS, END_MARKS, LAST_MARKS)
        }
        self._every_mark = frozenset(pieces.marks[mark] for mark in END_MARKS)
        reach = lru_cache(maxsize=None)(lambda rule: LineReach(lexicon, rule))
        self._last_words = lru_cache(maxsize=None)(lambda rule: reach(rule).last_words())
        rimes = lru_cache(maxsize=None)(self._rimes_of)
        self.reach: list[LineReach] = [reach(line.rule) for line in self.plan]
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
        self._firsts: dict[tuple[int, Ends], Choice] = {}

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

    # The automaton ----------------------------------------------------------------------------

    def start(self) -> VerseState:
        return VerseState(0, self.reach[0].start, self.rhymes.start())

    def allowed(self, state: VerseState) -> Tensor:
        mask = np.zeros(self._size, dtype=bool)
        forced = self._forced(state)
        if forced is not None:
            mask[forced] = True
        elif self.echo[state.line]:
            line = self.plan[state.line]
            if not line.last or state.marked:
                mask[state.refrains[line.refrain][0]] = True
            if not state.marked:
                mask[self._marks[LAST_MARKS if line.last else END_MARKS]] = True
        elif state.node != ROOT:
            self._allow_within(state, mask)
        else:
            line = self.plan[state.line]
            open_end = state.word < 0 and not state.marked
            if open_end:
                mask[self._marks[LAST_MARKS if line.last else END_MARKS]] = True
            if not open_end or not line.last:
                self._allow_words(state, mask)
        return torch.from_numpy(mask)

    def after(self, state: VerseState, id: int) -> VerseState:
        if state.line >= len(self.plan):
            return state
        line = self.plan[state.line]
        if state.place < len(line.head):
            return replace(state, place=state.place + 1)
        if self.echo[state.line]:
            return self._after_echo(state, id)
        if state.node != ROOT:
            child = self.lexicon.nodes[state.node].children.get(id)
            if child is not None:
                return replace(state, node=child, text=self._said(state, id))
            state = self._having_said(state)
        if id in self._every_mark:
            if state.word < 0:
                return replace(state, marked=True)
            spot = state.spot._replace(paused=True)
            return replace(state, spot=spot, inner=state.inner + 1, text=self._said(state, id))
        child = self.lexicon.nodes[ROOT].children.get(id)
        if child is not None:
            return replace(state, node=child, text=self._said(state, id))
        return self._next_line(state)

    # Given ids --------------------------------------------------------------------------------

    def _forced(self, state: VerseState) -> int | None:
        """The one id that may come next, None where there is a choice."""
        if state.line >= len(self.plan):
            return self._end
        line = self.plan[state.line]
        if state.place < len(line.head):
            return line.head[state.place]
        if self.echo[state.line]:
            said, done = state.refrains[line.refrain], state.place - len(line.head)
            if done:
                return said[done] if done < len(said) else self._opening(state.line + 1)
        return None

    def _opening(self, line: int) -> int:
        """The id that opens a line of the plan, or ends the poem."""
        return self.plan[line].head[0] if line < len(self.plan) else self._end

    def _after_echo(self, state: VerseState, id: int) -> VerseState:
        line = self.plan[state.line]
        done = state.place - len(line.head)
        if not done and id in self._every_mark:
            return replace(state, marked=True)
        if done < len(state.refrains[line.refrain]):
            return replace(state, place=state.place + 1)
        return self._next_line(state)

    def _next_line(self, state: VerseState) -> VerseState:
        """The state once the id that opens the next line is written."""
        line = self.plan[state.line]
        refrains = state.refrains
        if line.refrain >= 0 and not self.echo[state.line]:
            missing = line.refrain + 1 - len(refrains)
            refrains = (*refrains, *((),) * missing)
            refrains = (*refrains[: line.refrain], state.text, *refrains[line.refrain + 1 :])
        following = state.line + 1
        spot = self.reach[following].start if following < len(self.plan) else state.spot
        return VerseState(following, spot, state.ends, 1, refrains=refrains)

    def _said(self, state: VerseState, id: int) -> tuple[int, ...]:
        return (*state.text, id) if self.plan[state.line].refrain >= 0 else ()

    # Words ------------------------------------------------------------------------------------

    def _choice(self, state: VerseState) -> Choice:
        """The words that may stand at a spot."""
        if state.word >= 0:
            return self.reach[state.line].choice(state.spot)
        key = (state.line, state.ends)
        if key not in self._firsts:
            line = self.plan[state.line]
            words = self._last_words(line.rule)
            if line.group >= 0:
                rimes = self.rhymes.allowed(state.ends, line.group)
                words = words & rimes[self.lexicon.rime] & (self.lexicon.rime >= 0)
            self._firsts[key] = Choice(self.lexicon, words)
        return self._firsts[key]

    def _barred(self, state: VerseState) -> tuple[int, ...]:
        """Words that may not stand before the word after the spot."""
        if state.word < 0:
            return ()
        article = "a" if self.lexicon.vocal[state.word] else "an"
        place = self.lexicon.places.get(article)
        asked = state.spot.need and place == self.plan[state.line].rule.need
        if place is None or place == state.word or asked:
            return (state.word,)
        return (state.word, place)

    def _allow_words(self, state: VerseState, mask: np.ndarray) -> None:
        """Allow the beginnings of words."""
        mask[self._choice(state).beginnings(self._barred(state))] = True

    def _allow_within(self, state: VerseState, mask: np.ndarray) -> None:
        """Allow what goes on with a word, and what follows it if it may end here."""
        node = self.lexicon.nodes[state.node]
        choice, barred = self._choice(state), self._barred(state)
        if len(node.ids):
            mask[node.ids[choice.below(node, barred)]] = True
        if node.word < 0 or not choice.words[node.word] or node.word in barred:
            return
        moved = self._having_said(state)
        reach = self.reach[state.line]
        if reach.onward(moved.spot):
            self._allow_words(moved, mask)
        if moved.inner < MOST_INNER_MARKS and reach.onward(moved.spot._replace(paused=True)):
            mask[self._marks[INNER_MARKS]] = True
        if reach.may_end(moved.spot, moved.word):
            mask[self._opening(state.line + 1)] = True

    def _having_said(self, state: VerseState) -> VerseState:
        """The state once the word in progress is whole."""
        word = self.lexicon.nodes[state.node].word
        spot = self.reach[state.line].moved(state.spot, word)
        assert spot is not None, "a word that does not fit was written"
        ends = state.ends
        group = self.plan[state.line].group
        if state.word < 0 and group >= 0:
            ends = self.rhymes.after(ends, group, int(self.lexicon.rime[word]))
        return replace(state, spot=spot, word=word, node=ROOT, ends=ends)
