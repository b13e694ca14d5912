"""Tune families: which works are the same tune, so that no split tears one apart.

Two works belong together if they share many melodic n-grams: runs of intervals and relative
lengths, the same in every key and tempo. Families are the connected groups.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from muse.works.score import Note

GRAM = 6
"""Notes in an n-gram, less one: so many intervals."""


def fingerprint(notes: Sequence[Note]) -> frozenset[int]:
    """Hashes of all runs of `GRAM` intervals together with their rhythm, unmarked repeats merged."""
    steps = []
    for a, b in zip(notes, notes[1:]):
        gap = b.start - a.start
        steps.append((b.pitch - a.pitch, gap))
    grams = set()
    for place in range(len(steps) - GRAM + 1):
        run = steps[place : place + GRAM]
        shortest = min(gap for _, gap in run) or 1
        key = tuple((interval, round(4 * gap / shortest)) for interval, gap in run)
        grams.add(
            int.from_bytes(hashlib.blake2b(repr(key).encode(), digest_size=8).digest(), "big")
        )
    return frozenset(grams)


def plain_title(title: str) -> str:
    """A title without articles, numbers and kinds of dance, for comparing; may be empty."""
    words = re.sub(r"\(.*?\)|[^a-z ]", " ", title.lower()).split()
    idle = {"the", "a", "an", "o", "of", "reel", "jig", "hornpipe", "polka", "waltz", "march"}
    return "".join(word for word in words if word not in idle)


def families(
    prints: Sequence[frozenset[int]], titles: Sequence[str], share: float = 0.2
) -> list[int]:
    """The family number of each work.

    Args:
        prints: a fingerprint for each work.
        titles: of the works; two of the same name (of at least seven letters) are one family.
        share: two works are one family if the smaller shares at least this part of its n-grams
            with the other.
    """
    holders: dict[int, list[int]] = defaultdict(list)
    for work, grams in enumerate(prints):
        for gram in grams:
            holders[gram].append(work)
    parent = list(range(len(prints)))

    def root(work: int) -> int:
        while parent[work] != work:
            parent[work] = parent[parent[work]]
            work = parent[work]
        return work

    for work, grams in enumerate(prints):
        shared: Counter[int] = Counter()
        for gram in grams:
            if len(holders[gram]) <= 60:  # commonplaces say nothing about kinship
                shared.update(other for other in holders[gram] if other < work)
        for other, count in shared.items():
            if count >= 4 and count >= share * min(len(grams), len(prints[other])):
                parent[root(work)] = root(other)
    named: dict[str, int] = {}
    for work, title in enumerate(titles):
        name = plain_title(title)
        if len(name) >= 7:
            parent[root(work)] = root(named.setdefault(name, work))
    return [root(work) for work in range(len(prints))]


def split_of(family_name: str) -> str:
    """ "train", "valid" or "test" (80/10/10) by a hash of the family's name."""
    place = int.from_bytes(hashlib.sha256(family_name.encode()).digest()[:4], "big") % 100
    return "train" if place < 80 else "valid" if place < 90 else "test"
