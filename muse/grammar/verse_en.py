"""English verse that keeps its form: the automaton of a plan of lines.

Lines are written from the last word to the first (`tokens/english.py`, `Order_backward`), so that the
rhyme comes before what leads to it. A plan says for each line that will be written which ids open
it and what it must keep. The automaton then allows exactly the ids of lexicon words and marks that
keep the plan; it never dead-ends, whatever the network scores (`verse_line.py`, `verse_rhyme.py`).

Marks are units of their own: at most one between two words, two within a line, one at its end; the
poem ends with a full stop, an exclamation mark or a question mark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from muse.grammar.base import Mask
from muse.grammar.verse_line import LineReach, LineRule, Spot
from muse.grammar.verse_plan_en import INNER_MARKS, MOST_INNER_MARKS, PlannedVerse
from muse.grammar.verse_rhyme import Ends
from muse.grammar.verse_spelling import Choice, Node


@dataclass(frozen=True, slots=True)
class VerseState:
    """Where the writing is.

    Attributes:
        line: place in the plan.
        place: how many ids of the line's head, and of a refrain that comes again, are written.
        spot: between which words, seen from the line's end.
        node: of the trie within a word, else None.
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
    node: Node | None = None
    marked: bool = False
    inner: int = 0
    word: int = -1
    text: tuple[int, ...] = ()
    refrains: tuple[tuple[int, ...], ...] = ()


class VerseGrammar(PlannedVerse):
    """The automaton of a plan whose lines are written from their last word to their first."""

    @cached_property
    def _reaches(self) -> Callable[[LineRule], LineReach]:
        return lru_cache(maxsize=None)(lambda rule: LineReach(self.lexicon, rule))

    @cached_property
    def reach(self) -> list[LineReach]:
        """The ways through each line of the plan."""
        return [self._reaches(line.rule) for line in self.plan]

    @cached_property
    def _firsts(self) -> dict[tuple[int, Ends], Choice]:
        return {}

    def words_at_end(self, rule: LineRule) -> np.ndarray:
        """The words that may end a line, (N,) bool, rhymes aside."""
        return self._reaches(rule).last_words()

    # The automaton ----------------------------------------------------------------------------

    def start(self) -> VerseState:
        return VerseState(0, self.reach[0].start, self.rhymes.start())

    def allowed(self, state: VerseState) -> Mask:
        mask = np.zeros(self._size, dtype=bool)
        forced = self._forced(state)
        if forced is not None:
            mask[forced] = True
        elif self.echo[state.line]:
            line = self.plan[state.line]
            if not line.last or state.marked:
                mask[state.refrains[line.refrain][0]] = True
            if not state.marked:
                mask[self._end_marks(line)] = True
        elif state.node is not None:
            self._allow_within(state, mask)
        else:
            line = self.plan[state.line]
            open_end = state.word < 0 and not state.marked
            if open_end:
                mask[self._end_marks(line)] = True
            if not open_end or not line.last:
                self._allow_words(state, mask)
        return mask

    def after(self, state: VerseState, id: int) -> VerseState:
        if state.line >= len(self.plan):
            return replace(state, place=state.place + 1)
        line = self.plan[state.line]
        if state.place < len(line.head):
            return replace(state, place=state.place + 1)
        if self.echo[state.line]:
            return self._after_echo(state, id)
        if state.node is not None:
            child = self.lexicon.within.child(state.node, id)
            if child is not None:
                return replace(state, node=child, text=self._said(state, id))
            state = self._having_said(state)
        if id in self._mark_names:
            if state.word < 0:
                return replace(state, marked=True)
            spot = state.spot._replace(paused=True)
            return replace(state, spot=spot, inner=state.inner + 1, text=self._said(state, id))
        child = self.lexicon.within.child(self.lexicon.within.root, id)
        if child is not None:
            return replace(state, node=child, text=self._said(state, id))
        return self._next_line(state)

    # Given ids --------------------------------------------------------------------------------

    def _forced(self, state: VerseState) -> int | None:
        """The one id that may come next, None where there is a choice."""
        if state.line >= len(self.plan):
            return self._behind(state.place)
        line = self.plan[state.line]
        if state.place < len(line.head):
            return line.head[state.place]
        if self.echo[state.line]:
            said, done = state.refrains[line.refrain], state.place - len(line.head)
            if done:
                return said[done] if done < len(said) else self._opening(state.line + 1)
        return None

    def _after_echo(self, state: VerseState, id: int) -> VerseState:
        line = self.plan[state.line]
        done = state.place - len(line.head)
        if not done and id in self._mark_names:
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
            words = self._ends_of(self.plan[state.line], state.ends)
            self._firsts[key] = Choice(self.lexicon.within, words)
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
        node = state.node
        assert node is not None, "no word has begun"
        choice, barred = self._choice(state), self._barred(state)
        mask[choice.below(node, barred)] = True
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
        assert state.node is not None, "no word has begun"
        word = state.node.word
        spot = self.reach[state.line].moved(state.spot, word)
        assert spot is not None, "a word that does not fit was written"
        ends = state.ends
        group = self.plan[state.line].group
        if state.word < 0 and group >= 0:
            ends = self.rhymes.after(ends, group, int(self.lexicon.rime[word]))
        return replace(state, spot=spot, word=word, node=None, ends=ends)
