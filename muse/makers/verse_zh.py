"""From a wish for Chinese verse to a prompt and a grammar: jueju, lüshi, ci, couplets, old verse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from muse.grammar.characters_zh import character_sets, group_tags
from muse.grammar.verse_zh import FEWEST_RHYMES, ChineseGrammar, LinePlan
from muse.makers.poem_wishes import PoemWish
from muse.makers.verse_layouts_zh import COUPLET, LOWER, OLD, UPPER, Layout, couplet, layout_of
from muse.makers.verse_plan import VersePlan
from muse.theory.prosody_zh import levels
from muse.theory.rhyme_books import RhymeGroup, book_groups, is_han, rhyme_groups
from muse.tokens.chinese import (
    CILIN_GROUPS,
    POINTS,
    ChineseLine,
    ChineseSheet,
    ChineseTokenizer,
    poem_of,
)
from muse.works.base import WishError
from muse.works.poem import Poem


def rich_groups(
    layout: Layout, tokenizer: ChineseTokenizer, wish: PoemWish
) -> dict[str, frozenset[RhymeGroup]]:
    """For each letter the groups with characters enough for all its lines.

    Raises:
        WishError: if the wished group is unknown or too small.
    """
    found: dict[str, frozenset[RhymeGroup]] = {}
    letters = [max(line.rhymes.values()) for line in layout.lines]
    for letter in sorted(set(letters) - {""}):
        tone = "平" if letter.isupper() else "仄"
        needed = letters.count(letter) + FEWEST_RHYMES
        groups = [
            group
            for group in book_groups(layout.book)
            if group.level == tone
            and (not wish.rhyme or wish.rhyme in _names(group))
            and character_sets(tokenizer).count(group, layout.book) >= needed
        ]
        if tone == "仄" and layout.entering > 0.8:
            groups = [g for g in groups if g.tone == "入"] or groups
        found[letter] = frozenset(
            g for g in groups if all(t in CILIN_GROUPS for t in group_tags(g, layout.book))
        )
    for letter in [each for each in found if each.islower() and each.upper() in found]:
        both = {g.number for g in found[letter]} & {g.number for g in found[letter.upper()]}
        for each in (letter, letter.upper()):
            found[each] = frozenset(g for g in found[each] if g.number in both)
    if not all(found.values()):
        raise WishError(
            f"--rhyme {wish.rhyme}: no group of that name has rhymes enough for this form"
        )
    return found


def _names(group: RhymeGroup) -> set[str]:
    return {group.name, group.name[-1], group.name.lstrip("上下平入去声")}


def plan_chinese(wish: PoemWish, tokenizer: ChineseTokenizer) -> VersePlan:
    """The plan of a new poem.

    Raises:
        WishError: if the form is unknown, or no poem can keep all that is wished.
    """
    layout = layout_of(wish)
    count = len(layout.lines)
    fixed: list[dict[int, str]] = [{} for _ in range(count)]
    acrostic = [c for c in wish.acrostic if is_han(c)]
    if len(acrostic) > count:
        raise WishError(f"--acrostic has {len(acrostic)} characters, the form {count} lines")
    for number, character in enumerate(acrostic):
        fixed[number][0] = character
    _put(fixed, layout, wish.ends, "end", lambda size, text: size - len(text))
    _put(fixed, layout, wish.words, "word", lambda size, text: 0 if size == len(text) else 2)
    given = {}
    for number, text in wish.locked.items():
        given[number - 1] = _given(number, text, layout)
        for place, character in fixed[number - 1].items():
            if text[place] != character:
                raise WishError(
                    f"--lock {number}:{text}: character {place + 1} is to be {character}"
                )
    lines = tuple(
        replace(line, fixed=_merged(n, fixed[n], tokenizer)) for n, line in enumerate(layout.lines)
    )
    return _plan(wish, replace(layout, lines=lines), given, tokenizer)


def _put(fixed, layout, wished, name, place_of):  # type: ignore[no-untyped-def]
    for number, text in wished.items():
        if number > len(layout.lines):
            raise WishError(f"--{name} {number}:{text}: the form has {len(layout.lines)} lines")
        size = layout.lines[number - 1].count
        bare = [c for c in text if is_han(c)]
        if not 0 < len(bare) <= size:
            raise WishError(f"--{name} {number}:{text}: line {number} has {size} characters")
        first = min(max(place_of(size, bare), 0), size - len(bare))
        for offset, character in enumerate(bare):
            fixed[number - 1][first + offset] = character


def _merged(number: int, fixed: dict[int, str], tokenizer: ChineseTokenizer) -> dict[int, str]:
    for character in fixed.values():
        if tokenizer.vocabulary.get(character) is None:
            raise WishError(f"line {number + 1}: the model does not know the character {character}")
    return fixed


def _given(number: int, text: str, layout: Layout) -> str:
    if number > len(layout.lines):
        raise WishError(f"--lock {number}: the form has {len(layout.lines)} lines")
    bare = "".join(c for c in text if is_han(c))
    size = layout.lines[number - 1].count
    if len(bare) != size:
        raise WishError(f"--lock {number}: line {number} has {size} characters, not {len(bare)}")
    return text if text[-1] in POINTS else text + layout.lines[number - 1].points[0]


def replan_chinese(poem: Poem, numbers: Sequence[int], wish: PoemWish,
                   tokenizer: ChineseTokenizer) -> VersePlan:  # fmt: skip
    """The plan that writes some lines of a poem anew; all others stay.

    Raises:
        WishError: if the poem does not have the lines of its form.
    """
    layout = _layout_of_poem(poem, wish)
    if len(layout.lines) != len(poem.lines):
        raise WishError(
            f"{poem.form} has {len(layout.lines)} lines, the poem {len(poem.lines)}; "
            "write one line of verse in a line"
        )
    given = {
        n: _given(n + 1, text, layout) for n, text in enumerate(poem.lines) if n + 1 not in numbers
    }
    fixed: list[dict[int, str]] = [{} for _ in layout.lines]
    _put(fixed, layout, wish.ends, "end", lambda size, text: size - len(text))
    _put(fixed, layout, wish.words, "word", lambda size, text: 2)
    lines = tuple(
        replace(line, fixed=_merged(n, fixed[n], tokenizer)) for n, line in enumerate(layout.lines)
    )
    wish = replace(wish, theme=wish.theme or poem.theme, title=wish.title or poem.title)
    return _plan(wish, replace(layout, lines=lines), given, tokenizer, poem)


def _layout_of_poem(poem: Poem, wish: PoemWish) -> Layout:
    """The layout of a poem's form; of a poem without one the lengths and rhymes that it has."""
    name = wish.form or poem.form
    if name and name not in OLD and name.lower() not in COUPLET:
        return layout_of(replace(wish, form=name, lines=None))
    lengths = [sum(map(is_han, line)) for line in poem.lines]
    if name.lower() in COUPLET and len(set(lengths)) == 1 and len(lengths) == 2:
        return couplet(lengths[0])
    ends = [next((c for c in reversed(line) if is_han(c)), "") for line in poem.lines]
    evens = [frozenset(rhyme_groups(c, "cilin")) for c in ends[1::2] if c]
    shared = frozenset.intersection(*evens) if evens else frozenset()
    letter = ("A" if any(g.level == "平" for g in shared) else "a") if shared else ""
    lines = tuple(
        LinePlan(size, (("o", "中" * size),), {"o": letter if n % 2 else ""},
                 LOWER if n % 2 else UPPER, announced=n == 0 and bool(letter))
        for n, size in enumerate(lengths)
    )  # fmt: skip
    if 0 in lengths:
        raise WishError(f"line {lengths.index(0) + 1} has no Chinese characters")
    return Layout("古诗", lines, {"o": "o"}, "cilin")


