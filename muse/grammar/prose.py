"""Stories: exactly so many paragraphs, each with about as many words as asked.

Each paragraph opens with given ids, which say how many paragraphs are left and how long this one is, and
is whole sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from muse.grammar.base import Mask
from muse.grammar.running_text import RunningText, Signs, TextRules, TextState
from muse.grammar.words import WordTable


@dataclass(frozen=True)
class ParagraphPlan:
    """A paragraph that is to be written.

    Attributes:
        opener: ids before it; empty if it goes on with a paragraph that has begun.
        words: fewest and most, those that stand already not counted.
        begun: words and marks of it that stand already.
    """

    opener: tuple[int, ...]
    words: tuple[int, int]
    begun: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProseState:
    """Where the writing is: which paragraph, how much of its opener, its text."""

    paragraph: int
    opened: int = 0
    text: TextState | None = None


@dataclass(frozen=True, eq=False)
class ProseGrammar:
    """The automaton of a plan of paragraphs.

    Args:
        pieces: the tokens.
        table: the words.
        plan: the paragraphs in order.
        rules: of each, but for its words.
    """

    pieces: Signs
    table: WordTable
    plan: tuple[ParagraphPlan, ...]
    rules: TextRules = field(default_factory=TextRules)
    _texts: dict[tuple[int, int], RunningText] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.plan:
            raise ValueError("a plan has at least one paragraph")

    @property
    def length(self) -> int:
        """Most ids that may be written, EOS included."""
        texts = (self._running(place).rules.length for place in range(len(self.plan)))
        return sum(texts) + sum(len(each.opener) for each in self.plan) + 1

    def start(self) -> ProseState:
        return self._enter(0)

    def allowed(self, state: ProseState) -> Mask:
        mask = np.zeros(len(self.pieces), bool)
        if state.text is None:
            mask[self._next_id(state)] = True
        else:
            running = self._running(state.paragraph)
            mask |= running.offered(state.text)
            if running.is_whole(state.text):
                mask[self._next_id(self._enter(state.paragraph + 1))] = True
        return mask

    def after(self, state: ProseState, id: int) -> ProseState:
        if state.text is not None:
            running = self._running(state.paragraph)
            if running.offered(state.text)[id]:
                return replace(state, text=running.after(state.text, id))
            state = self._enter(state.paragraph + 1)
        if state.paragraph >= len(self.plan):
            return state
        moved = replace(state, opened=state.opened + 1)
        done = moved.opened == len(self.plan[state.paragraph].opener)
        return self._texted(moved) if done else moved

    def _enter(self, paragraph: int) -> ProseState:
        state = ProseState(paragraph)
        planned = paragraph < len(self.plan)
        return self._texted(state) if planned and not self.plan[paragraph].opener else state

    def _texted(self, state: ProseState) -> ProseState:
        begun = self.plan[state.paragraph].begun
        running = self._running(state.paragraph)
        return replace(state, text=running.resumed(begun))

    def _next_id(self, state: ProseState) -> int:
        if state.paragraph >= len(self.plan):
            return self.pieces["EOS"]
        return self.plan[state.paragraph].opener[state.opened]

    def _running(self, paragraph: int) -> RunningText:
        words = self.plan[paragraph].words
        if words not in self._texts:
            rules = replace(self.rules, fewest=words[0], most=words[1])
            self._texts[words] = RunningText(self.table, self.pieces, rules)
        return self._texts[words]
