"""Which lines rhyme: the scheme of a stanza or of a whole poem.

Schemes that poets use are tried against each other and against what is simply heard. A scheme earns
for each line that answers another as it says, the more the better the rhyme, and loses for lines
that should and do not, and for lines that rhyme though it says they do not. So an eye rhyme such as
love and prove counts where the scheme expects one, and not elsewhere.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from muse.theory.rhyme import (
    STRENGTHS,
    Ending,
    RhymeKind,
    rhymes_by_eye,
    sounded_rhyme,
)

FAR = 9
"""Rhymes further apart than so many lines are not heard as such, unless the scheme says so."""
HEARD = STRENGTHS["light"]
_FULL = ("perfect", "identical", "repeated")
_BASELINE = 0.55
_CLASH = 0.4
_BONUS = 0.12
_LONG_BONUS = 0.2

SCHEMES = {
    2: ("AA",),
    3: ("AAA", "ABA", "ABB", "AAB"),
    4: ("AABB", "ABAB", "ABBA", "ABCB", "AABA", "AAAA", "ABAC", "ABBC"),
    5: ("AABBA", "ABAAB", "ABABB", "ABCCB", "ABABA", "AABAB", "AABBB", "ABBAA"),
    6: ("ABABCC", "AABBCC", "AABCCB", "ABCBDB", "ABABAB", "ABCABC", "AAABAB", "AABAAB", "ABBACC",
        "ABCCAB"),
    7: ("ABABBCC", "ABABCCB", "AABBCCC"),
    8: ("ABABABCC", "ABABCDCD", "AABBCCDD", "ABCBDEFE", "ABBAABBA", "ABBACDDC", "AAABCCCB",
        "ABABBCBC", "ABCBABCB"),
    9: ("ABABBCBCC", "AABBCCDDD"),
    10: ("ABABCDECDE", "ABABCDCDEE", "ABABCCDEED", "ABABCDEDCE"),
    14: ("ABABCDCDEFEFGG", "ABBAABBACDECDE", "ABBAABBACDCDCD", "ABBAABBACDCDEE", "ABBAABBACDDCEE",
         "ABBAABBACDEDCE", "ABBAABBACDDECE", "ABBAABBACCDEED", "ABBAABBACCDCCD", "ABBAABBACDDCDC",
         "ABBAABBACDEEDC", "ABBAABBACDECED", "ABBACDDCEFEFGG", "ABBACDDCEFFEGG", "ABBACDDCEFGEFG",
         "ABBAACCADEDEFF", "ABABBCBCCDCDEE", "ABABCDCDEFGEFG", "ABABABABCDCDCD", "ABABABABCDECDE",
         "AABBCCDDEEFFGG", "ABABCDCDEEFGFG", "ABABCDCDEFFEGG"),
    19: ("ABAABAABAABAABAABAA",),
}  # fmt: skip
"""Schemes to try, by the number of lines."""


@dataclass(frozen=True)
class LineEnd:
    """How a line ends: its last word, and what it can rhyme by; no endings if it cannot be said."""

    word: str
    endings: tuple[Ending, ...]


@dataclass(frozen=True)
class RhymeScheme:
    """The rhymes of some lines.

    Attributes:
        classes: a number for each line; lines of the same number rhyme.
        kinds: for each line how it rhymes with the line of its class that it answers best;
            `""` if it should rhyme but is not heard to, `None` if no other line has its number.
        partners: the number in the poem, from 0, of the line that it answers best.
        worth: how well the scheme fits, for comparing schemes of the same lines.
    """

    classes: tuple[int, ...]
    kinds: tuple[RhymeKind | None, ...]
    partners: tuple[int | None, ...]
    worth: float

    @property
    def letters(self) -> tuple[str, ...]:
        """A letter for each line: A to Z, then A2 and so on."""
        return tuple(letter_of(each) for each in self.classes)

    def __str__(self) -> str:
        letters = self.letters
        return ("" if all(len(each) == 1 for each in letters) else " ").join(letters)


def letter_of(number: int) -> str:
    """0 is A, 25 is Z, 26 is A2."""
    turn, place = divmod(number, 26)
    return chr(ord("A") + place) + (str(turn + 1) if turn else "")


def line_rhyme(a: LineEnd, b: LineEnd) -> RhymeKind:
    """How two lines rhyme."""
    best: RhymeKind = ""
    if a.word and a.word == b.word:
        return "repeated"
    for x in a.endings:
        for y in b.endings:
            kind = sounded_rhyme(x, y)
            if STRENGTHS[kind] > STRENGTHS[best]:
                best = kind
    if STRENGTHS[best] < STRENGTHS["eye"] and rhymes_by_eye(a.word, b.word):
        return "eye"
    return best


class _Rhymes:
    """The rhymes between the lines of a text, each looked at once."""

    def __init__(self, ends: Sequence[LineEnd]) -> None:
        self.ends = ends
        self._known: dict[tuple[int, int], RhymeKind] = {}

    def kind(self, a: int, b: int) -> RhymeKind:
        key = (min(a, b), max(a, b))
        if key not in self._known:
            self._known[key] = line_rhyme(self.ends[a], self.ends[b])
        return self._known[key]

    def strength(self, a: int, b: int) -> float:
        return STRENGTHS[self.kind(a, b)]


def scheme_of(stanzas: Sequence[Sequence[LineEnd]]) -> list[RhymeScheme]:
    """The rhyme schemes of a poem's stanzas.

    Stanzas of one length are read alike unless that fits badly. A scheme that runs through the whole
    poem (a sonnet printed in stanzas, terza rima, a villanelle) is taken if it fits better; then the
    numbers run on from stanza to stanza.
    """
    ends = [end for stanza in stanzas for end in stanza]
    rhymes = _Rhymes(ends)
    starts = [sum(map(len, stanzas[:number])) for number in range(len(stanzas))]
    apart: dict[int, RhymeScheme] = {}
    for length in {len(stanza) for stanza in stanzas}:
        numbers = [number for number, stanza in enumerate(stanzas) if len(stanza) == length]
        lines = [range(starts[number], starts[number] + length) for number in numbers]
        apart.update(zip(numbers, _alike(rhymes, lines)))
    split = [apart[number] for number in range(len(stanzas))]
    if len(stanzas) > 1 and len(ends) <= 200:
        whole = range(len(ends))
        choices = [_scheme(rhymes, whole, each, True) for each in _whole_schemes(stanzas)]
        best = max(choices, key=lambda each: each.worth, default=None)
        if best and best.worth > sum(each.worth for each in split):
            return [_part(best, start, len(stanza)) for start, stanza in zip(starts, stanzas)]
    return split


def _alike(rhymes: _Rhymes, stanzas: Sequence[range]) -> list[RhymeScheme]:
    """One scheme for all stanzas of one length; or what is heard in each, if that fits better."""
    length = len(stanzas[0])
    heard = [_heard(rhymes, lines) for lines in stanzas]
    best, most = heard, sum(each.worth for each in heard)
    for classes in _schemes(length):
        fitted = [_scheme(rhymes, lines, classes, True) for lines in stanzas]
        worth = sum(each.worth for each in fitted)
        if worth > most:
            best, most = fitted, worth
    return best


def _schemes(length: int) -> list[tuple[int, ...]]:
    """Schemes of so many lines, as numbers."""
    found = [tuple(ord(letter) - 65 for letter in text) for text in SCHEMES.get(length, ())]
    if length > 4:
        # Couplets, or quatrains, one after the other; a couplet may close the quatrains.
        for group in ((0, 0), (0, 1, 0, 1), (0, 1, 1, 0), (0, 1, 2, 1)):
            rest = length % len(group)
            if rest in (0, 2):
                made = [
                    number // len(group) * (max(group) + 1) + group[number % len(group)]
                    for number in range(length - rest)
                ]
                found.append(tuple(made + [max(made) + 1] * rest))
    return list(dict.fromkeys(found))


def _whole_schemes(stanzas: Sequence[Sequence[LineEnd]]) -> list[tuple[int, ...]]:
    """Schemes that run through all stanzas."""
    lengths = [len(stanza) for stanza in stanzas]
    total = sum(lengths)
    found = _schemes(total) if total in (14, 19) else []
    if len(lengths) > 2 and set(lengths[:-1]) == {3} and lengths[-1] in (1, 2, 3, 4):
        # Terza rima: ABA BCB CDC.
        chain = [number // 3 + (number % 3 == 1) for number in range(total)]
        found.append(tuple(chain))
    return found


def _scheme(
    rhymes: _Rhymes, lines: range, classes: Sequence[int], known: bool = False
) -> RhymeScheme:
    """How well a scheme fits; what each line's rhyme is."""
    members: dict[int, list[int]] = {}
    for line, each in zip(lines, classes):
        members.setdefault(each, []).append(line)
    kinds: list[RhymeKind | None] = []
    partners: list[int | None] = []
    worth = 0.0
    for line, each in zip(lines, classes):
        same = members[each]
        at = bisect_left(same, line)
        near = [other for other in same[max(0, at - 3) : at + 4] if other != line]
        if not near:
            kinds.append(None)
            partners.append(None)
        else:
            partner = max(
                near, key=lambda other: (rhymes.strength(line, other), -abs(other - line))
            )
            kinds.append(rhymes.kind(line, partner))
            partners.append(partner)
            worth += rhymes.strength(line, partner) - _BASELINE
        for other in range(max(lines.start, line - 4), line):
            if classes[other - lines.start] != each and rhymes.kind(line, other) in _FULL:
                worth -= _CLASH
    if known:
        worth += len(lines) * (_LONG_BONUS if len(lines) >= 14 else _BONUS)
    return RhymeScheme(tuple(classes), tuple(kinds), tuple(partners), worth)


def _heard(rhymes: _Rhymes, lines: range) -> RhymeScheme:
    """Each line gets the number of the nearest line before it that it is heard to rhyme with."""
    classes: list[int] = []
    fresh = 0
    for line in lines:
        before = range(line - 1, max(lines.start, line - FAR) - 1, -1)
        answered = next((other for other in before if rhymes.strength(line, other) >= HEARD), None)
        if answered is None:
            classes.append(fresh)
            fresh += 1
        else:
            classes.append(classes[answered - lines.start])
    return _scheme(rhymes, lines, classes)


def _part(scheme: RhymeScheme, start: int, length: int) -> RhymeScheme:
    """Some lines of a scheme that runs through a poem."""
    part = slice(start, start + length)
    return RhymeScheme(
        scheme.classes[part], scheme.kinds[part], scheme.partners[part], scheme.worth
    )
