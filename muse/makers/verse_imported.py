"""From a wish for English verse to a request to an imported language model, and from ids to a poem.

The model reads the wish in words and the lines that stand before the first that is to be written. It
writes from left to right; given lines that come later are read when their turn comes, and the request
tells them beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from muse.grammar.verse_forward import ForwardVerse
from muse.grammar.verse_lexicon import verse_lexicon
from muse.grammar.verse_plan_en import MOST_INNER_MARKS, LinePlan
from muse.makers.poem_wishes import PoemWish
from muse.makers.verse_fixed_en import (
    fixed_words,
    line_rule,
    poem_of,
    refusal,
    rhyme_groups,
    taken_tails,
)
from muse.makers.verse_lines_en import AskedPoem, asked_again, asked_poem
from muse.makers.verse_plan import VersePlan
from muse.theory.forms_en import form_named
from muse.tokens.language_text import LanguageText
from muse.works.base import WishError
from muse.works.poem import Poem

HOLE = "___"
"""What stands for a line that is to be written, in the request."""


def plan_imported(wish: PoemWish, text: LanguageText) -> VersePlan:
    """The plan of a new poem.

    Raises:
        WishError: if the form is unknown, or no poem can keep all that is wished.
    """
    asked = asked_poem(wish)
    return _plan(asked, wish, text, request_for(asked, wish))


def replan_imported(
    poem: Poem, numbers: Sequence[int], wish: PoemWish, text: LanguageText
) -> VersePlan:
    """The plan that writes some lines of a poem anew; all others stay. Raises WishError."""
    asked = asked_again(poem, numbers, wish)
    wish = replace(wish, theme=wish.theme or poem.theme, title=wish.title or poem.title)
    return _plan(asked, wish, text, request_for(asked, wish))


def _plan(asked: AskedPoem, wish: PoemWish, text: LanguageText, request: str) -> VersePlan:
    missing = [n for n, line in enumerate(asked.lines) if line.text is None]
    if not missing:
        raise WishError("all lines are given: leave at least one to be written")
    fixed = fixed_words(asked, verse_lexicon(text), text.lowered)
    groups, given = rhyme_groups(asked, missing, fixed.lexicon)
    heads = _between(asked, missing, text)
    prompt = [*text.request(request), *heads.pop(0)]
    lines = [
        LinePlan(
            () if n == missing[0] else head, line_rule(asked.lines[n], fixed, n, groups[n] >= 0),
            groups[n], asked.lines[n].form.refrain - 1, n == len(asked.lines) - 1,
        )
        for n, head in zip(missing, [(), *heads])
    ]  # fmt: skip
    ending = (*heads[-1], text.end)
    taken = taken_tails(asked, fixed.lexicon)
    grammar = ForwardVerse(fixed.lexicon, lines, given, taken, ending)
    impossible = grammar.impossible_lines()
    if impossible:
        raise refusal(asked, [missing[place] for place in impossible])
    most = fixed.lexicon.most_pieces
    length = len(ending) + sum(
        len(line.head) + 2 + MOST_INNER_MARKS + most * line.rule.most for line in lines
    )

    def read(ids: Sequence[int]) -> Poem:
        return poem_of(_stanzas(asked, missing[0], text.lines(ids)), asked, wish)

    return VersePlan(prompt, grammar, length, text.end, read)


def _between(asked: AskedPoem, missing: Sequence[int], text: LanguageText) -> list[tuple[int, ...]]:
    """The ids before each missing line, and those behind the last: breaks, and given lines."""
    opens = {0}
    for stanza in asked.stanzas:
        opens.add(max(opens) + len(stanza))
    found: list[tuple[int, ...]] = []
    ids: list[int] = []
    for n, line in enumerate(asked.lines):
        if n:
            ids += text.stanza_break if n in opens else text.line_break
        if line.text is None:
            found.append(tuple(ids))
            ids = []
        else:
            ids += text.line_ids(line.text)
    return [*found, tuple(ids)]


def _stanzas(asked: AskedPoem, first: int, written: Sequence[str]) -> list[list[str]]:
    """The stanzas, as far as they have come; `written` are the lines from the first missing on."""
    new = [line for line in written if line]
    texts = [""] * first + new
    known = [n for n, line in enumerate(asked.lines) if line.text is not None]
    count = min(max(len(texts) if new else 0, *(n + 1 for n in known), 0), len(asked.lines))
    texts = (texts + [""] * count)[:count]
    rest = iter(texts)
    stanzas = [[each for _, each in zip(stanza, rest)] for stanza in asked.stanzas]
    return [stanza for stanza in stanzas if stanza]


# The request -----------------------------------------------------------------------------------


def request_for(asked: AskedPoem, wish: PoemWish) -> str:
    """The wish in words."""
    told = [f"Write a poem about {wish.theme.strip()}." if wish.theme.strip() else "Write a poem."]
    told.append(f"Form: {_form(asked)}, {len(asked.lines)} lines.")
    if wish.title.strip():
        told.append(f"Its title is “{wish.title.strip()}”.")
    if wish.author.strip():
        told.append(f"Write it in the manner of {wish.author.strip()}.")
    if wish.acrostic.strip():
        told.append(f"The first letters of its lines spell {wish.acrostic.strip().upper()}.")
    for number, line in enumerate(asked.lines, 1):
        if line.text is None and line.word:
            told.append(f"Line {number} has the word “{line.word}”.")
        if line.text is None and line.end:
            told.append(f"Line {number} ends in the word “{line.end}”.")
    known = [line.text is not None for line in asked.lines]
    if any(known):
        told.append(f"These lines stand; write what is missing ({HOLE}):\n")
        told += [HOLE if line.text is None else line.text for line in asked.lines]
        return "\n".join([" ".join(told[: -len(known)]), *told[-len(known) :]])
    told.append("Answer with the lines of the poem alone.")
    return " ".join(told)


def _form(asked: AskedPoem) -> str:
    try:
        form = form_named(asked.form)
    except ValueError:
        return asked.form or "lines as they are"
    return f"{form.name} ({form.gloss})"
