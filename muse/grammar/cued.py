"""Speeches under cues that are plain text: `ANNA: …`, as an imported model writes a scene.

Exactly so many speeches, by the cast alone, each turn legal: nobody answers himself unless he is alone,
and everyone speaks if there are speeches enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from muse.grammar.base import Mask
from muse.grammar.running_text import RunningText, Signs, TextRules, TextState
from muse.grammar.words import WordTable


@dataclass(frozen=True)
class CuePlan:
    """What is promised of the speeches.

    Attributes:
        cues: the ids over a speech of each of the cast, a break before them; none begins another.
        turns: who speaks each time, a place in the cast; None for whoever may.
        opens: how many ids of a cue are left out of the first: those of the break.
        last: who spoke last before, None if nobody.
        spoken: who has spoken before.
    """

    cues: tuple[tuple[int, ...], ...]
    turns: tuple[int | None, ...]
    opens: int = 0
    last: int | None = None
    spoken: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class CueState:
    """Where the writing is: which speech, how much of its cue, who has spoken, its text."""

    speech: int
    cue: tuple[int, ...]
    last: int | None
    spoken: frozenset[int]
    text: TextState | None = None


@dataclass(frozen=True, eq=False)
class CuedGrammar:
    """The automaton of a plan of speeches.

    Args:
        pieces: the tokens.
        table: the words.
        plan: the speeches.
        rules: of each.
    """

    pieces: Signs
    table: WordTable
    plan: CuePlan
    rules: TextRules
    _running: RunningText = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_running", RunningText(self.table, self.pieces, self.rules))

    @property
    def length(self) -> int:
        """Most ids that may be written, EOS included."""
        longest = max(map(len, self.plan.cues))
        return len(self.plan.turns) * (self.rules.length + longest) + 1

    def start(self) -> CueState:
        skipped = self.plan.cues[0][: self.plan.opens]
        return CueState(0, skipped, self.plan.last, self.plan.spoken)

    def allowed(self, state: CueState) -> Mask:
        mask = np.zeros(len(self.pieces), bool)
        if state.text is None:
            mask[self._next(state)] = True
        else:
            mask |= self._running.offered(state.text)
            if self._running.is_whole(state.text):
                mask[self._next(self._following(state))] = True
        return mask

    def after(self, state: CueState, id: int) -> CueState:
        if state.text is not None:
            if self._running.offered(state.text)[id]:
                return replace(state, text=self._running.after(state.text, id))
            state = self._following(state)
        if state.speech >= len(self.plan.turns):
            return state
        cue = (*state.cue, id)
        if cue not in self.plan.cues:
            return replace(state, cue=cue)
        who = self.plan.cues.index(cue)
        return replace(
            state, cue=(), last=who, spoken=state.spoken | {who}, text=self._running.start()
        )

    def _following(self, state: CueState) -> CueState:
        """Before the cue of the next speech."""
        return replace(state, speech=state.speech + 1, cue=(), text=None)

    def _next(self, state: CueState) -> list[int]:
        """The ids that may go on with a cue, or end the scene."""
        if state.speech >= len(self.plan.turns):
            return [self.pieces["EOS"]]
        done = len(state.cue)
        cues = (self.plan.cues[who] for who in self._speakers(state))
        return [cue[done] for cue in cues if cue[:done] == state.cue]

    def _speakers(self, state: CueState) -> list[int]:
        """Who may speak now."""
        turn = self.plan.turns[state.speech]
        if turn is not None:
            return [turn]
        everyone = range(len(self.plan.cues))
        may = [who for who in everyone if who != state.last or len(self.plan.cues) == 1]
        silent = [who for who in may if who not in state.spoken]
        missing = len(set(everyone) - state.spoken)
        return silent if silent and missing >= len(self.plan.turns) - state.speech else may
