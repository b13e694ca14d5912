"""Forms of Chinese verse laid out line by line: jueju and lüshi, ci, couplets, old-style verse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from muse.grammar.verse_zh import LinePlan
from muse.makers.poem_wishes import PoemWish
from muse.theory.forms_zh import ANSWER, FORMS, NEXT, form_named, line_templates
from muse.theory.tunes_zh import TuneVariant, find_tune, tune_named
from muse.works.base import WishError

UPPER, LOWER = "，", "。"
MOST_OF_LINE = 24
FREE_LENGTHS = (5, 7)
OLD, COUPLET = ("古诗", "古体", "古风", "自由"), ("联", "对联", "楹联", "couplet")
_FIRST_RHYMED = {"C": "A", "D": "B"}
"""A first line that rhymes has a kind of its own: other kinds follow it."""

_FOLLOWS = {
    **{kind: answer for kind, answer in ANSWER.items() if kind in "abx"},
    "A": NEXT["A"],
    "B": NEXT["B"],
    "Y": NEXT["Y"],
    "C": "B",
    "D": "A",
}


@dataclass(frozen=True)
class Layout:
    """A form laid out: its tag, lines, which kinds follow which, and its rhyme book."""

    tag: str
    lines: tuple[LinePlan, ...]
    follows: Mapping[str, str]
    book: str
    tune: str = ""
    entering: float = 0.0


def layout_of(wish: PoemWish) -> Layout:
    """The layout of a wished form. Raises WishError for an unknown one; near names are told."""
    name = wish.form.strip() or ("七绝" if wish.lines in (None, 4) else "古诗")
    if name.lower() in COUPLET:
        return couplet(wish.length or 7)
    if name in OLD:
        return old_style(wish.lines or 8, wish.length or 5)
    try:
        form = form_named(name)
    except ValueError:
        tune = find_tune(name)
        if tune is None:
            try:
                tune_named(name)
            except ValueError as error:
                forms = "、".join(f.name for f in FORMS)
                raise WishError(f"--form: {error}; and the forms {forms}、古诗、联") from error
            raise
        if wish.lines is not None and wish.lines != len(tune.variants[0].lines):
            count = len(tune.variants[0].lines)
            raise WishError(f"--lines {wish.lines}: {tune.name} has {count} lines") from None
        return ci(tune.name, tune.variants[0])
    if wish.lines not in (None, form.lines):
        raise WishError(f"--lines {wish.lines}: {form.name} has {form.lines} lines")
    return regulated(form.name, form.syllables, form.lines)


def regulated(tag: str, syllables: int, count: int) -> Layout:
    lines = []
    for number in range(count):
        kinds = "ABY" if number % 2 else "abxCD" if number == 0 else "abx"
        choices = tuple(
            (kind, template)
            for kind in kinds
            for template in line_templates(_FIRST_RHYMED.get(kind, kind), syllables)
        )
        rhymes = {kind: "A" if kind in "ABYCD" else "" for kind in kinds}
        points = LOWER if number % 2 else UPPER
        lines.append(LinePlan(syllables, choices, rhymes, points, announced=number == 0))
    return Layout(tag, tuple(lines), _FOLLOWS, "pingshui")


def couplet(length: int) -> Layout:
    if not 4 <= length <= MOST_OF_LINE:
        raise WishError(f"--length {length}: a couplet's lines have 4 to {MOST_OF_LINE} characters")
    if length in (5, 7):
        upper = tuple((k, t) for k in "abx" for t in line_templates(k, length))
        lower = tuple((k, t) for k in "ABY" for t in line_templates(k, length))
    else:
        upper = tuple((kind, _alternating(length, first, "仄")) for kind, first in ("a仄", "b平"))
        lower = tuple((kind, _alternating(length, first, "平")) for kind, first in ("B平", "A仄"))
    return Layout("联", (
        LinePlan(length, upper, dict.fromkeys("abx", ""), UPPER),
        LinePlan(length, lower, dict.fromkeys("ABY", ""), LOWER),
    ), _FOLLOWS, "pingshui")  # fmt: skip


def _alternating(length: int, first: str, last: str) -> str:
    """Tones that alternate at the even places, the last place given."""
    other = {"平": "仄", "仄": "平"}
    evens, now = [], first
    for _ in range(length // 2):
        evens.append(now)
        now = other[now]
    tones = "".join("中" + tone for tone in evens) + "中" * (length % 2)
    return tones[:-1] + last


def old_style(count: int, length: int) -> Layout:
    if not 2 <= length <= MOST_OF_LINE:
        raise WishError(f"--length {length}: a line has 2 to {MOST_OF_LINE} characters")
    lines = tuple(
        LinePlan(length, (("o", "中" * length),), {"o": "A" if number % 2 else ""},
                 LOWER if number % 2 else UPPER, announced=number == 0)
        for number in range(count)
    )  # fmt: skip
    return Layout("古诗", lines, {"o": "o"}, "cilin")


def ci(name: str, variant: TuneVariant) -> Layout:
    lines: list[LinePlan] = []
    repeats = {second - 1: first - 1 for first, second in variant.refrains}
    seen: set[str] = set()
    for number, stanza in enumerate(variant.stanzas):
        for place, line in enumerate(stanza):
            new = bool(line.rhyme) and line.rhyme.lower() not in seen
            first_of_all = not lines
            seen |= {line.rhyme.lower()} if line.rhyme else set()
            ends = place == len(stanza) - 1
            points = LOWER if ends else "。，" if line.rhyme else "，"
            lines.append(LinePlan(
                len(line.tones), (("l", line.tones),), {"l": line.rhyme}, points,
                echo=repeats.get(len(lines)), stanza=number > 0 and place == 0,
                announced=first_of_all or (new and len(seen) > 1),
            ))  # fmt: skip
    return Layout("词", tuple(lines), {"l": "l"}, "cilin", name, variant.entering)
