"""How different poems are: distinct n-grams in each set, and how much its poems are alike.

Conventions:
    * A poem is a list of words (English, small letters) or characters (Chinese), points left out.
    * distinct-n is the share of different n-grams among all n-grams of a set (Li et al. 2016). It falls
      with the size of a set, so sets are compared only after they were cut to as many words.
    * Self-BLEU is the mean BLEU-4 of each poem with all others of its set as references (Zhu et al.
      2018), with the smoothing of Lin and Och (2004): one is added to matches and counts of the orders
      above one. It rises with the number of references, so sets have as many poems.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

Words = Sequence[Hashable]
HIGHEST = 4


def ngrams(words: Words, n: int) -> list[tuple[Hashable, ...]]:
    """All runs of n words."""
    return list(zip(*(words[start:] for start in range(n))))


def distinct(poems: Sequence[Words], n: int) -> float:
    """The share of different n-grams among all of some poems; nan if there is none."""
    found = [gram for words in poems for gram in ngrams(words, n)]
    return len(set(found)) / len(found) if found else math.nan


def bleu(words: Words, references: Sequence[Words]) -> float:
    """BLEU-4 of words against references (Papineni et al. 2002), smoothed, 0 to 1."""
    if not words or not references:
        return 0.0
    logs = 0.0
    for n in range(1, HIGHEST + 1):
        counts = Counter(ngrams(words, n))
        most: Counter[tuple[Hashable, ...]] = Counter()
        for other in references:
            most |= Counter(ngrams(other, n))
        matched = sum(min(count, most[gram]) for gram, count in counts.items())
        more = int(n > 1)
        if not matched + more:
            return 0.0
        logs += math.log((matched + more) / (counts.total() + more))
    nearest = min((abs(len(other) - len(words)), len(other)) for other in references)[1]
    brevity = min(0.0, 1 - nearest / len(words))
    return math.exp(brevity + logs / HIGHEST)


def self_bleu(poems: Sequence[Words], most: int = 200) -> float:
    """Mean BLEU-4 of each poem, or of `most` of them, against all others; nan for fewer than two."""
    if len(poems) < 2:
        return math.nan
    places = np.unique(np.linspace(0, len(poems) - 1, min(most, len(poems))).astype(int))
    found = [bleu(poems[n], [*poems[:n], *poems[n + 1 :]]) for n in places.tolist()]
    return sum(found) / len(found)


def of_equal_size(
    one: Sequence[Words], other: Sequence[Words]
) -> tuple[list[list[Hashable]], list[list[Hashable]]]:
    """Both sets with as many poems, cut to as many words in all, poem after poem."""
    count = min(len(one), len(other))
    room = min(sum(map(len, some[:count])) for some in (one, other)) if count else 0
    return _cut(one[:count], room), _cut(other[:count], room)


def _cut(poems: Sequence[Words], room: int) -> list[list[Hashable]]:
    """The poems' beginnings, all cut by the same share, `room` words in all (a few less)."""
    share = room / max(sum(map(len, poems)), 1)
    return [list(words[: math.floor(len(words) * share)]) for words in poems]


def diversity_figures(poems: Sequence[Words]) -> dict[str, float]:
    """distinct-1, -2, -3 and self-BLEU of a set."""
    found = {f"distinct_{n}": round(distinct(poems, n), 4) for n in (1, 2, 3)}
    return found | {"self_bleu": round(self_bleu(poems), 4)}
