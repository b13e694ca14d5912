"""Scenes: exactly so many speeches, by the cast alone, each turn legal.

The automaton walks a plan of speeches. In a new scene a speech is `Left_k Speaker_i Verse|Prose` and its
text; a stage direction may stand before it. In holes that are filled after `Fill` it is `Speaker_i
Verse|Prose` and its text. Nobody answers himself unless he is alone, and everyone of the cast speaks if
there are speeches enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from muse.grammar.base import Mask
from muse.grammar.running_text import RunningText, TextRules, TextState
from muse.grammar.words import CAPITAL, FIRST, WordTable
from muse.tokens.english import EnglishPieces

VERSE_LINE = (3, 12)
"""Fewest and most words of a line of verse; a speech's last line may be shorter."""
DIRECTION_WORDS = (2, 16)
"""Fewest and most words of a direction that stands alone."""
MOST_ASIDES = 2
"""Most directions within a speech."""

BEFORE, PARAGRAPH, STANDING, CUE, KIND, TEXT = (
    "before", "paragraph", "standing", "cue", "kind", "text",
)  # fmt: skip
"""What comes next: a speech or a direction; a direction; its text; a name; verse or prose; a text."""


@dataclass(frozen=True)
class SpeechPlan:
    """A speech that is to be written.

    Attributes:
        left: the id of its `Left_k`; None for a hole that is filled.
        speaker: the id of who speaks, None for whoever may.
        verse: whether it is verse, None for either.
    """

    left: int | None
    speaker: int | None = None
    verse: bool | None = None


@dataclass(frozen=True)
class ScenePlan:
    """What is promised of the speeches that are to be written.

    Attributes:
        speeches: in order; all with a `left`, or none.
        cast: ids of who may speak and be named, and how many words each name has.
        words: fewest and most of a speech.
        directions: whether there may be stage directions.
        opens: whether the first thing written is a stage direction.
        spoken: who has spoken before.
        last: who spoke last before, None if nobody.
        directed: whether a direction stands alone right before.
    """

    speeches: tuple[SpeechPlan, ...]
    cast: Mapping[int, int]
    words: tuple[int, int] = (1, 60)
    directions: bool = True
    opens: bool = False
    spoken: frozenset[int] = frozenset()
    last: int | None = None
    directed: bool = False

    def __post_init__(self) -> None:
        if not self.speeches or not self.cast:
            raise ValueError("a scene has a cast and at least one speech")


@dataclass(frozen=True, slots=True)
class StageState:
    """Where the writing of a scene is.

    Attributes:
        speech: the place in the plan.
        phase: what comes next.
        last: who spoke last, or speaks now.
        spoken: who has spoken.
        verse: whether the speech is verse.
        text: of the speech or the direction.
        directed: whether a direction stands alone right before.
        turned: whether the last id may be a name in the text or the next speaker.
    """

    speech: int
    phase: str
    last: int | None
    spoken: frozenset[int]
    verse: bool = False
    text: TextState | None = None
    directed: bool = False
    turned: bool = False


