"""From a wish for English verse to a prompt and a grammar, and from ids back to a poem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from muse.grammar.verse_en import VerseGrammar
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
from muse.makers.verse_lines_en import AskedPoem, asked_again, asked_poem, labels
from muse.makers.verse_plan import VersePlan
from muse.theory.prosody_en import FUNCTION_WORDS
from muse.tokens.english import EnglishPieces
from muse.tokens.english_values import Verse, VerseLine
from muse.tokens.english_verse import (
    VerseIds,
    flatten_verse,
    read_verse,
    verse_ids,
    verse_of,
)
from muse.tokens.units import is_word, normalise, units_of
from muse.works.base import WishError
from muse.works.poem import Poem

MOST_THEMES = 4


def plan_english(wish: PoemWish, pieces: EnglishPieces) -> VersePlan:
    """The plan of a new poem.

    Raises:
        WishError: if the form is unknown, or no poem can keep all that is wished.
    """
    return _plan(asked_poem(wish), wish, pieces)


def replan_english(
    poem: Poem, numbers: Sequence[int], wish: PoemWish, pieces: EnglishPieces
) -> VersePlan:
    """The plan that writes some lines of a poem anew; all others stay.

    Of a refrain all lines are written anew. Where the wish says nothing, the poem's own theme and
    title stand.

    Raises:
        WishError: if no lines can keep all that is wished.
    """
    asked = asked_again(poem, numbers, wish)
    wish = replace(wish, theme=wish.theme or poem.theme, title=wish.title or poem.title)
    return _plan(asked, wish, pieces)


def themes_of_wish(text: str) -> tuple[str, ...]:
    """The words of a theme that say something, in small letters; at most four."""
    words = [unit.lower() for unit in units_of(text) if is_word(unit)]
    plain = [each for each in words if each.replace("’", "'") not in FUNCTION_WORDS]
    return tuple(dict.fromkeys(plain or words))[:MOST_THEMES]


def _plan(asked: AskedPoem, wish: PoemWish, pieces: EnglishPieces) -> VersePlan:
    missing = [n for n, line in enumerate(asked.lines) if line.text is None]
    if not missing:
        raise WishError("all lines are given: leave at least one to be written")
    fixed = fixed_words(asked, verse_lexicon(pieces), pieces.lowered)
    groups, given = rhyme_groups(asked, missing, fixed.lexicon)
    verse = _verse(asked, wish)
    sheet = verse_ids(verse, pieces)
    for n in missing:
        sheet.lines[n].units = None
    filling = len(missing) < len(asked.lines) - missing[0]
    heads = _heads(sheet, missing, filling)
    lines = [
        LinePlan(
            heads[n], line_rule(asked.lines[n], fixed, n, groups[n] >= 0), groups[n],
            asked.lines[n].form.refrain - 1, n == len(asked.lines) - 1,
        )
        for n in missing
    ]  # fmt: skip
    grammar = VerseGrammar(fixed.lexicon, lines, given, taken_tails(asked, fixed.lexicon))
    impossible = grammar.impossible_lines()
    if impossible:
        raise refusal(asked, [missing[place] for place in impossible])
    prompt = _prompt(sheet, pieces, missing, filling)
    most = fixed.lexicon.most_pieces
    length = 1 + sum(
        len(line.head) + 1 + MOST_INNER_MARKS + most * line.rule.most for line in lines
    )

    def read(ids: Sequence[int]) -> Poem:
        verse = verse_of(read_verse([*prompt, *ids], pieces), pieces)
        return poem_of([[line.text for line in stanza] for stanza in verse.stanzas], asked, wish)

    return VersePlan(prompt, grammar, length, pieces["EOS"], read)


# Ids -------------------------------------------------------------------------------------------


def _verse(asked: AskedPoem, wish: PoemWish) -> Verse:
    """The poem as the tokens say it; lines that are to be written are empty."""
    said = iter(labels(asked.lines))
    stanzas = tuple(
        tuple(VerseLine(normalise(line.text or ""), next(said)) for line in stanza)
        for stanza in asked.stanzas
    )
    return Verse(
        stanzas, asked.tag, asked.metre, normalise(wish.author), normalise(wish.title),
        themes_of_wish(wish.theme),
    )  # fmt: skip


def _heads(sheet: VerseIds, missing: Sequence[int], filling: bool) -> dict[int, tuple[int, ...]]:
    """The ids that open each missing line."""
    heads: dict[int, tuple[int, ...]] = {}
    place = 0
    for block in sheet.blocks:
        for number, line in enumerate(block.lines):
            if place in missing:
                opens = () if filling or number else tuple(block.head)
                heads[place] = (*opens, *line.openers)
            place += 1
    return heads


def _prompt(
    sheet: VerseIds, pieces: EnglishPieces, missing: Sequence[int], filling: bool
) -> list[int]:
    """What the model reads: the header, and the lines that are given.

    If the missing lines are the last ones, they are written onward; otherwise into holes.
    """
    if filling:
        whole = flatten_verse(sheet, pieces, backward=True, holes=missing)
        return whole[: whole.index(pieces["Fill"]) + 1]
    known = replace(sheet, blocks=[], ended=False)
    left = missing[0]
    for block in sheet.blocks:
        if left > 0:
            known.blocks.append(replace(block, lines=block.lines[:left]))
            left -= len(block.lines)
    return flatten_verse(known, pieces, backward=True)
