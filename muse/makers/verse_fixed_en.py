"""What an English plan needs to know of words and rhymes, and the poem that comes of it, whichever way
its lines are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from muse.grammar.verse_lexicon import VerseLexicon
from muse.grammar.verse_line import LineRule
from muse.grammar.verse_plan_en import GivenRhymes
from muse.makers.poem_wishes import PoemWish
from muse.makers.verse_lines_en import AskedLine, AskedPoem
from muse.theory.forms_en import FREE_SYLLABLES
from muse.theory.verse_words import VerseWord, verse_words
from muse.tokens.units import is_word, units_of
from muse.works.base import WishError
from muse.works.poem import Poem

UNWRITTEN = "…"
"""What stands for a line that is not written yet, in a poem that is read early."""


@dataclass(frozen=True)
class FixedWords:
    """Words that lines are to hold or end in, as the plan's lexicon has them."""

    lexicon: VerseLexicon
    needs: tuple[int, ...]
    ends: tuple[int, ...]


def fixed_words(
    asked: AskedPoem, lexicon: VerseLexicon, lowered: Callable[[str], str]
) -> FixedWords:
    """The lexicon with the words that lines are to hold, and where these are in it.

    Args:
        asked: the poem.
        lexicon: of its words.
        lowered: a word without a capital that it does not need.

    Raises:
        WishError: if a word has no syllable, or cannot be spelled.
    """
    chosen: dict[str, VerseWord] = {}
    for line in asked.lines:
        for text, ends in ((line.word, False), (line.end, True)):
            if text and line.text is None:
                text = lowered(text)
                usual = chosen.get(text) or lexicon.known(text)
                if usual is None or usual.shape == "?" or (ends and not usual.tail):
                    ways = verse_words(text)
                    if not ways:
                        option = "end" if ends else "word"
                        raise WishError(f"--{option}: {text!r} has no syllable of its own")
                    chosen[text] = _best_way(ways, line, ends)
    lexicon = lexicon.with_words(list(chosen.values()))

    def place(text: str) -> int:
        if not text:
            return -1
        if lowered(text) not in lexicon.places:
            raise WishError(f"--words or --ends: the model has no pieces to write {text!r}")
        return lexicon.places[lowered(text)]

    return FixedWords(
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


def line_rule(line: AskedLine, fixed: FixedWords, number: int, rhymed: bool) -> LineRule:
    form = line.form
    least, most = (form.syllables, form.syllables) if form.syllables else FREE_SYLLABLES
    letter = ord(line.letter) - ord("a") if line.letter else -1
    return LineRule(
        least, most, form.metre, letter, fixed.needs[number], fixed.ends[number], rhymed
    )


def rhyme_groups(
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


def taken_tails(asked: AskedPoem, lexicon: VerseLexicon) -> frozenset[int]:
    """The tails of given lines that are to rhyme: others keep off them."""
    given = [line for line in asked.lines if line.text is not None and line.form.rhyme]
    tails = {way.tail for line in given for way in _end(line)[1]}
    return frozenset(lexicon.tails[tail] for tail in tails if tail in lexicon.tails)


def refusal(asked: AskedPoem, places: Sequence[int]) -> WishError:
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


# The poem --------------------------------------------------------------------------------------


def poem_of(written: Sequence[Sequence[str]], asked: AskedPoem, wish: PoemWish) -> Poem:
    """The poem that was written, given lines exactly as they were given.

    Args:
        written: the stanzas' lines; empty ones are not written yet.
        asked: what was asked of each line.
        wish: the rest.

    Raises:
        ValueError: if no line has begun.
    """
    given = [line.text for line in asked.lines]
    stanzas, place = [], 0
    for stanza in written:
        lines = []
        for text in stanza:
            old = given[place] if place < len(given) else None
            lines.append(old or text or UNWRITTEN)
            place += 1
        stanzas.append(tuple(lines))
    title = wish.title.strip() or wish.theme.strip()
    return Poem(
        tuple(stanzas), language="en", form=asked.form, theme=wish.theme,
        title=title[:1].upper() + title[1:], locked=tuple(n for n in wish.locked if n <= place),
    )  # fmt: skip
