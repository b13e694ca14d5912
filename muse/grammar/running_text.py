"""Sentences: which ids may come next in a speech, a direction or a paragraph.

What is promised of a text: known words alone, a number of words within bounds, marks only where marks
may stand, quotation marks and brackets in pairs, and a full stop (or ! ? …) at its end. Nobody is
named but members of the cast. A line of verse has a number of words within bounds too.

A mark after which a word must follow is offered only if there is room for a word, so every text that
has been begun can be ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from muse.grammar.words import BARE, CAPITAL, FIRST, MOST_PIECES, OWN, SMALL, Word, WordTable

START, OPEN, ASIDE, WORD, NAME, PAUSE, END, CLOSED, ENDED = (
    "start", "open", "aside", "word", "name", "pause", "end", "closed", "ended",
)  # fmt: skip
"""What stands last in a text: nothing, an opening mark, a direction, a word, a name, a mark within a
sentence, one that ends it, a closing mark within a sentence, one behind a sentence's end."""

WITHIN, ANY = SMALL | CAPITAL, SMALL | CAPITAL | FIRST
_AFTER = {",": WITHIN, ";": WITHIN, ".": CAPITAL | FIRST, "(": WITHIN}
"""Classes of the word after a mark; any after the others."""
_CLOSING = {"“": "”", "(": ")"}
_ASIDE_WORDS, _LONGEST_ASIDE = 10, 90
"""Most words of a direction within a speech, and most ids."""
_SAID = (WORD, NAME, CLOSED)
_HANGING = (START, OPEN, ASIDE, PAUSE)


@dataclass(frozen=True)
class TextRules:
    """What is promised of a text.

    Attributes:
        fewest, most: words.
        line: fewest and most words of a line of verse; None for prose. The last line may be shorter.
        names: ids of those who may be named, and how many words each name has.
        directions: how many directions may stand within.
        pauses, ends: marks within a sentence, and at its end.
        pairs: whether there may be quotation marks and brackets.
        first: classes of the first word.
        spaced: whether a blank stands before it.
    """

    fewest: int = 1
    most: int = 60
    line: tuple[int, int] | None = None
    names: Mapping[int, int] = field(default_factory=dict)
    directions: int = 0
    pauses: str = ",;:—"
    ends: str = ".!?…"
    pairs: bool = True
    first: int = WITHIN
    spaced: bool = False

    def __post_init__(self) -> None:
        low, high = self.line or (1, 1)
        if not 1 <= self.fewest <= self.most or not 1 <= low <= high:
            raise ValueError(
                f"a text cannot have {self.fewest} to {self.most} words in {self.line}"
            )

    @property
    def budget(self) -> int:
        """Ids after which no word is begun that need not be: people's words have 1.6, marks included."""
        return 3 * self.most + 16

    @property
    def length(self) -> int:
        """Most ids of such a text: between two words stand at most six that are no words."""
        needed = self.fewest * (MOST_PIECES + 6)
        return max(self.budget, needed) + self.directions * _LONGEST_ASIDE + 40


@dataclass(frozen=True, slots=True)
class TextState:
    """Where the writing of a text is.

    Attributes:
        last: what stands last.
        may: classes of the word that comes next, or that is being written.
        words, line: words so far, of the text and of its line.
        word: the word that is being written.
        opened: marks that are not closed yet.
        directions: so far.
        inner: the direction that is being written.
        ids: so far.
    """

    last: str
    may: int
    words: int = 0
    line: int = 0
    word: Word | None = None
    opened: str = ""
    directions: int = 0
    inner: TextState | None = None
    ids: int = 0


class Signs(Protocol):
    """The ids that sentences are made of, besides words."""

    @property
    def marks(self) -> Mapping[str, int]:
        """The id of each mark that is one."""
        ...

    @property
    def starts(self) -> NDArray[np.bool_]:
        """Whether an id begins a word or a mark that a blank stands before, (V,)."""
        ...

    @property
    def holds_blanks(self) -> bool:
        """Whether pieces hold the blank before them, so that the first word of a text has others."""
        ...

    def __len__(self) -> int:
        """How many ids there are."""
        ...

    def __getitem__(self, name: str) -> int:
        """The id of a tag. Raises KeyError."""
        ...


