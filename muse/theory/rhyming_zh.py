"""Judge whether Chinese lines rhyme, by the Pingshui book and, failing that, by the others.

Conventions as in `forms_zh`: lines and places count from 1 in findings; a character with two
readings counts for the poem.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from muse.theory.forms_zh import Finding
from muse.theory.prosody_zh import BOTH, common_groups, levels
from muse.theory.rhyme_books import BOOK_TITLES, RhymeGroup, cilin_numbers, rhyme_groups


@dataclass(frozen=True, slots=True)
class Rhyme:
    """How the end of a line rhymes.

    Attributes:
        line: From 1.
        character: The last character.
        group: The group that the poem rhymes in there, as the book names it.
        fits: Whether the character is in it.
    """

    line: int
    character: str
    group: str
    fits: bool


@dataclass(frozen=True, slots=True)
class RhymeVerdict:
    """The rhymes of a poem, what departs, and what else is worth telling."""

    book: str
    rhymes: tuple[Rhyme, ...]
    departures: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()


def line_levels(line: str, *, rhyming: bool = False) -> tuple[str, ...]:
    """What each character of a line may be: 平, 仄 or 平仄.

    At a rhyming line's end every reading of the book counts, also one that is rare elsewhere.
    """
    found = [levels(character) for character in line]
    if rhyming and line:
        found[-1] = "".join(sorted({g.level for g in rhyme_groups(line[-1])})) or BOTH
    return tuple(found)


def judge_rhyme(ends: Sequence[tuple[int, str]], level: str = "") -> RhymeVerdict:
    """Whether these line ends rhyme by the Pingshui book, and if not, by which book they do.

    A first line may borrow from a neighbouring group (首句借邻韵); neighbours are groups that the
    Cilin book joins.

    Args:
        ends: (line number, last character) of the rhyming lines.
        level: 平 when only level groups count (regulated verse), "" for any.
    """
    groups = Counter(g for _, c in ends for g in rhyme_groups(c) if not level or g.level == level)
    if not groups or len(ends) < 2 or (max(groups.values()) < 2 and not level):
        return RhymeVerdict("pingshui", ())
    best = max(groups, key=lambda g: (groups[g], -g.number))
    if groups[best] < 2:
        best = next(g for _, c in reversed(ends) for g in rhyme_groups(c) if g in groups)
    rhymes, departures, remarks = [], [], []
    for line, character in ends:
        if not rhyme_groups(character):
            remarks.append(not_in_the_book(line, character))
            continue
        fits = best in rhyme_groups(character)
        rhymes.append(Rhyme(line, character, best.name, fits))
        if fits:
            continue
        near = any(_neighbours(best, g) for g in rhyme_groups(character))
        others = "/".join(g.name for g in rhyme_groups(character))
        if near and line == 1:
            text = f"{character} ({others}) borrows from a neighbouring group, as a first line may"
            remarks.append(Finding(line, 0, "首句借邻韵", text))
        else:
            term = "邻韵通押" if near else "出韵"
            departures.append(
                Finding(line, 0, term, f"{character} ({others}) is not in {best.name}")
            )
    if departures:
        remarks += _other_books([c for _, c in ends])
    return RhymeVerdict("pingshui", tuple(rhymes), tuple(departures), tuple(remarks))


def not_in_the_book(line: int, character: str) -> Finding:
    """The remark about a line whose last character the book lacks."""
    return Finding(line, 0, "未收", f"{character} is not in the rhyme book, its rhyme is left open")


def _neighbours(one: RhymeGroup, other: RhymeGroup) -> bool:
    return one.tone == other.tone and bool(cilin_numbers(one) & cilin_numbers(other))


def _other_books(characters: Sequence[str]) -> list[Finding]:
    for book in ("cilin", "modern"):
        shared = common_groups("".join(characters), book)
        if shared:
            text = f"all of them rhyme by {BOOK_TITLES[book]}: {shared[0].name}"
            return [Finding(0, 0, BOOK_TITLES[book], text)]
    return []