def _plan(
    wish: PoemWish, layout: Layout, given: Mapping[int, str], tokenizer: ChineseTokenizer,
    poem: Poem | None = None,
) -> VersePlan:  # fmt: skip
    groups = rich_groups(layout, tokenizer, wish)
    lines = [_with_given(line, n, given.get(n)) for n, line in enumerate(layout.lines)]
    groups = _sharing(groups, lines, layout)
    missing = [n for n in range(len(lines)) if n not in given]
    if not missing:
        raise WishError("all lines are given: leave at least one to be written")
    filling = max(given, default=-1) > missing[0]
    if filling:
        lines = [_decided(line, poem, n) for n, line in enumerate(lines)]
    grammar = ChineseGrammar(
        tokenizer, lines, layout.follows, layout.book, groups,
        repeats=layout.tag in ("词", "古诗"), filling=filling,
    )  # fmt: skip
    if not all(grammar.kinds):
        bad = max(n for n, kinds in enumerate(grammar.kinds) if not kinds)
        raise WishError(
            f"line {bad + 1}: what is fixed there does not fit the tones of {layout.tune or layout.tag}"
        )
    sheet = _sheet(wish, layout, lines, given)
    ids = tokenizer.pieces
    if filling:
        whole = tokenizer.flatten(sheet, missing)
        prompt = whole[: whole.index(ids["Fill"]) + 1]
    else:
        known = replace(sheet, lines=sheet.lines[: missing[0]])
        prompt = [
            *tokenizer.header(sheet),
            *tokenizer.flatten(known)[len(tokenizer.header(known)) : -1],
        ]
    length = sum(lines[n].count + 5 for n in missing) + 2

    def read(written: Sequence[int]) -> Poem:
        # Where stanzas begin is the form's to say: no text that was learned from tells it.
        sheet = tokenizer.read([*prompt, *written])
        parted = (
            replace(line, stanza=plan.stanza) for line, plan in zip(sheet.lines, layout.lines)
        )
        found = poem_of(replace(sheet, lines=tuple(parted)))
        form = layout.tune or layout.tag
        return replace(
            found, form=form, theme=wish.theme, title=wish.title or wish.theme,
            locked=tuple(sorted(n + 1 for n in wish_locks(wish))),
        )  # fmt: skip

    return VersePlan(prompt, grammar, length, ids["EOS"], read)