class RunningText:
    """The automaton of a text. It does not end by itself: `is_whole` says where it may.

    Args:
        table: the words.
        pieces: the tokens.
        rules: what is promised.
    """

    def __init__(self, table: WordTable, pieces: Signs, rules: TextRules) -> None:
        self.table, self.pieces, self.rules = table, pieces, rules
        self.marks = pieces.marks
        self._mark_names = {i: mark for mark, i in pieces.marks.items()}
        self._newline = pieces["NewLine"] if rules.line else -1
        self._direction = pieces["Direction"] if rules.directions else -1
        self._end_direction = pieces["EndDirection"] if rules.directions else -1
        self._own = int(table.following(table.root, OWN)[0]) if rules.names else -1
        self._widest = max([1, *rules.names.values()])
        self._masks: dict[object, np.ndarray] = {}
        aside = TextRules(
            1, _ASIDE_WORDS, names=rules.names, pauses=",", ends=".", pairs=False,
            first=CAPITAL | FIRST,
        )  # fmt: skip
        self._aside = RunningText(table, pieces, aside) if rules.directions else None

    # The automaton ------------------------------------------------------------------------

    def start(self) -> TextState:
        """Before the first word."""
        return TextState(START, self.rules.first)

    def resumed(self, units: Sequence[str]) -> TextState:
        """Behind words and marks that stand already; their words are not counted."""
        opened = ""
        for unit in units:
            if unit in ("“", "(") and self.rules.pairs and unit not in opened:
                opened += unit
            elif opened and unit == _CLOSING[opened[-1]]:
                opened = opened[:-1]
        last = units[-1] if units else ""
        may = _AFTER.get(last, ANY)
        if last in ("“", "("):
            return TextState(OPEN, may, opened=opened)
        if last and last in self.rules.ends:
            return TextState(END, may, opened=opened)
        if last and last in self.rules.pauses:
            return TextState(PAUSE, may, opened=opened)
        if last in ("”", ")"):
            return TextState(ENDED, ANY, opened=opened)
        return TextState(WORD, WITHIN, opened=opened) if units else self.start()

    def offered(self, state: TextState) -> np.ndarray:
        """Ids that may come next within the text, (V,) bool. Not to be written to."""
        if state.inner is not None and self._aside is not None:
            mask = self._aside.offered(state.inner)
            if self._aside.is_whole(state.inner):
                mask = mask.copy()
                mask[self._end_direction] = True
            return mask
        if state.word is None:
            return self._between(state)
        inside = self.table.following(state.word, state.may)
        if not self.table.is_whole(state.word, state.may):
            mask = np.zeros(len(self.pieces), bool)
        else:
            mask = self._between(replace(state, word=None, may=WITHIN)).copy()
        mask[inside] = True
        return mask

    def is_whole(self, state: TextState) -> bool:
        """Whether the text may end here."""
        if state.inner is not None or state.words < self.rules.fewest or state.opened:
            return False
        return state.last in (END, ENDED)

    def after(self, state: TextState, id: int) -> TextState:
        """The state once `id`, which was offered, has been written."""
        return replace(self._after(state, id), ids=state.ids + 1)

    def _after(self, state: TextState, id: int) -> TextState:
        if state.inner is not None and self._aside is not None:
            if id != self._end_direction:
                return replace(state, inner=self._aside.after(state.inner, id))
            return replace(state, inner=None, last=ASIDE, directions=state.directions + 1)
        if id == self._direction and self._aside is not None:
            return replace(state, word=None, inner=self._aside.start())
        if id == self._newline:
            return replace(state, last=START, may=WITHIN, line=0, word=None)
        if id in self.rules.names:
            size = self.rules.names[id]
            return replace(
                state, last=NAME, may=WITHIN, words=state.words + size, line=state.line + size,
                word=None,
            )  # fmt: skip
        if id in self._mark_names:
            return self._after_mark(state, self._mark_names[id])
        if not self.pieces.starts[id] and state.word is not None:
            return replace(state, word=self.table.after(state.word, id))
        begun = self.table.after(self.table.root, id)
        if state.last == NAME and id == self._own:
            return replace(state, last=WORD, may=OWN, word=begun)
        may = WITHIN if state.word is not None else self._asked(state)
        return replace(
            state, last=WORD, may=may, words=state.words + 1, line=state.line + 1, word=begun
        )

    def _after_mark(self, state: TextState, mark: str) -> TextState:
        state = replace(state, word=None, may=_AFTER.get(mark, ANY))
        if mark in "“(":
            return replace(state, last=OPEN, opened=state.opened + mark)
        if mark in "”)":
            ended = state.last in (END, ENDED)
            return replace(
                state, last=ENDED if ended else CLOSED, opened=state.opened[:-1],
                may=ANY if ended else WITHIN,
            )  # fmt: skip
        return replace(state, last=END if mark in self.rules.ends else PAUSE)

    def _asked(self, state: TextState) -> int:
        """The classes of the word that comes next: another spelling where no blank stands before it."""
        alone = (OPEN,) if self.rules.spaced else (START, OPEN)
        bare = self.pieces.holds_blanks and state.last in alone
        return state.may << BARE if bare else state.may

    # Between two units ------------------------------------------------------------------------

    def _between(self, state: TextState) -> np.ndarray:
        """Ids that may come next where no word is being written."""
        rules = self.rules
        room = min(rules.most - state.words, self._widest)
        if state.ids >= rules.budget and state.words >= rules.fewest:
            # Only what must have a word behind it gets one.
            room = min(room, int(state.last in _HANGING))
        left = room if rules.line is None else min(room, rules.line[1] - state.line)
        parted = rules.line is not None and room > 0 and state.line >= rules.line[0]
        fresh = (START,) if rules.line else (START, END, ENDED)
        aside = (
            left > 0 and not state.opened and state.last in fresh
            and state.directions < rules.directions
        )  # fmt: skip
        key = (state.last, state.may, left, room > 0, state.opened, aside, parted)
        found = self._masks.get(key)
        if found is None:
            found = self._masks[key] = self._mask(state, left, room > 0, aside, parted)
        return found

    def _mask(
        self, state: TextState, left: int, room: bool, aside: bool, parted: bool
    ) -> np.ndarray:
        """The ids, with room for `left` more words in the line, and for more in the text or not."""
        last, rules = state.last, self.rules
        mask = np.zeros(len(self.pieces), bool)
        if left > 0:
            mask[self.table.following(self.table.root, self._asked(state))] = True
            if last != NAME:
                mask[[i for i, size in rules.names.items() if size <= left]] = True
        if last == NAME:
            mask[self._own] = True
        marks = rules.ends if last in _SAID else ""
        if room and last in _SAID:
            marks += rules.pauses
        if rules.pairs:
            if left > 0 and "“" not in state.opened and last not in (OPEN, NAME, CLOSED):
                marks += "“"
            if left > 0 and not state.opened and last in (WORD, NAME, END):
                marks += "("
            if state.opened and last in (*_SAID, END, ENDED):
                marks += _CLOSING[state.opened[-1]]
        mask[[self.marks[mark] for mark in marks]] = True
        if aside:
            mask[self._direction] = True
        if parted and last not in (START, OPEN, ASIDE):
            mask[self._newline] = True
        return mask
