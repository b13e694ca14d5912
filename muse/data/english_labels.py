"""Labels of lines, metre and form of many poems, fast: what is known of a word is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from muse.theory.poem_meter import draft_of, poem_meter
from muse.theory.pronunciation import is_known
from muse.theory.rhyme import STRENGTHS, RhymeKind, word_endings
from muse.theory.rhyme_scheme import LineEnd, line_rhyme
from muse.theory.spoken import words_of
from muse.tokens.english_values import MOST_SYLLABLES, RHYME_REACH, LineLabel
from muse.tokens.units import is_word, units_of

Stanzas = Sequence[Sequence[str]]

_FULL: frozenset[RhymeKind] = frozenset(("perfect", "identical", "light"))
_HALF: frozenset[RhymeKind] = frozenset(("near", "older", "eye", "repeated"))
_CONTEXT = 0.55
"""How much a count that agrees with other lines may cost more than the line's own best."""
_LEAST_RHYMED = 0.2
"""A poem with a smaller share of rhymed lines is unrhymed; its rhymes are chance."""
SCANNED_LINES = 6


@lru_cache(maxsize=400_000)
def word_counts(word: str) -> tuple[tuple[int, float], ...]:
    """Numbers of syllables that a word can have in verse, and what each costs."""
    counts = {0: 0.0}
    for part in words_of(word):
        ways: dict[int, float] = {}
        for way in part.ways:
            length = len(way.weights)
            ways[length] = min(way.cost, ways.get(length, 9.0))
        counts = {
            a + b: min(
                x + y
                for c, x in counts.items()
                for d, y in (ways or {0: 0.0}).items()
                if c + d == a + b
            )
            for a in counts
            for b in ways or {0: 0.0}
        }
    return tuple(sorted(counts.items(), key=lambda each: each[1])[:4])


def line_counts(words: Sequence[str]) -> dict[int, float]:
    """Numbers of syllables that a line can have, and what each costs."""
    sums = {0: 0.0}
    for word in words:
        ways = word_counts(word)
        if len(ways) == 1:
            length, cost = ways[0]
            sums = {total + length: price + cost for total, price in sums.items()}
            continue
        found: dict[int, float] = {}
        for total, price in sums.items():
            for length, cost in ways:
                if price + cost < found.get(total + length, 2.0):
                    found[total + length] = price + cost
        sums = found or sums
    return sums


def syllables_of(stanzas: Stanzas) -> list[list[int]]:
    """The syllables of each line: of the ways to say it the one that agrees with like lines.

    Like lines are those of the stanza, and those at the same place of other stanzas.
    """
    ways = [
        [line_counts([unit for unit in units_of(line) if is_word(unit)]) for line in stanza]
        for stanza in stanzas
    ]
    own = [[min(each, key=lambda n: each[n], default=0) for each in stanza] for stanza in ways]
    places: dict[tuple[int, int], Counter[int]] = {}
    for counts in own:
        for place, count in enumerate(counts):
            places.setdefault((len(counts), place), Counter())[count] += 1
    found = []
    for stanza, counts in zip(ways, own):
        here = Counter(counts)
        row = []
        for place, (each, count) in enumerate(zip(stanza, counts)):
            there = places[len(counts), place]
            liked = Counter({n: here[n] + 2 * (there[n] - (n == count)) for n in each})
            usual = max(each, key=lambda n: liked[n], default=count)
            agrees = liked[usual] > liked[count] and each[usual] <= each[count] + _CONTEXT
            row.append(usual if agrees else count)
        found.append(row)
    return found


@lru_cache(maxsize=400_000)
def _end_of(word: str) -> LineEnd:
    return LineEnd(word, word_endings(word))


@lru_cache(maxsize=2_000_000)
def _rhyme(a: str, b: str) -> RhymeKind:
    return line_rhyme(_end_of(a), _end_of(b))


def word_rhyme(a: str, b: str) -> RhymeKind:
    """How two words in small letters rhyme."""
    return _rhyme(a, b) if a <= b else _rhyme(b, a)


def last_word(line: str) -> str:
    """The last word of a line in small letters with plain apostrophes; empty if there is none."""
    for unit in reversed(units_of(line)):
        if is_word(unit):
            word = unit.lower().replace("’", "'")
            return word.rpartition("-")[2] or word
    return ""


def rhymes_of(stanzas: Stanzas) -> list[list[str]]:
    """The rhyme label of each line: "none", "open", or how many lines back its rhyme stands.

    The nearest earlier line that rhymes in full is taken, within the same stanza or the one before.
    Only lines that have no full rhyme at all are joined by near, older and eye rhymes and by
    repeated words.
    """
    words = [last_word(line) for stanza in stanzas for line in stanza]
    stanza_of = [number for number, stanza in enumerate(stanzas) for _ in stanza]
    back: list[int] = [0] * len(words)
    answered = [False] * len(words)
    for kinds in (_FULL, _HALF):
        free = [not (back[n] or answered[n]) for n in range(len(words))]
        for n, word in enumerate(words):
            if not word or not free[n]:
                continue
            for distance in range(1, min(RHYME_REACH, n) + 1):
                other = n - distance
                if stanza_of[n] - stanza_of[other] > 1:
                    break
                if kinds is _HALF and (not free[other] or stanza_of[n] != stanza_of[other]):
                    continue
                if words[other] and word_rhyme(word, words[other]) in kinds:
                    back[n] = distance
                    answered[other] = True
                    break
    rhymed = sum(bool(back[n]) or answered[n] for n in range(len(words)))
    if rhymed < _LEAST_RHYMED * len(words):
        return [["none"] * len(stanza) for stanza in stanzas]
    labels = iter(
        str(back[n]) if back[n] else "open" if answered[n] else "none" for n in range(len(words))
    )
    return [[next(labels) for _ in stanza] for stanza in stanzas]


