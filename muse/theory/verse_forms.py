"""Which of the known forms of English verse a scanned poem has.

After the definitions in The Princeton Encyclopedia of Poetry and Poetics (4th edition, 2012). Rules
that the poem keeps only nearly are told, not hidden.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from muse.theory.foot_meters import meter_name
from muse.theory.scans import LineScan, PoemScan

FREE_VERSE = "free verse"
_TRIPLE = ("anapaestic", "amphibrachic", "dactylic")

# Stanzas known by name: feet of the lines (iambic), scheme, name.
_STANZA_NAMES = {3: "tercet", 4: "quatrain", 5: "quintain", 6: "sestet", 8: "octave"}
_STANZAS = (
    ((4, 3, 4, 3), ("ABAB", "ABCB"), "common metre"),
    ((4, 4, 4, 4), ("ABAB", "ABCB", "AABB"), "long metre"),
    ((3, 3, 4, 3), ("ABAB", "ABCB"), "short metre"),
    ((4, 4, 4, 4), ("ABBA",), "In Memoriam stanzas"),
    ((5, 5, 5, 5), ("AABA",), "Rubaiyat stanzas"),
    ((5, 5, 5, 5), ("ABAB",), "heroic quatrains"),
    ((5, 5, 5, 5, 5, 5), ("ABABCC",), "the stanza of Venus and Adonis"),
    ((4, 4, 4, 2, 4, 2), ("AAABAB",), "Burns stanzas"),
    ((5,) * 7, ("ABABBCC",), "rhyme royal"),
    ((5,) * 8, ("ABABABCC",), "ottava rima"),
    ((5,) * 8 + (6,), ("ABABBCBCC",), "Spenserian stanzas"),
)
_SONNETS = (
    (r"ABABCDCDEFEFGG", "Shakespearean sonnet"),
    (r"ABABBCBCCDCDEE", "Spenserian sonnet"),
    (r"ABBAABBA.*|ABABABAB.*", "Petrarchan sonnet"),
    (r"ABBACDDCE.*", "Petrarchan sonnet with two rhymes more in the octave"),
    (r"AABBCCDDEEFFGG", "sonnet in couplets"),
)


@dataclass(frozen=True)
class VerseForm:
    """A recognised form.

    Attributes:
        name: what it is called: "Shakespearean sonnet", "common metre", "free verse".
        nearly: where the poem departs from it; empty if nowhere.
    """

    name: str
    nearly: tuple[str, ...] = ()


def form_of(poem: PoemScan) -> VerseForm:
    """The form of a poem; the most special one that it has."""
    lines = poem.lines
    lengths = [len(stanza.lines) for stanza in poem.stanzas]
    scheme = _whole_scheme(poem)
    for found in (
        _syllabic(lines, lengths),
        _villanelle(lines),
        _triolet(lines),
        _sonnet(poem, lines, scheme),
        _limerick(poem),
    ):
        if found:
            return found
    if not poem.rhymed:
        return _unrhymed(poem)
    if not poem.meter:
        return VerseForm("rhymed verse without a regular metre")
    return _stanzaic(poem, scheme)


def same_line(first: str, second: str) -> bool:
    """Whether a line comes back as a refrain: the same last word, and most of the others."""
    a, b = (re.findall(r"[^\W\d_]+", each.lower()) for each in (first, second))
    if not a or not b or a[-1] != b[-1]:
        return False
    shared = sum((Counter(a) & Counter(b)).values())
    return shared >= 0.6 * max(len(a), len(b))


def _syllabic(lines: Sequence[LineScan], lengths: Sequence[int]) -> VerseForm | None:
    for form, pattern in (("haiku", (5, 7, 5)), ("tanka", (5, 7, 5, 7, 7))):
        if set(lengths) != {len(pattern)}:
            continue
        wanted = pattern * len(lengths)
        off = [line for line, count in zip(lines, wanted) if line.natural != count]
        if all(abs(line.natural - count) <= 1 for line, count in zip(lines, wanted)) and (
            len(off) <= len(lengths)
        ):
            shape = "-".join(map(str, pattern))
            name = f"{form} ({shape})" if len(lengths) == 1 else f"{form} sequence ({shape})"
            return VerseForm(
                name, tuple(f"line {line.number} has {line.natural} syllables" for line in off)
            )
    return None


def _villanelle(lines: Sequence[LineScan]) -> VerseForm | None:
    if len(lines) != 19:
        return None
    first = [same_line(lines[0].text, lines[each].text) for each in (5, 11, 17)]
    third = [same_line(lines[2].text, lines[each].text) for each in (8, 14, 18)]
    if sum(first) + sum(third) < 4:
        return None
    missing = [f"line {lines[each].number} does not bring line {lines[source].number} back"
               for source, places, kept in ((0, (5, 11, 17), first), (2, (8, 14, 18), third))
               for each, same in zip(places, kept) if not same]  # fmt: skip
    return VerseForm("villanelle", tuple(missing))


def _triolet(lines: Sequence[LineScan]) -> VerseForm | None:
    if len(lines) != 8:
        return None
    pairs = ((0, 3), (0, 6), (1, 7))
    if all(same_line(lines[a].text, lines[b].text) for a, b in pairs):
        return VerseForm("triolet")
    return None


def _sonnet(poem: PoemScan, lines: Sequence[LineScan], scheme: str) -> VerseForm | None:
    if len(lines) != 14 or poem.meter not in ("iambic", "") or not scheme:
        return None
    if max(len(stanza.lines) for stanza in poem.stanzas) < 4:
        return None
    rhymed = sum(line.rhyme is not None for line in lines)
    if rhymed < 10:
        return None
    name = next((name for pattern, name in _SONNETS if re.fullmatch(pattern, scheme)), "sonnet")
    nearly = [
        f"line {line.number} is {line.meter_name or 'not metrical'}"
        for line in lines
        if (line.meter, line.feet) != ("iambic", 5)
    ]
    if len(nearly) > 7:
        usual = Counter(line.meter_name for line in lines).most_common(1)[0][0]
        nearly = [f"its lines are {usual}" if usual else "its lines have no regular metre"]
    nearly += [f"line {line.number} is not heard to rhyme" for line in lines if line.rhyme == ""]
    return VerseForm(name, tuple(nearly))


def _limerick(poem: PoemScan) -> VerseForm | None:
    if any(stanza.scheme != "AABBA" or len(stanza.lines) != 5 for stanza in poem.stanzas):
        return None
    triple = [line for line in poem.lines if line.meter in _TRIPLE]
    counts = [[line.natural for line in stanza.lines] for stanza in poem.stanzas]
    short = all(max(each[2:4]) < min(each[0], each[1], each[4]) for each in counts)
    if len(triple) < len(poem.lines) / 2 or not short:
        return None
    return VerseForm("limerick" if len(poem.stanzas) == 1 else "limericks")


def _unrhymed(poem: PoemScan) -> VerseForm:
    usual = _usual_feet(poem)
    if not poem.meter or (not usual and not poem.pattern):
        return VerseForm(FREE_VERSE)
    name = _measure(poem)
    if poem.meter == "iambic" and usual == 5 and len(poem.lines) > 2:
        return VerseForm("blank verse")
    return VerseForm(f"unrhymed {name}" if len(poem.lines) > 1 else name)


def _stanzaic(poem: PoemScan, scheme: str) -> VerseForm:
    """Couplets, and stanzas with a name."""
    stanzas = poem.stanzas
    schemes = {stanza.scheme for stanza in stanzas}
    measure = _measure(poem)
    if _is_terza_rima(poem, scheme):
        return VerseForm("terza rima")
    for feet, known, name in _STANZAS:
        kept = [_plain(stanza.scheme) in known for stanza in stanzas]
        if (
            poem.meter == "iambic"
            and 2 * sum(kept) >= len(kept)
            and all(
                len(stanza.lines) == len(feet)
                and sum(line.feet == each for line, each in zip(stanza.lines, feet))
                >= len(feet) - 1
                for stanza in stanzas
            )
        ):
            apart = [
                f"the stanza at line {stanza.lines[0].number} rhymes {stanza.scheme}"
                for stanza, same in zip(stanzas, kept)
                if not same
            ]
            return VerseForm(name, tuple(apart))
    length = len(stanzas[0].lines)
    one = len(stanzas) == 1
    if all(_in_couplets(stanza.scheme) for stanza in stanzas):
        kind = "couplet" if len(poem.lines) == 2 else "couplets"
        if poem.meter == "iambic" and _usual_feet(poem) == 5:
            return VerseForm(f"heroic {kind}")
        return VerseForm(f"{kind} in {measure}")
    if len({len(stanza.lines) for stanza in stanzas}) == 1 and len(schemes) == 1:
        kind = _STANZA_NAMES.get(length, "stanza") + ("" if one else "s")
        lines = "" if length in _STANZA_NAMES else f" of {length} lines"
        return VerseForm(f"{kind}{lines} in {measure}")
    return VerseForm(f"rhymed {measure}")


def _measure(poem: PoemScan) -> str:
    usual = _usual_feet(poem)
    if usual:
        return meter_name(poem.meter, usual)
    if len(set(poem.pattern)) > 1:
        return f"{poem.meter} lines of {'-'.join(map(str, poem.pattern))} feet"
    return f"{poem.meter} lines of many lengths"


def _usual_feet(poem: PoemScan) -> int:
    """The number of feet that two lines in three have, or 0."""
    lines = [line for line in poem.lines if line.meter]
    if not lines:
        return 0
    feet, count = Counter(line.feet for line in lines).most_common(1)[0]
    return feet if count * 3 >= len(lines) * 2 else 0


def _in_couplets(scheme: str) -> bool:
    return len(scheme) % 2 == 0 and bool(scheme) and all(
        scheme[place] == scheme[place + 1] for place in range(0, len(scheme), 2)
    )  # fmt: skip


def _is_terza_rima(poem: PoemScan, scheme: str) -> bool:
    lengths = [len(stanza.lines) for stanza in poem.stanzas]
    return len(lengths) > 2 and set(lengths[:-1]) == {3} and scheme.startswith("ABABCBCDC")


def _plain(scheme: str) -> str:
    """A scheme whose letters run on from the stanza before, from A again."""
    order = {letter: chr(65 + number) for number, letter in enumerate(dict.fromkeys(scheme))}
    return "".join(order[letter] for letter in scheme)


def _whole_scheme(poem: PoemScan) -> str:
    """The letters of all lines; stanzas that start from A again are told apart."""
    schemes = [stanza.scheme for stanza in poem.stanzas]
    if len(schemes) == 1:
        return schemes[0]
    running = not all(scheme.startswith("A") for scheme in schemes)
    if running and all(" " not in scheme for scheme in schemes):
        return "".join(schemes)
    found, fresh = "", 0
    for scheme in schemes:
        letters = list(dict.fromkeys(scheme.replace(" ", "")))
        names = {letter: chr(65 + fresh + number) for number, letter in enumerate(letters)}
        found += "".join(names[letter] for letter in scheme.replace(" ", ""))
        fresh += len(letters)
    return found
