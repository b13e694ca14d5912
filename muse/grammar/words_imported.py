"""The words that stories and scenes are written with by an imported model, spelled by its pieces.

Such a model has read more than poems and plays: every word of the pronouncing dictionary that is one of
its pieces may be written too, and names that are.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

from muse.grammar.verse_lexicon import FEWEST_WORDS
from muse.grammar.words import BARE, CAPITAL, FIRST, MOST_PIECES, SMALL, WordTable
from muse.theory.lexicon import commonness, dictionary
from muse.theory.verse_words import left_out
from muse.theory.written_words import CAPITALS, written_words
from muse.tokens.language_text import LanguageText
from muse.tokens.units import capitalised

COMMONEST = 12_000
"""So many of the words commonest in poems are spelled out, in however many pieces."""


@lru_cache(maxsize=8)
def imported_word_table(
    text: LanguageText, extra: frozenset[str] = frozenset(), names: bool = True
) -> WordTable:
    """The words of an imported model, and those that a wish brings along.

    Args:
        text: of the model's tokenizer.
        extra: further words; those with a capital may have it wherever they stand.
        names: whether there are names that nobody asked for.
    """
    small, capitals = _words(text, extra, names)
    rows: dict[tuple[int, ...], int] = {}

    def add(spelled: list[tuple[int, ...]], classes: int) -> None:
        for ids in spelled:
            if 0 < len(ids) <= MOST_PIECES:
                rows[ids] = rows.get(ids, 0) | classes

    spelled = text.within(small)
    plain = [bool(ids) and text.is_plain(ids) for ids in spelled]
    if sum(plain) >= FEWEST_WORDS:
        kept = [place for place, each in enumerate(plain) if each or small[place] in extra]
        small, spelled = [small[place] for place in kept], [spelled[place] for place in kept]
    first = [capitalised([word])[0] for word in small]
    add(spelled, SMALL)
    add(text.within(first), FIRST)
    add(text.opening(first), FIRST << BARE)
    add(text.within(capitals), CAPITAL)
    add(text.opening(capitals), CAPITAL << BARE)
    return WordTable(rows)


def _words(text: LanguageText, extra: frozenset[str], names: bool) -> tuple[list[str], list[str]]:
    """Words in small letters, and words that always have a capital."""
    known, out, written = dictionary(), left_out(), set(written_words())
    common = (word.replace("'", "’") for word in islice(commonness(), COMMONEST))
    small = dict.fromkeys(word for word in common if word in written)
    capitals = dict.fromkeys(CAPITALS)
    for word in text.whole_words():
        plain = word.lower()
        if plain not in known or plain in out or len(plain) < 3:
            continue
        if word == plain:
            small[word] = None
        elif names and word == plain.capitalize() and plain not in written:
            capitals[word] = None
    for word in extra:
        if any(map(str.isalpha, word)):
            (small if word == word.lower() else capitals)[word] = None
    return list(small), list(capitals)
