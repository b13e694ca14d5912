"""The English words that scenes and stories are written with, as they are spelled within a sentence."""

from __future__ import annotations

import gzip
from functools import lru_cache

from muse.theory.lexicon import FOLDER
from muse.theory.verse_words import common_verse_words, left_out

FILE = FOLDER / "written_words.txt.gz"

_CAPITALS = (
    "I I’m I’ll I’ve I’d I’ld O God God’s Lord Lords Lord’s Heaven Heaven’s Heavens Christ Jesus Jove "
    "King King’s Kings Queen Queen’s Prince Princess Duke Duchess Earl Count Countess Sir Lady Ladies "
    "Madam Majesty Highness Grace Excellency Master Mistress Miss Captain General Doctor Father Mother "
    "Brother Sister Uncle Aunt Fortune Nature Death Time Love Fate Hell Paradise Muse Christian "
    "England English English’s France French Rome Roman Romans Greece Greek Greeks Italy Italian Spain "
    "Spanish Germany German Scotland Scottish Ireland Irish Wales Welsh Britain British London Paris "
    "Venice Egypt Troy Athens Europe America American India Africa North South East West January "
    "February April June July August September October November December Monday Tuesday Wednesday "
    "Thursday Friday Saturday Sunday Christmas Easter"
)
CAPITALS = frozenset(_CAPITALS.split())
"""Words that may have a capital within a sentence though they name nobody of a cast: I, titles, God,
countries and cities, days."""

_PLAYED = "ay air jest kin cue sue rob bill mow 'em ma'am"
_NEEDED = frozenset(_PLAYED.split())
"""Words that poems do without, and plays do not."""


@lru_cache(maxsize=1)
def written_words() -> tuple[str, ...]:
    """Some 39,000 words in small letters, typographic apostrophes within, in alphabetical order.

    Those that stand twice or more in the poems and plays that Muse learns from
    (`muse/data/written_words.py`); insults and crude words (`left_out`) are not among them.
    """
    words = gzip.decompress(FILE.read_bytes()).decode("utf-8").split("\n")
    out = left_out() - _NEEDED
    return tuple(
        word
        for word in words
        if word.replace("’", "'") not in out and word.removesuffix("’s") not in out
    )


@lru_cache(maxsize=1)
def unwritten_names() -> frozenset[str]:
    """Words of verse that nobody writes in small letters, capitalised: names mostly."""
    known = set(written_words())
    small = (word.text for word in common_verse_words() if word.text not in known)
    return frozenset(text.replace("’", "'").capitalize() for text in small)