def wish_locks(wish: PoemWish) -> list[int]:
    """Places, from 0, of the lines that the wish locks."""
    return [number - 1 for number in wish.locked]


def _with_given(line: LinePlan, number: int, text: str | None) -> LinePlan:
    """The plan of a line that stands: as it is, whatever its tones."""
    if text is None:
        return line
    bare = [c for c in text if is_han(c)]
    template = [
        (kind, tones) for kind, tones in line.choices
        if all(tone == "中" or tone in levels(c) for tone, c in zip(tones, bare))
    ]  # fmt: skip
    choices = tuple(template) or tuple(
        {kind: (kind, "中" * line.count) for kind, _ in line.choices}.values()
    )
    return replace(
        line, choices=choices, fixed=dict(enumerate(bare)), given=True, points=text[-1], echo=None
    )


def _sharing(groups, lines, layout):  # type: ignore[no-untyped-def]
    """The groups that the rhymes already fixed leave."""
    found = dict(groups)
    for number, line in enumerate(lines):
        character = line.fixed.get(line.count - 1)
        letters = set(line.rhymes.values())
        if character is None or len(letters) != 1 or "" in letters:
            continue
        letter = letters.pop()
        own = frozenset(rhyme_groups(character, layout.book))
        rest = found[letter] & own
        if not rest:
            told = "、".join(sorted(g.name for g in own)) or "no group of the book"
            raise WishError(
                f"line {number + 1} ends in {character} ({told}), which does not rhyme with the rest"
            )
        found[letter] = rest
        for other in found:
            if other != letter and other.lower() == letter.lower():
                numbers = {g.number for g in rest}
                found[other] = frozenset(g for g in found[other] if g.number in numbers)
    return found


def _decided(line: LinePlan, poem: Poem | None, number: int) -> LinePlan:
    """In a poem with holes a line rhymes or not before it is written: its tag stands before."""
    kinds = {bool(letter) for letter in line.rhymes.values()}
    if len(kinds) == 1 or line.given:
        return line
    return replace(
        line, choices=tuple(c for c in line.choices if not line.rhymes[c[0]]),
        rhymes={kind: letter for kind, letter in line.rhymes.items() if not letter},
    )  # fmt: skip


def _sheet(
    wish: PoemWish, layout: Layout, lines: Sequence[LinePlan], given: Mapping[int, str]
) -> ChineseSheet:
    theme = " ".join("".join(c if is_han(c) else " " for c in wish.theme).split())
    fields = {
        "Author": "".join(filter(is_han, wish.author)), "Tune": layout.tune,
        "Title": "".join(filter(is_han, wish.title)), "Theme": theme,
    }  # fmt: skip
    out = []
    for number, plan in enumerate(lines):
        text = given.get(number)
        rhymed = all(plan.rhymes[kind] for kind, _ in plan.choices)
        bare = text.rstrip(POINTS) if text else None
        point = text[len(bare or "") :][:1] if text else plan.points[0]
        out.append(ChineseLine(bare, point, plan.count, rhymed, stanza=plan.stanza))
    return ChineseSheet(layout.tag, tuple(out), "", {k: v for k, v in fields.items() if v})
