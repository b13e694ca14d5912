"""English verse whose lines are written from the first word to the last, as other people's models do.

The same plan, lexicon, rhymes and metre as in `verse_en.py`. What stands between lines is a line break
instead of a tag, and a line may end wherever one of the words that rhyme has just been written.

Marks stand behind words: at most two within a line and one at its end; the poem ends with a full
stop, an exclamation mark or a question mark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from muse.grammar.base import Mask
from muse.grammar.verse_line import LineRule
from muse.grammar.verse_onward import LineSteps, OnwardReach, Point
from muse.grammar.verse_plan_en import END_MARKS, INNER_MARKS, LAST_MARKS, PlannedVerse
from muse.grammar.verse_plan_en import MOST_INNER_MARKS as MOST
from muse.grammar.verse_rhyme import Ends
from muse.grammar.verse_spelling import Choice, Node, Spelling

MIDDLE_MARKS = tuple(mark for mark in INNER_MARKS if mark != "—")
"""Marks with a blank behind them: words are spelled with one within a line."""


@dataclass(frozen=True, slots=True)
class ForwardState:
    """Where the writing is.

    Attributes:
        line: place in the plan.
        point: between which words, seen from the line's beginning.
        ends: rimes so far.
        place: how many ids of the line's head, and of a refrain that comes again, are written.
        node: of the trie within a word, else None.
        word: the last whole word of the line, -1 at its beginning.
        mark: the mark behind it, or empty.
        inner: how many marks the line has.
        text: ids of the line so far, if it is a refrain; `said` of them are words and marks before
            words.
        refrains: ids of each refrain that is written, without the mark at its end.
    """

    line: int
    point: Point
    ends: Ends
    place: int = 0
    node: Node | None = None
    word: int = -1
    mark: str = ""
    inner: int = 0
    text: tuple[int, ...] = ()
    said: int = 0
    refrains: tuple[tuple[int, ...], ...] = ()


class ForwardVerse(PlannedVerse):
    """The automaton of a plan whose lines are written from their first word to their last.

    The head of the first line may be empty: it begins where the prompt ends.
    """

    @cached_property
    def _steps(self) -> Callable[[LineRule], LineSteps]:
        return lru_cache(maxsize=None)(lambda rule: LineSteps(self.lexicon, rule))

    @cached_property
    def _reaches(self) -> dict[tuple[int, Ends], OnwardReach]:
        return {}

    @cached_property
    def _middle(self) -> np.ndarray:
        return np.array([self.lexicon.pieces.marks[mark] for mark in MIDDLE_MARKS])

    def words_at_end(self, rule: LineRule) -> np.ndarray:
        """The words that may end a line, (N,) bool, rhymes aside."""
        return self._steps(rule).last_words()

    # The automaton ----------------------------------------------------------------------------

    def start(self) -> ForwardState:
        return ForwardState(0, self._steps(self.plan[0].rule).start, self.rhymes.start())

    def allowed(self, state: ForwardState) -> Mask:
        mask = np.zeros(self._size, dtype=bool)
        forced = self._forced(state)
        if forced is not None:
            mask[forced] = True
        elif self.echo[state.line]:
            line = self.plan[state.line]
            if not state.mark:
                mask[self._end_marks(line)] = True
            if state.mark or not line.last:
                mask[self._opening(state.line + 1)] = True
        elif state.node is not None:
            self._allow_within(state, state.node, mask)
        elif state.word < 0:
            mask[self._choice(state).beginnings()] = True
        else:
            self._allow_behind_mark(state, mask)
        return mask

    def after(self, state: ForwardState, id: int) -> ForwardState:
        if state.line >= len(self.plan):
            return replace(state, place=state.place + 1)
        line = self.plan[state.line]
        if state.place < len(line.head):
            return replace(state, place=state.place + 1)
        if self.echo[state.line]:
            if state.place - len(line.head) < len(state.refrains[line.refrain]):
                return replace(state, place=state.place + 1)
            if not state.mark and id in self._mark_names:
                return replace(state, mark=self._mark_names[id])
            return self._next_line(state)
        text = (*state.text, id) if line.refrain >= 0 else ()
        if state.node is not None:
            child = self._spelling(state).child(state.node, id)
            if child is not None:
                return replace(state, node=child, text=text)
            state = self._having_said(state, state.node.word)
        if state.word >= 0 and not state.mark and id in self._mark_names:
            return replace(state, mark=self._mark_names[id], inner=state.inner + 1, text=text)
        spelling = self._spelling(state)
        child = spelling.child(spelling.root, id)
        if child is not None:
            return replace(state, node=child, mark="", text=text)
        return self._next_line(state)

    # Given ids --------------------------------------------------------------------------------

    def _forced(self, state: ForwardState) -> int | None:
        """The one id that may come next, None where there is a choice."""
        if state.line >= len(self.plan):
            return self._behind(state.place)
        line = self.plan[state.line]
        if state.place < len(line.head):
            return line.head[state.place]
        if self.echo[state.line]:
            said, done = state.refrains[line.refrain], state.place - len(line.head)
            if done < len(said):
                return said[done]
        return None

    def _next_line(self, state: ForwardState) -> ForwardState:
        """The state once the id that opens the next line is written."""
        line, refrains, ends = self.plan[state.line], state.refrains, state.ends
        if line.group >= 0 and not self.echo[state.line]:
            ends = self.rhymes.after(ends, line.group, int(self.lexicon.rime[state.word]))
        if line.refrain >= 0 and not self.echo[state.line]:
            missing = line.refrain + 1 - len(refrains)
            refrains = (*refrains, *((),) * missing)
            said = state.text[: state.said]
            refrains = (*refrains[: line.refrain], said, *refrains[line.refrain + 1 :])
        following = state.line + 1
        if following == len(self.plan):
            return ForwardState(following, state.point, ends, 1, refrains=refrains)
        start = self._steps(self.plan[following].rule).start
        return ForwardState(following, start, ends, 1, refrains=refrains)

    # Words ------------------------------------------------------------------------------------

    def _spelling(self, state: ForwardState) -> Spelling:
        """How the word that comes next is spelled."""
        return self.lexicon.within if state.word >= 0 else self.lexicon.opening

    def _reach(self, state: ForwardState) -> OnwardReach:
        """The ways through the line that is being written."""
        line = self.plan[state.line]
        key = (state.line, state.ends if line.group >= 0 else ())
        if key not in self._reaches:
            ends = self._ends_of(line, state.ends)
            self._reaches[key] = OnwardReach(self._steps(line.rule), ends)
        return self._reaches[key]

    def _choice(self, state: ForwardState) -> Choice:
        """The words that may stand at a point."""
        return self._reach(state).choice(state.point)

    def _barred(self, state: ForwardState) -> tuple[int, ...]:
        """The word before the point, which may not stand twice in a row."""
        return (state.word,) if state.word >= 0 else ()

    def _allow_within(self, state: ForwardState, node: Node, mask: np.ndarray) -> None:
        """Allow what goes on with a word, and what follows it if it may end here."""
        choice, barred = self._choice(state), self._barred(state)
        mask[choice.below(node, barred)] = True
        if node.word < 0 or not choice.words[node.word] or node.word in barred:
            return
        reach, line = self._reach(state), self.plan[state.line]
        point = reach.steps.moved(state.point, node.word)
        assert point is not None, "a word that does not fit was offered"
        if reach.goes_on(point, node.word):
            mask[reach.choice(point).beginnings((node.word,))] = True
            if state.inner < MOST and not self.lexicon.leaning[node.word]:
                mask[self._middle] = True
        if reach.may_end(point, node.word):
            mask[self._end_marks(line)] = True
            if not line.last:
                mask[self._opening(state.line + 1)] = True

    def _allow_behind_mark(self, state: ForwardState, mask: np.ndarray) -> None:
        """Allow a further word, and the end of the line."""
        reach, line = self._reach(state), self.plan[state.line]
        inner = state.inner <= MOST and state.mark in MIDDLE_MARKS
        leans = bool(self.lexicon.leaning[state.word])
        if inner and not leans and reach.goes_on(state.point, state.word):
            mask[reach.choice(state.point).beginnings((state.word,))] = True
        if reach.may_end(state.point, state.word) and state.mark in (
            LAST_MARKS if line.last else END_MARKS
        ):
            mask[self._opening(state.line + 1)] = True

    def _having_said(self, state: ForwardState, word: int) -> ForwardState:
        """The state once the word in progress is whole."""
        reach = self._reach(state)
        point = reach.steps.moved(state.point, word)
        assert point is not None, "a word that does not fit was written"
        return replace(state, point=point, word=word, node=None, mark="", said=len(state.text))