@dataclass(frozen=True, eq=False)
class StageGrammar:
    """The automaton of a plan.

    Args:
        pieces: the tokens.
        table: the words.
        plan: what is promised.
    """

    pieces: EnglishPieces
    table: WordTable
    plan: ScenePlan
    _texts: dict[object, RunningText] = field(default_factory=dict, init=False, repr=False)

    @property
    def length(self) -> int:
        """Most ids that may be written, EOS included."""
        texts = self._speech_text(True).rules.length + 6
        standing = self._standing().rules.length + 3
        each = texts + (standing if self.plan.directions else 0)
        return len(self.plan.speeches) * each + standing + 1

    # The automaton ------------------------------------------------------------------------

    def start(self) -> StageState:
        plan = self.plan
        return StageState(0, BEFORE, plan.last, plan.spoken, directed=plan.directed)

    def allowed(self, state: StageState) -> Mask:
        mask = np.zeros(len(self.pieces), bool)
        if state.phase == BEFORE:
            mask[self._openings(state)] = True
        elif state.phase == PARAGRAPH:
            mask[self.pieces["Direction"]] = True
        elif state.phase == CUE:
            mask[self._speakers(state)] = True
        elif state.phase == KIND:
            mask[self._kinds(state.speech)] = True
        elif state.text is not None:
            text = self._text(state)
            mask |= text.offered(state.text)
            if text.is_whole(state.text):
                standing = state.phase == STANDING
                mask[self.pieces["EndDirection"] if standing else self._endings(state)] = True
            if state.turned:
                mask[self._kinds(state.speech + 1)] = True
        return mask

    def after(self, state: StageState, id: int) -> StageState:
        if state.phase == BEFORE:
            return self._opened(state, id)
        if state.phase == PARAGRAPH:
            return replace(state, phase=STANDING, text=self._standing().start())
        if state.phase == CUE:
            return self._cued(state, id)
        if state.phase == KIND:
            return self._begun(state, id)
        assert state.text is not None
        text = self._text(state)
        if state.phase == STANDING:
            if id == self.pieces["EndDirection"] and text.is_whole(state.text):
                return replace(state, phase=BEFORE, text=None, directed=True)
            return replace(state, text=text.after(state.text, id))
        if state.turned and id in self._kinds(state.speech + 1):
            return self._begun(self._next(state), id)
        ends = text.is_whole(state.text) and id in self._endings(state)
        if not text.offered(state.text)[id]:
            return self._opened(self._next(state), id)
        return replace(state, text=text.after(state.text, id), turned=ends)

    # Turns ------------------------------------------------------------------------------------

    def _openings(self, state: StageState) -> list[int]:
        """Ids that open a speech or a direction, or end the scene."""
        plan = self.plan
        direction = []
        if plan.directions and not state.directed and plan.speeches[0].left is not None:
            behind = state.speech > 0 or plan.last is not None
            direction = [self.pieces["Paragraph" if behind else "Direction"]]
        if plan.opens and not state.speech and direction:
            return direction
        if state.speech == len(plan.speeches):
            return [self.pieces["EOS"], *direction]
        left = plan.speeches[state.speech].left
        return [left, *direction] if left is not None else self._speakers(state)

    def _endings(self, state: StageState) -> list[int]:
        """Ids that end the text of a speech."""
        return self._openings(self._next(state))

    def _next(self, state: StageState) -> StageState:
        """Behind a speech."""
        return replace(
            state, speech=state.speech + 1, phase=BEFORE, text=None, directed=False, turned=False
        )

    def _opened(self, state: StageState, id: int) -> StageState:
        """The state before a speech or a direction once the id that opens it is written."""
        if id == self.pieces["Paragraph"]:
            return replace(state, phase=PARAGRAPH)
        if id == self.pieces["Direction"]:
            return replace(state, phase=STANDING, text=self._standing().start())
        if id == self.pieces["EOS"]:
            return state
        if self.plan.speeches[state.speech].left is not None:
            return replace(state, phase=CUE)
        return self._cued(state, id)

    def _cued(self, state: StageState, id: int) -> StageState:
        return replace(state, phase=KIND, last=id, spoken=state.spoken | {id}, directed=False)

    def _begun(self, state: StageState, id: int) -> StageState:
        """The state at the beginning of a speech's text; `id` says verse or prose."""
        planned = self.plan.speeches[state.speech].speaker
        verse = id == self.pieces["Verse"]
        last = state.last if planned is None else planned
        text = self._speech_text(verse).start()
        return replace(state, phase=TEXT, verse=verse, last=last, text=text)

    def _speakers(self, state: StageState) -> list[int]:
        """Who may speak next."""
        plan = self.plan
        planned = plan.speeches[state.speech].speaker
        if planned is not None:
            return [planned]
        silent = [each for each in plan.cast if each not in state.spoken]
        if len(silent) >= len(plan.speeches) - state.speech:
            return silent
        return [each for each in plan.cast if each != state.last or len(plan.cast) == 1]

    def _kinds(self, speech: int) -> list[int]:
        verse = self.plan.speeches[speech].verse
        names = ["Verse", "Prose"] if verse is None else ["Verse" if verse else "Prose"]
        return [self.pieces[name] for name in names]

    # Texts ------------------------------------------------------------------------------------

    def _text(self, state: StageState) -> RunningText:
        return self._standing() if state.phase == STANDING else self._speech_text(state.verse)

    def _speech_text(self, verse: bool) -> RunningText:
        if verse not in self._texts:
            fewest, most = self.plan.words
            asides = MOST_ASIDES if self.plan.directions else 0
            line = VERSE_LINE if verse else None
            rules = TextRules(fewest, most, line, self.plan.cast, asides)
            self._texts[verse] = RunningText(self.table, self.pieces, rules)
        return self._texts[verse]

    def _standing(self) -> RunningText:
        if None not in self._texts:
            fewest, most = DIRECTION_WORDS
            rules = TextRules(
                fewest, most, names=self.plan.cast, pauses=",;", ends=".", pairs=False,
                first=CAPITAL | FIRST,
            )  # fmt: skip
            self._texts[None] = RunningText(self.table, self.pieces, rules)
        return self._texts[None]
