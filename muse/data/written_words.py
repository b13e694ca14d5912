"""Packs the words that scenes and stories are written with into `muse/theory/data`. Run once.

    python -m muse.data.written_words raw/

counts the words of the training split of the English corpus (`english_corpus.py`); `raw/` holds its
sources. Words that stand capitalised mostly are names, and are not among them. Of rare words only
those are kept that the dictionary can say, or that stand in plays: the others are dialect mostly.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from muse.data.english_corpus import Corpus
from muse.data.english_prepare import english_corpus
from muse.theory.pronunciation import is_known
from muse.theory.written_words import FILE
from muse.tokens.units import units_of

FEWEST = 2
"""A word that stands only once is mostly a misprint or a coinage."""
FEWEST_SHORT = 30
"""Words of up to three letters are many scraps and few words."""
FEWEST_ELIDED = 4
ONE_LETTER = ("a", "o")
_SCRAPS = "ioy ony ow wiv oo figo ongles ioyes vse vs moe eene"
UNWANTED = frozenset(_SCRAPS.split())
COMMON, NAMED = 15, 4
"""A word that stands so often may stand capitalised up to so many times as often (captain)."""
_OPENING = (
    "’tis ’twas ’twere ’twill ’twould ’twixt ’gainst ’neath ’midst ’mid ’gan ’em ’scape ’fore"
)
OPENING = frozenset(_OPENING.split())
"""Words that an apostrophe begins."""
CLOSING = ("th’", "o’", "i’", "tho’")
"""Words that an apostrophe ends."""
_ENDING = re.compile(r".+’(?:s|d|st|ll|re|ve|t|lt|rt|n|er|en|ring|ry|rous)|o’clock|ma’am")
_WORD = re.compile(r"’?[a-z]+(?:[’-][a-z]+)*’?")
_ENDS = ".!?—…“‘[:"


def play_lines(corpus: Corpus) -> Iterator[str]:
    """The lines of the plays of the training split."""
    for play in corpus.plays:
        if play.split == "train":
            for scene in play.scenes:
                for speech in scene.speeches:
                    yield from speech.lines


def poem_lines(corpus: Corpus) -> Iterator[str]:
    """The lines of the poems of the training split."""
    for poem in corpus.poems:
        if poem.split == "train":
            for stanza in poem.verse.stanzas:
                yield from (line.text for line in stanza)


def counted(lines: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How often words stand in small letters, and how often with a capital within a sentence."""
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for line in lines:
        before = "."
        for unit in units_of(line):
            if _WORD.fullmatch(unit):
                small[unit] += 1
            elif unit[0].isupper() and before not in _ENDS:
                capital[unit.lower()] += 1
            before = unit
    return small, capital


def chosen(poems: Iterable[str], plays: Iterable[str]) -> list[str]:
    """The words that are kept, in alphabetical order."""
    small, capital = counted(poems)
    played, named = counted(plays)
    small.update(played)
    capital.update(named)
    return sorted(
        word
        for word, count in small.items()
        if count >= FEWEST
        and (count > capital[word] or (count >= COMMON and count * NAMED > capital[word]))
        and is_wanted(word, count)
        and (played[word] >= FEWEST or is_known(word))
    )


def is_wanted(word: str, count: int) -> bool:
    """Whether a word that stands so often is worth keeping, going by its letters and signs."""
    if len(word) == 1 or word in UNWANTED:
        return word in ONE_LETTER
    if word[0] == "’" or word[-1] == "’":
        return word in OPENING or word in CLOSING
    if "’" in word:
        return count >= FEWEST_ELIDED and _ENDING.fullmatch(word) is not None
    return len(word) > 3 or count >= FEWEST_SHORT


def main(folder: str) -> None:
    """Write the file."""
    corpus = english_corpus(Path(folder), Path("shards") / "english")
    words = chosen(poem_lines(corpus), play_lines(corpus))
    FILE.write_bytes(gzip.compress("\n".join(words).encode(), 9, mtime=0))
    print(f"{FILE}: {len(words):,} words, {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
