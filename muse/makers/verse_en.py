"""From a wish for English verse to a prompt and a grammar, and from ids back to a poem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from muse.grammar.verse_en import MOST_INNER_MARKS, GivenRhymes, LinePlan, VerseGrammar
from muse.grammar.verse_lexicon import VerseLexicon, verse_lexicon
from muse.grammar.verse_line import LineRule
from muse.makers.poem_wishes import PoemWish
from muse.makers.verse_lines_en import AskedLine, AskedPoem, asked_again, asked_poem, labels
from muse.makers.verse_plan import VersePlan
from muse.theory.forms_en import FREE_SYLLABLES
from muse.theory.prosody_en import FUNCTION_WORDS
from muse.theory.verse_words import VerseWord, verse_words
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
UNWRITTEN = "…"
"""What stands for a line that is not written yet, in a poem that is read early."""


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


@dataclass(frozen=True)
class _Fixed:
    """Words that lines are to hold or end in, as the plan's lexicon has them."""

    lexicon: VerseLexicon
    needs: tuple[int, ...]
    ends: tuple[int, ...]


def _plan(asked: AskedPoem, wish: PoemWish, pieces: EnglishPieces) -> VersePlan:
    missing = [n for n, line in enumerate(asked.lines) if line.text is None]
    if not missing:
        raise WishError("all lines are given: leave at least one to be written")
    fixed = _fixed(asked, pieces)
    groups, given = _groups(asked, missing, fixed.lexicon)
    verse = _verse(asked, wish)
    sheet = verse_ids(verse, pieces)
    for n in missing:
        sheet.lines[n].units = None
    filling = len(missing) < len(asked.lines) - missing[0]
    heads = _heads(sheet, missing, filling)
    lines = [
        LinePlan(
            heads[n], _rule(asked.lines[n], fixed, n, groups[n] >= 0), groups[n],
            asked.lines[n].form.refrain - 1, n == len(asked.lines) - 1,
        )
        for n in missing
    ]  # fmt: skip
    grammar = VerseGrammar(fixed.lexicon, lines, given, _taken(asked, fixed.lexicon))
    impossible = grammar.impossible_lines()
    if impossible:
        raise _refusal(asked, [missing[place] for place in impossible])
    prompt = _prompt(sheet, pieces, missing, filling)
    most = fixed.lexicon.most_pieces
    length = 1 + sum(
        len(line.head) + 1 + MOST_INNER_MARKS + most * line.rule.most for line in lines
    )

    def read(ids: Sequence[int]) -> Poem:
        return _poem(verse_of(read_verse([*prompt, *ids], pieces), pieces), asked, wish)

    return VersePlan(prompt, grammar, length, pieces["EOS"], read)


# Words and rhymes ------------------------------------------------------------------------------


def _fixed(asked: AskedPoem, pieces: EnglishPieces) -> _Fixed:
    """The lexicon with the words that lines are to hold, and where these are in it."""
    lexicon = verse_lexicon(pieces)
    chosen: dict[str, VerseWord] = {}
    for line in asked.lines:
        for text, ends in ((line.word, False), (line.end, True)):
            if text and line.text is None:
                text = pieces.lowered(text)
                usual = chosen.get(text) or lexicon.known(text)
                if usual is None or usual.shape == "?" or (ends and not usual.tail):
                    chosen[text] = _best_way(verse_words(text), line, ends)
    lexicon = lexicon.with_words(list(chosen.values()))

    def place(text: str) -> int:
        return lexicon.places[pieces.lowered(text)] if text else -1

    return _Fixed(
        lexicon,
        tuple(place(line.word) if line.text is None else -1 for line in asked.lines),
        tuple(place(line.end) if line.text is None else -1 for line in asked.lines),
    )


def _best_way(ways: Sequence[VerseWord], line: AskedLine, ends: bool) -> VerseWord:
    """The way to say a doubtful word that its line wants: one that can end it, if it is to."""
    metre = line.form.metre
    if ends and metre:
        light = len(metre) - 1 - metre.rindex("+")
        for way in ways:
            place = max((n for n, each in enumerate(way.shape) if each in "12c"), default=-1)
            if way.tail and len(way.shape) - 1 - place == light:
                return way
    return ways[0]


def _rule(line: AskedLine, fixed: _Fixed, number: int, rhymed: bool) -> LineRule:
    form = line.form
    least, most = (form.syllables, form.syllables) if form.syllables else FREE_SYLLABLES
    letter = ord(line.letter) - ord("a") if line.letter else -1
    return LineRule(
        least, most, form.metre, letter, fixed.needs[number], fixed.ends[number], rhymed
    )


