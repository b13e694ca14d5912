"""Regulated Chinese verse: jueju, lüshi and couplets as tables of tones, and how to judge by them.

Conventions:
    A tone pattern is a string of 平 (level), 仄 (oblique) and 中 (either). What a *line has* is one
    entry a character: "平", "仄", or "平仄" where the character can be read both ways; such a
    character always counts for the poem.
    Lines and places count from 1 in everything that people read.

The four kinds of line, named as in 王力《汉语诗律学》 (1958): a 仄仄平平仄, A 仄仄仄平平, b 平平平仄仄,
B 平平仄仄平; capitals end level, and that is where the rhyme stands. Seven-character lines put two
characters of the other level in front. Poems alternate: in a couplet the even places are opposite
(对), between couplets they agree (粘). Hence four patterns for each form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

EITHER = "中"
IDEAL = {"a": "仄仄平平仄", "A": "仄仄仄平平", "b": "平平平仄仄", "B": "平平仄仄平"}
LEGAL = {
    "a": ("中仄中平仄",),
    "A": ("中仄仄平平",),
    "b": ("中平中仄仄", "平平仄平仄"),
    "B": ("平平中仄平", "仄平平仄平"),
    "x": ("中仄中仄仄",),
    "Y": ("中平平仄平",),
}
"""What each kind may be (一三五不论, but no 三平尾 in A and no 孤平 in B).

The second entry of b is the licensed swap 平平仄平仄, that of B the rescue of a lone level tone.
x is an a whose fourth place is 仄; it needs Y, a B with 平 in the third place, as its answer (拗救).
"""
_PREFIX = {"a": "中平", "A": "中平", "x": "中平", "b": "中仄", "B": "中仄", "Y": "中仄"}
_IDEAL_PREFIX = {"a": "平平", "A": "平平", "b": "仄仄", "B": "仄仄"}
ANSWER = {"a": "B", "A": "B", "b": "A", "B": "A", "x": "Y"}
NEXT = {"A": "ax", "B": "b", "Y": "b"}


@dataclass(frozen=True, slots=True)
class VerseForm:
    """A form of regulated verse: so many lines of so many characters."""

    name: str
    gloss: str
    syllables: int
    lines: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """One of the four standard patterns of a form.

    Attributes:
        name: As in `仄起首句不入韵`.
        kinds: One letter a line, as `aBbA`.
        lines: The ideal tones of each line.
        rhymes: Whether each line rhymes.
    """

    name: str
    kinds: str
    lines: tuple[str, ...]
    rhymes: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell about a line: a departure from the form, or a remark.

    Attributes:
        line: From 1; 0 for the whole poem.
        place: The character, from 1; 0 for the whole line.
        term: The Chinese term, as 孤平.
        text: The same in plain English.
    """

    line: int
    place: int
    term: str
    text: str


FORMS = (
    VerseForm("五绝", "five-character quatrain (wujue)", 5, 4, ("五絕", "五言绝句", "wujue")),
    VerseForm("七绝", "seven-character quatrain (qijue)", 7, 4, ("七絕", "七言绝句", "qijue")),
    VerseForm("五律", "five-character regulated verse (wulü)", 5, 8, ("五言律诗", "wulü", "wulv")),
    VerseForm("七律", "seven-character regulated verse (qilü)", 7, 8, ("七言律诗", "qilü", "qilv")),
)


def form_named(name: str) -> VerseForm:
    """The form of that name, in Chinese or pinyin. Raises ValueError for an unknown one."""
    wanted = name.strip().lower().translate(str.maketrans("絕詩", "绝诗"))
    for form in FORMS:
        if wanted in (form.name, *form.aliases):
            return form
    raise ValueError(f"no such form: {name!r}; there are {', '.join(f.name for f in FORMS)}")