def labels_of(stanzas: Stanzas) -> list[list[LineLabel]]:
    """The label of each line of a poem."""
    return [
        [
            LineLabel(rhyme, count if 1 <= count <= MOST_SYLLABLES else None)
            for rhyme, count in zip(*row)
        ]
        for row in zip(rhymes_of(stanzas), syllables_of(stanzas))
    ]


def metre_of(stanzas: Stanzas, most: int = SCANNED_LINES) -> str:
    """The poem's metre by some of its lines; "free" if they fit none."""
    lines = [line for stanza in stanzas for line in stanza if 12 <= len(line) <= 75]
    step = max(1, len(lines) // most)
    drafts = [draft_of(line) for line in lines[step // 2 :: step][:most]]
    return (poem_meter(drafts) if drafts else "") or "free"


def form_of(labels: Sequence[Sequence[LineLabel]], metre: str) -> str:
    """The form by lines, syllables and rhymes; "poem" if it is none of those that are named."""
    flat = [label for stanza in labels for label in stanza]
    counts = [label.syllables or 0 for label in flat]
    rhymes = [label.rhyme for label in flat]
    unrhymed = rhymes.count("none") > 0.8 * len(flat)
    tens = sum(9 <= count <= 12 for count in counts) / len(flat)
    if len(flat) == 14 and tens >= 0.85 and not unrhymed:
        return "sonnet"
    if len(flat) == 3 and counts == [5, 7, 5]:
        return "haiku"
    if all(_is_limerick(stanza) for stanza in labels):
        return "limerick"
    if unrhymed:
        if len(flat) >= 8 and sum(9 <= n <= 11 for n in counts) >= 0.8 * len(flat):
            return "blank"
        uneven = sum(abs(a - b) >= 2 for a, b in pairwise(counts)) / max(len(counts) - 1, 1)
        return "free" if uneven > 0.4 or metre == "free" else "poem"
    fours = [stanza for stanza in labels if len(stanza) == 4]
    if len(fours) == len(labels) and len(flat) >= 4:
        ballads = sum(_is_ballad(stanza) for stanza in fours)
        return "ballad" if ballads >= 0.6 * len(fours) else "quatrains"
    pairs = sum(a.rhyme != "1" and b.rhyme == "1" for a, b in zip(flat[::2], flat[1::2]))
    if len(flat) % 2 == 0 and pairs >= 0.85 * (len(flat) // 2):
        return "couplets"
    return "poem"


def _is_ballad(stanza: Sequence[LineLabel]) -> bool:
    """Lines of 8, 6, 8, 6 syllables or nearly; the second and fourth rhyme."""
    a, b, c, d = (label.syllables or 0 for label in stanza)
    shaped = 7 <= a <= 9 and 5 <= b <= 7 and 7 <= c <= 9 and 5 <= d <= 7 and a + c > b + d + 1
    return shaped and stanza[3].rhyme in ("1", "2", "3")


def _is_limerick(stanza: Sequence[LineLabel]) -> bool:
    """Five lines, the third and fourth shorter, that rhyme AABBA."""
    if len(stanza) != 5:
        return False
    a, b, c, d, e = (label.syllables or 0 for label in stanza)
    rhymes = [label.rhyme for label in stanza]
    short = max(c, d) + 2 <= min(a, b, e) + 1 and min(c, d) >= 4 and max(a, b, e) <= 11
    return short and rhymes[1] == "1" and rhymes[3] == "1" and rhymes[4] in ("3", "4")


def as_limerick(stanza: Sequence[str]) -> list[str] | None:
    """A limerick printed in four lines as the five that it is, or None.

    Its third line holds two short ones that rhyme.
    """
    if len(stanza) != 4:
        return None
    ends = [last_word(line) for line in stanza]
    if STRENGTHS[word_rhyme(ends[0], ends[1])] < STRENGTHS["near"]:
        return None
    words = stanza[2].split(" ")
    for cut in range(3, len(words) - 2):
        first, second = " ".join(words[:cut]), " ".join(words[cut:])
        end = last_word(first)
        if end and end != ends[2] and word_rhyme(end, ends[2]) in _FULL:
            low, high = (
                sum(word_counts(w)[0][0] for w in units_of(x) if is_word(w))
                for x in (first, second)
            )
            if 4 <= low <= 8 and 4 <= high <= 8:
                return [stanza[0], stanza[1], first, second[:1].upper() + second[1:], stanza[3]]
    return None


def strange_share(stanzas: Stanzas) -> float:
    """The share of words that no dictionary and no rule knows."""
    words = [u for stanza in stanzas for line in stanza for u in units_of(line) if is_word(u)]
    small = [word for word in words if word[:1].islower() or word[:1] == "’"]
    return sum(not _known(word) for word in small) / max(len(small), 1)


@lru_cache(maxsize=400_000)
def _known(word: str) -> bool:
    return is_known(word)