def _groups(
    asked: AskedPoem, missing: Sequence[int], lexicon: VerseLexicon
) -> tuple[list[int], list[GivenRhymes]]:
    """The rhyme group of each line, -1 for none, and what given lines ask of each group."""
    members: dict[str, list[int]] = {}
    for n, line in enumerate(asked.lines):
        if line.form.rhyme:
            members.setdefault(line.form.rhyme, []).append(n)
    groups, given = [-1] * len(asked.lines), list[GivenRhymes]()
    for lines in members.values():
        new = [n for n in lines if n in missing]
        if not new:
            continue
        found = _given(asked, [n for n in lines if n not in missing], new[0], lexicon)
        if found is None:
            continue
        # Given lines of two letters may rhyme by chance: then all of them are one group.
        same = next((n for n, each in enumerate(given) if _overlap(each, found)), len(given))
        if same == len(given):
            given.append(found)
        else:
            both = (given[same].tails or frozenset()) & (found.tails or frozenset())
            given[same] = GivenRhymes(given[same].rimes | found.rimes, both)
        for n in lines:
            groups[n] = same
    return groups, given


def _overlap(one: GivenRhymes, other: GivenRhymes) -> bool:
    """Whether two groups of given lines may have the same tail."""
    return bool((one.tails or frozenset()) & (other.tails or frozenset()))


def _given(
    asked: AskedPoem, given: Sequence[int], first: int, lexicon: VerseLexicon
) -> GivenRhymes | None:
    """What given lines ask of their group; None if nothing can rhyme with them, and need not.

    Where given lines do not rhyme with each other, the new ones rhyme with the nearest.
    """
    if not given:
        return GivenRhymes()
    nearest = min(given, key=lambda n: abs(n - first))
    rimes: set[int] = set()
    tails: frozenset[int] = frozenset()
    for n in given:
        word, ways = _end(asked.lines[n])
        if n == nearest and not ways and asked.strict:
            raise WishError(
                f"line {n + 1} ends in {word!r}, which is not in the dictionary: nothing can be "
                f"found to rhyme with it in line {first + 1}"
            )
        rimes |= {lexicon.rimes[way.rime] for way in ways if way.rime in lexicon.rimes}
        if n == nearest:
            tails = frozenset(lexicon.tails[w.rime[0]] for w in ways if w.rime[0] in lexicon.tails)
            if not tails and asked.strict:
                raise WishError(
                    f"line {n + 1} ends in {word!r}: no common word rhymes with it perfectly, as "
                    f"line {first + 1} would have to"
                )
    return GivenRhymes(frozenset(rimes), tails) if tails else None


def _end(line: AskedLine) -> tuple[str, list[VerseWord]]:
    """The last word of a given line, and the ways to say it."""
    word = [unit for unit in units_of(line.text or "") if is_word(unit)][-1]
    return word, verse_words(word.rpartition("-")[2] or word)


def _taken(asked: AskedPoem, lexicon: VerseLexicon) -> frozenset[int]:
    """The tails of given lines that are to rhyme: others keep off them."""
    given = [line for line in asked.lines if line.text is not None and line.form.rhyme]
    tails = {way.tail for line in given for way in _end(line)[1]}
    return frozenset(lexicon.tails[tail] for tail in tails if tail in lexicon.tails)


def _refusal(asked: AskedPoem, places: Sequence[int]) -> WishError:
    """Why lines are impossible, as far as it can be said."""
    ends = [n for n in places if asked.lines[n].end]
    for n in ends:
        letter = asked.lines[n].form.rhyme
        others = [m for m in ends if m > n and letter and asked.lines[m].form.rhyme == letter]
        if others:
            m, words = others[0], [asked.lines[n].end, asked.lines[others[0]].end]
            return WishError(
                f"--ends: lines {n + 1} and {m + 1} are to rhyme, but {words[0]!r} and "
                f"{words[1]!r} do not rhyme perfectly there"
            )
    if ends:
        n, word = ends[0], asked.lines[ends[0]].end
        return WishError(
            f"--ends {n + 1}:{word}: the word does not fit the end of line {n + 1}, or not words "
            "enough rhyme with it perfectly; take another, or another form"
        )
    for n in places:
        line = asked.lines[n]
        if line.word or line.letter:
            what = [f"the word {line.word!r}"] * bool(line.word)
            what += [f"the first letter {line.letter.upper()}"] * bool(line.letter)
            return WishError(f"line {n + 1} cannot have {' and '.join(what)} in its metre")
    told = ", ".join(str(n + 1) for n in places[:8])
    return WishError(f"lines {told}: there are not words enough that rhyme as the form asks")


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


def _poem(verse: Verse, asked: AskedPoem, wish: PoemWish) -> Poem:
    """The poem that was written, given lines exactly as they were given.

    Raises:
        ValueError: if no line has begun.
    """
    given = [line.text for line in asked.lines]
    stanzas, place = [], 0
    for stanza in verse.stanzas:
        lines = []
        for line in stanza:
            old = given[place] if place < len(given) else None
            lines.append(old or line.text or UNWRITTEN)
            place += 1
        stanzas.append(tuple(lines))
    title = wish.title.strip() or wish.theme.strip()
    return Poem(
        tuple(stanzas), language="en", form=asked.form, theme=wish.theme,
        title=title[:1].upper() + title[1:], locked=tuple(n for n in wish.locked if n <= place),
    )  # fmt: skip
