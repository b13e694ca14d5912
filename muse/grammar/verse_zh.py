"""Which characters may come next in Chinese verse: tones, rhyme and length as an automaton.

A line may be of several *kinds*, each with tone templates (平, 仄, 中 for either); a kind says which
kinds may follow it. While a line is written, the templates that still fit are carried along, and
only kinds from which the poem can be finished are begun with. A fixed place offers only characters
that are read in its tone alone, a rhyme only characters of one group, which all rhymes of its letter
share, and enough characters of the group are left for the rhymes to come. So every state has a way
on, whatever the network scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from muse.grammar.base import Mask
from muse.grammar.characters_zh import (
    character_sets,
    fits,
    group_tags,
    groups_of,
    level_of,
    sharing,
)
from muse.theory.forms_zh import EITHER
from muse.theory.rhyme_books import RhymeGroup
from muse.tokens.chinese import MOST_CHARACTERS, ChineseTokenizer

Choice = tuple[str, str]
"""A kind of line and one of its templates."""

FEWEST_RHYMES = 12
"""A rhyme group with fewer characters, beyond those still needed, is not begun with."""


@dataclass(frozen=True)
class LinePlan:
    """What is promised of one line.

    Attributes:
        count: its characters.
        choices: kinds and templates that it may have.
        rhymes: kind -> letter of the rhyme (small letters are oblique), "" for none.
        points: what may end it.
        fixed: place -> character.
        given: whether it stands already and is not written.
        echo: place of an earlier line whose end it repeats.
        announced: whether its rhyme group is named before it.
        stanza: whether a stanza begins with it.
    """

    count: int
    choices: tuple[Choice, ...]
    rhymes: Mapping[str, str]
    points: str
    fixed: Mapping[int, str] = field(default_factory=dict)
    given: bool = False
    echo: int | None = None
    announced: bool = False
    stanza: bool = False


@dataclass(frozen=True)
class VerseState:
    """Where the automaton stands.

    Attributes:
        line, place: in the plan; place -1 stands before the line's opening tags.
        choices: what the line may still be.
        groups: for each letter, the rhyme groups that it may still have.
        written: the lines so far.
        used: characters that stand in the poem.
        rhymed: rhyme characters so far.
        last: the character before.
        opened: how far the opening tags are.
    """

    line: int
    place: int
    choices: frozenset[Choice]
    groups: tuple[tuple[str, frozenset[RhymeGroup]], ...]
    used: frozenset[str]
    rhymed: frozenset[str]
    written: tuple[str, ...] = ("",)
    opened: int = 0


class ChineseGrammar:
    """The automaton of a poem.

    Args:
        tokenizer: the characters.
        lines: the plan.
        follows: kind -> kinds that the next line may have.
        book: of rhymes: "pingshui" or "cilin".
        groups: letter -> groups that the rhyme may be in.
        repeats: whether a character may come again; if not, only at once, as in 萧萧.
        filling: whether the lines are written behind `Fill`, without rhyme tags.
    """

    def __init__(
        self, tokenizer: ChineseTokenizer, lines: Sequence[LinePlan],
        follows: Mapping[str, str], book: str, groups: Mapping[str, frozenset[RhymeGroup]],
        *, repeats: bool = True, filling: bool = False,
    ) -> None:  # fmt: skip
        self.tokenizer, self.lines, self.follows = tokenizer, tuple(lines), follows
        self.book, self.repeats, self.filling = book, repeats, filling
        self.groups = tuple(sorted(groups.items()))
        self.sets = character_sets(tokenizer)
        self._alive = self._finishable()

    # The automaton ----------------------------------------------------------------------------

    def _finishable(self) -> list[frozenset[str]]:
        """For each line the kinds from which the poem can be finished."""
        after = frozenset(self.follows)
        found: list[frozenset[str]] = []
        for line in reversed(self.lines):
            kinds = frozenset(
                kind
                for kind, template in line.choices
                if (after & frozenset(self.follows[kind]) or not found)
                and all(fits(c, template[n]) for n, c in line.fixed.items())
            )
            found.append(kinds)
            after = kinds
        return found[::-1]

    @property
    def kinds(self) -> list[frozenset[str]]:
        """For each line the kinds from which the poem can be finished: none if nothing fits."""
        return self._alive

    def _begun(self, line: int, kinds: frozenset[str]) -> frozenset[Choice]:
        """The choices of a line after one of these kinds."""
        if line >= len(self.lines):
            return frozenset()
        plan = self.lines[line]
        return frozenset(
            (kind, template)
            for kind, template in plan.choices
            if kind in kinds
            and kind in self._alive[line]
            and all(fits(c, template[n]) for n, c in plan.fixed.items())
        )

    def start(self) -> VerseState:
        given = [c for line in self.lines for c in line.fixed.values()]
        rhymed = frozenset(
            line.fixed[line.count - 1]
            for line in self.lines
            if line.count - 1 in line.fixed and any(line.rhymes.values())
        )
        choices = self._begun(0, frozenset(self.follows))
        state = VerseState(0, -1, choices, self.groups, frozenset(given), rhymed)
        return self._past_given(state)

    def _past_given(self, state: VerseState) -> VerseState:
        """Over the lines that stand already."""
        while state.line < len(self.lines) and self.lines[state.line].given:
            plan = self.lines[state.line]
            kinds = frozenset(kind for kind, _ in state.choices)
            letters = {plan.rhymes[kind] for kind in kinds}
            if len(letters) == 1 and (letter := letters.pop()):
                state = self._with_rhyme(state, letter, plan.fixed[plan.count - 1])
            text = "".join(plan.fixed[n] for n in range(plan.count))
            state = replace(state, written=(*state.written[:-1], text))
            state = self._next_line(state, kinds)
        return state

    def _next_line(self, state: VerseState, kinds: frozenset[str]) -> VerseState:
        following = frozenset("".join(self.follows[kind] for kind in kinds))
        choices = self._begun(state.line + 1, following)
        return replace(
            state, line=state.line + 1, place=-1, choices=choices, opened=0,
            written=(*state.written, ""),
        )  # fmt: skip

    def _with_rhyme(self, state: VerseState, letter: str, character: str) -> VerseState:
        own = groups_of(character, self.book)
        numbers = {group.number for group in dict(state.groups)[letter] & own}
        groups = tuple(
            (name, found & own if name == letter else sharing(found, numbers))
            if name.lower() == letter.lower()
            else (name, found)
            for name, found in state.groups
        )
        return replace(state, groups=groups, rhymed=state.rhymed | {character})

    def _opening(self, state: VerseState) -> list[list[int]]:
        """The tags before a line, each with the ids that it may have."""
        plan, ids = self.lines[state.line], self.tokenizer.pieces
        out: list[list[int]] = []
        if plan.announced and not self.filling:
            groups = dict(state.groups).get(self._next_letter(state.line), frozenset())
            names = sorted({name for group in groups for name in group_tags(group, self.book)})
            if names:
                out.append([ids[f"Rhyme_{name}"] for name in names])
        kinds = {bool(plan.rhymes[kind]) for kind, _ in state.choices}
        count = min(plan.count, MOST_CHARACTERS)
        out.append([ids[f"{'Rhymed' if each else 'Plain'}_{count}"] for each in sorted(kinds)])
        return out

    def _next_letter(self, line: int) -> str:
        for plan in self.lines[line:]:
            letters = {letter for letter in plan.rhymes.values() if letter}
            if letters:
                return min(letters)
        return ""

    def after(self, state: VerseState, id: int) -> VerseState:
        name = self.tokenizer.vocabulary.names[id]
        plan = self.lines[state.line]
        if state.place < 0:
            kind, _, value = name.partition("_")
            if kind == "Rhyme":
                letter = self._next_letter(state.line)
                groups = tuple(
                    (each, frozenset(g for g in found if value in group_tags(g, self.book)))
                    if each == letter
                    else (each, found)
                    for each, found in state.groups
                )
                return replace(state, groups=groups, opened=state.opened + 1)
            rhymed = kind == "Rhymed"
            left = frozenset(c for c in state.choices if bool(plan.rhymes[c[0]]) == rhymed)
            return replace(state, place=0, choices=left)
        if state.place == plan.count:
            kinds = frozenset(kind for kind, _ in state.choices)
            return self._past_given(self._next_line(state, kinds))
        free = state.place not in plan.fixed and plan.echo is None
        left = frozenset(
            (kind, template)
            for kind, template in state.choices
            if not free or template[state.place] in (EITHER, level_of(name))
        )
        moved = replace(
            state, place=state.place + 1, choices=left, used=state.used | {name},
            written=(*state.written[:-1], state.written[-1] + name),
        )  # fmt: skip
        letter = self._letter(state)
        if letter and state.place == plan.count - 1:
            moved = self._with_rhyme(moved, letter, name)
        return moved

    def _letter(self, state: VerseState) -> str:
        plan = self.lines[state.line]
        return min((plan.rhymes[kind] for kind, _ in state.choices), default="")

    def allowed(self, state: VerseState) -> Mask:
        ids = self.tokenizer.pieces
        if state.line >= len(self.lines):
            return self.sets.only([ids["EOS"]])
        plan = self.lines[state.line]
        if state.place < 0:
            return self.sets.only(self._opening(state)[state.opened])
        if state.place == plan.count:
            return self.sets.only([ids[point] for point in plan.points])
        if state.place in plan.fixed:
            return self.sets.only([self.sets.ids[plan.fixed[state.place]]])
        if plan.echo is not None:
            echoed = state.written[plan.echo][-plan.count :]
            return self.sets.only([self.sets.ids[echoed[state.place]]])
        tones = frozenset(template[state.place] for _, template in state.choices)
        letter = self._letter(state)
        if letter and state.place == plan.count - 1:
            tone = "平" if letter.isupper() else "仄"
            mask = self.sets.rhyming(tone, dict(state.groups)[letter], self.book).copy()
            mask[self._ids(state.rhymed)] = False
            fresh = mask.copy()
        else:
            mask = self.sets.toned(tones)
            fresh = mask.copy()
        if not self.repeats:
            # The second of a pair of places may double the first, as in 萧萧.
            double = {state.written[-1][-1]} if state.place % 2 and state.written[-1] else set()
            fresh[self._ids(state.used - double)] = False
        return fresh if bool(fresh.any()) else mask

    def _ids(self, characters: frozenset[str]) -> list[int]:
        known = self.sets.ids
        return [known[c] for c in characters if c in known]
