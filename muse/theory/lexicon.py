"""The English words that ship: their pronunciations, and how common they are in poems.

The files lie in `muse/theory/data`; its README tells their origin and licence. They are read when
they are first asked for, in about a tenth of a second, and kept.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from muse.theory.phonemes import from_arpabet

FOLDER = Path(__file__).parent / "data"


@lru_cache(maxsize=1)
def dictionary() -> Mapping[str, str]:
    """Each known word in small letters, and its pronunciations with a space between.

    126,000 words of the CMU Pronouncing Dictionary, and a few hundred of the older language of
    verse that it lacks (or, as of *doth*, gives no poet's pronunciation for).
    """
    words, _, pronunciations = _unpacked("cmudict.txt.gz").partition("\n\n")
    found = dict(zip(words.split("\n"), pronunciations.split("\n")))
    for line in (FOLDER / "poetic.txt").read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            word, _, phonemes = line.partition(" ")
            found[word] = " ".join(from_arpabet(each) for each in phonemes.split(","))
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def commonness() -> Mapping[str, int]:
    """How often a word stands in 25,362 poems in the public domain; only words of the dictionary
    that stand there twice or more, the commonest first."""
    lines = _unpacked("poetry_words.txt.gz").split("\n")
    return MappingProxyType({word: int(n) for word, n in (line.split(" ") for line in lines)})


def _unpacked(name: str) -> str:
    return gzip.decompress((FOLDER / name).read_bytes()).decode("ascii")


def nearest_words(word: str, count: int = 5) -> list[str]:
    """Known words spelled most like `word`, the likest first, the commoner first of two as like.

    Only words that differ in length by at most two and share their first or last letter are
    compared, by the number of letters to insert, delete, replace or swap (optimal string alignment,
    Damerau 1964). Far-off words are left out, so there may be none.
    """
    word = word.lower()[:40]
    if not word:
        return []
    common = commonness()
    bound = 1 + len(word) // 4
    found: list[tuple[int, int, str]] = []
    for each in dictionary():
        if (
            abs(len(each) - len(word)) <= bound
            and (each[0] == word[0] or each[-1] == word[-1])
            and len(set(word) - set(each)) <= bound
        ):
            distance = _distance(word, each, bound)
            if distance <= bound:
                found.append((distance, -common.get(each, 0), each))
    return [each for _, _, each in sorted(found)[:count]]


def _distance(a: str, b: str, bound: int) -> int:
    """Edits between two words, or `bound + 1` if there are more."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > bound:
            return bound + 1
    return row[-1]