def form_of(syllables: int, lines: int) -> VerseForm | None:
    """The form with that shape; ten and more lines are a 排律 (long regulated verse)."""
    for form in FORMS:
        if (form.syllables, form.lines) == (syllables, lines):
            return form
    if syllables in (5, 7) and lines >= 10 and lines % 2 == 0:
        word = "五" if syllables == 5 else "七"
        return VerseForm(f"{word}排", f"long regulated verse, {syllables} characters a line",
                         syllables, lines)  # fmt: skip
    return None


@lru_cache(maxsize=64)
def patterns(form: VerseForm) -> tuple[Pattern, ...]:
    """The standard patterns of a form: level or oblique start, first line rhyming or not."""
    return tuple(pattern_of(first, form.syllables, form.lines) for first in "aAbB")


@lru_cache(maxsize=256)
def pattern_of(first: str, syllables: int, lines: int) -> Pattern:
    """The pattern that begins with a line of this kind."""
    kinds = first
    while len(kinds) < lines:
        kinds += ANSWER[kinds[-1]] if len(kinds) % 2 else NEXT[kinds[-1]][0]
    ideal = tuple(IDEAL[k] if syllables == 5 else _IDEAL_PREFIX[k] + IDEAL[k] for k in kinds)
    name = f"{ideal[0][1]}起首句{'入' if first.isupper() else '不入'}韵"
    rhymes = tuple(i % 2 == 1 or (i == 0 and first.isupper()) for i in range(lines))
    return Pattern(name, kinds, ideal, rhymes)


def line_templates(kind: str, syllables: int) -> tuple[str, ...]:
    """What a line of this kind may be, with 中 where both levels do.

    Raises:
        ValueError: `kind` is not in `LEGAL`, or lines have neither 5 nor 7 characters.
    """
    if kind not in LEGAL or syllables not in (5, 7):
        raise ValueError(f"no line of kind {kind!r} with {syllables} characters")
    return LEGAL[kind] if syllables == 5 else tuple(_PREFIX[kind] + tail for tail in LEGAL[kind])


@lru_cache(maxsize=64)
def legal_lines(kind: str, syllables: int) -> frozenset[str]:
    """All tone strings that a line of this kind may have, spelled out in 平 and 仄."""
    choices = (
        product(*("平仄" if tone == EITHER else tone for tone in template))
        for template in line_templates(kind, syllables)
    )
    return frozenset("".join(tones) for options in choices for tones in options)


def couplet_findings(
    upper: Sequence[Sequence[str]], lower: Sequence[Sequence[str]]
) -> tuple[Finding, ...]:
    """What departs from the rule of a couplet (对联, or a parallel pair within a lüshi).

    The rule: equal length, clause by clause; opposite levels at the even places and at the end of
    each clause; the first line ends 仄, the second 平.

    Args:
        upper: The first line (上联) as clauses of what each character has.
        lower: The second line (下联).
    """
    found = []
    if [len(c) for c in upper] != [len(c) for c in lower]:
        sizes = ["+".join(str(len(c)) for c in side) for side in (upper, lower)]
        return (
            Finding(0, 0, "字数不等", f"the lines differ in length: {sizes[0]} and {sizes[1]}"),
        )
    place = 0
    for clause, answer in zip(upper, lower):
        for index, (has, other) in enumerate(zip(clause, answer), 1):
            place += 1
            even = index % 2 == 0 and (index < len(clause) or len(clause) % 2 == 0)
            if (even or index == len(clause)) and has == other and len(has) == 1:
                found.append(Finding(2, place, "失对", f"place {place} is {has} in both lines"))
    for line, side, tone in ((1, upper, "仄"), (2, lower, "平")):
        last = side[-1][-1] if side and side[-1] else tone
        if tone not in last:
            word = "first" if line == 1 else "second"
            found.append(
                Finding(line, place, f"{'上' if line == 1 else '下'}联收{last}",
                        f"the {word} line should end {tone}")
            )  # fmt: skip
    return tuple(found)


def misses(has: Sequence[str], template: str) -> tuple[int, ...]:
    """The places (from 0) where a line cannot be read as the template asks."""
    return tuple(
        i
        for i, (tones, want) in enumerate(zip(has, template))
        if want != EITHER and want not in tones
    )
