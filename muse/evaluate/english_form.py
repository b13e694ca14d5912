"""Whether an English poem keeps its form: a judge that shares no code with the decoder's grammar.

It knows the pronouncing dictionary, the list of function words, and its own table of forms, and reads
plain lines of text. The metre it asks for is the one that `muse/grammar/verse_line.py` defines:

* every syllable has a weak or a strong place; an iambic line may begin with strong, weak;
* a primary stress of a word of several syllables is strong, an unstressed syllable beside a stress
  of its own word weak; "the", "a", "an" are weak;
* any other monosyllable that is no function word is strong, or weak before a stressed syllable.

Where the dictionary gives a word several pronunciations, one that fits will do. Rhymes are perfect:
alike from the last stressed vowel on, unlike before it. Lines of different letters do not rhyme.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from muse.theory.lexicon import dictionary
from muse.theory.prosody_en import FUNCTION_WORDS

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*'?|'[^\W\d_]+(?:'[^\W\d_]+)*'?")
_FOUR, _THREE, _FIVE = "wsws" * 2, "wswsws", "wsws" * 2 + "ws"


@dataclass(frozen=True)
class Shape:
    """A form: for each line a metre (`w`, `s`) or a number of syllables, and the rhyme letters.

    `again` are pairs of lines, from 1, that say the same words. Of a form that is `open` the lines
    are those of one stanza; letters begin anew in each.
    """

    metres: tuple[str | int, ...]
    letters: str
    again: tuple[tuple[int, int], ...] = ()
    open: bool = False


SHAPES: Mapping[str, Shape] = {
    "free verse": Shape((0,), "-", open=True),
    "blank verse": Shape((_FIVE,), "-", open=True),
    "couplets": Shape((_FIVE,) * 2, "AA", open=True),
    "quatrains": Shape((_FOUR,) * 4, "ABAB", open=True),
    "quatrains aabb": Shape((_FOUR,) * 4, "AABB", open=True),
    "quatrains abba": Shape((_FOUR,) * 4, "ABBA", open=True),
    "heroic quatrains": Shape((_FIVE,) * 4, "ABAB", open=True),
    "common metre": Shape((_FOUR, _THREE, _FOUR, _THREE), "ABAB", open=True),
    "ballad": Shape((_FOUR, _THREE, _FOUR, _THREE), "ABCB", open=True),
    "limerick": Shape(("wswwswws", "wswwswws", "wswws", "wswws", "wswwswws"), "AABBA"),
    "haiku": Shape((5, 7, 5), "---"),
    "Shakespearean sonnet": Shape((_FIVE,) * 14, "ABABCDCDEFEFGG"),
    "Petrarchan sonnet": Shape((_FIVE,) * 14, "ABBAABBACDECDE"),
    "villanelle": Shape((_FIVE,) * 19, "ABAABAABAABAABAABAA",
                        ((1, 6), (1, 12), (1, 18), (3, 9), (3, 15), (3, 19))),
}  # fmt: skip


@dataclass(frozen=True)
class Promises:
    """What was promised of a poem besides its form; lines are counted from 1.

    Attributes:
        lines: how many there are; None for any.
        rhyme: letters of one stanza or of all lines, in place of the form's own.
        acrostic: what the first letters spell.
        ends, words: what a line ends in, what stands in it.
        locked: lines that stay as they are, and need not scan or rhyme with each other.
    """

    lines: int | None = None
    rhyme: str = ""
    acrostic: str = ""
    ends: Mapping[int, str] = field(default_factory=dict)
    words: Mapping[int, str] = field(default_factory=dict)
    locked: Mapping[int, str] = field(default_factory=dict)


def broken_promises(lines: Sequence[str], form: str, promises: Promises) -> list[str]:
    """What a poem does not keep, in words; nothing if it keeps all. Raises KeyError for the form."""
    shape = SHAPES[form]
    count = len(lines)
    unit = len(shape.metres)
    found = []
    if (promises.lines or count) != count or (count % unit if shape.open else count != unit):
        return [f"{count} lines"]
    metres = shape.metres * (count // unit)
    given = _given(shape, promises)
    for number, (line, metre) in enumerate(zip(lines, metres), 1):
        if line != promises.locked.get(number, line):
            found.append(f"line {number} is not as it was given")
        if number not in given:
            found += [f"line {number}: {fault}" for fault in line_faults(line, metre)]
    found += _fixed_faults(lines, promises)
    for first, second in shape.again:
        if words_of_line(lines[first - 1]) != words_of_line(lines[second - 1]):
            found.append(f"line {second} does not say line {first} again")
    again = {second for _, second in shape.again}
    letters = _letters(shape, promises.rhyme, count)
    found += _rhyme_faults(lines, letters, again, given)
    if count not in promises.locked and not re.search(r"[.!?]$", lines[-1]):
        found.append("the last line does not end in a full stop, ! or ?")
    return found


def _given(shape: Shape, promises: Promises) -> set[int]:
    """Lines that stand as they were given, or say one again that does."""
    found = set(promises.locked)
    for pair in shape.again * 2:
        if found & set(pair):
            found |= set(pair)
    return found


def _fixed_faults(lines: Sequence[str], promises: Promises) -> list[str]:
    found = []
    for number, letter in enumerate("".join(promises.acrostic.lower().split()), 1):
        if next((each for each in lines[number - 1].lower() if each.isalpha()), "") != letter:
            found.append(f"line {number} does not begin with {letter}")
    for number, word in promises.ends.items():
        if words_of_line(lines[number - 1])[-1:] != words_of_line(word):
            found.append(f"line {number} does not end in {word}")
    for number, word in promises.words.items():
        if not set(words_of_line(word)) <= set(words_of_line(lines[number - 1])):
            found.append(f"line {number} has no {word}")
    return found


def _letters(shape: Shape, rhyme: str, count: int) -> list[str]:
    """A letter for each line, stanzas told apart; `-` for lines that need not rhyme."""
    own = "".join(rhyme.upper().split()) or shape.letters
    if len(own) == count and (rhyme or not shape.open):
        return list(own)
    return [
        letter if letter in "-X" else f"{letter}{turn}"
        for turn in range(count // len(own))
        for letter in own
    ]


def _rhyme_faults(
    lines: Sequence[str], letters: Sequence[str], again: set[int], given: set[int]
) -> list[str]:
    """Lines that should rhyme and do not, or should not and do.

    Given lines need not rhyme with each other; a new line rhymes with one of its letter's.
    """
    found = []
    ends = [words_of_line(line)[-1] for line in lines]
    free = [n for n in range(len(lines)) if n + 1 not in again and letters[n] != "-"]
    fixed = {
        letter: [n for n in free if n + 1 in given and letters[n] == letter] for letter in letters
    }
    for place, a in enumerate(free):
        own = fixed[letters[a]]
        if a not in own and own and not any(rhyme_perfectly(ends[a], ends[b]) for b in own):
            found.append(f"line {a + 1} ({ends[a]}) does not rhyme with a given line")
        for b in free[place + 1 :]:
            pair = f"lines {a + 1} and {b + 1} ({ends[a]}, {ends[b]})"
            if letters[a] == letters[b] != "X":
                if not {a + 1, b + 1} & given and not rhyme_perfectly(ends[a], ends[b]):
                    found.append(f"{pair} do not rhyme")
            elif not (own and fixed[letters[b]]) and _always_rhyme(ends[a], ends[b]):
                found.append(f"{pair} rhyme and should not")
    return found


# Lines and words -------------------------------------------------------------------------------


def _plain(text: str) -> str:
    return text.lower().replace("’", "'")


def words_of_line(line: str) -> list[str]:
    """The words of a line in small letters, with straight apostrophes."""
    found = _WORD.findall(_plain(line).replace("—", " "))
    return [word if word in dictionary() else word.strip("'") for word in found]


@lru_cache(maxsize=50_000)
def _ways(word: str) -> tuple[str, ...]:
    """The dictionary's pronunciations of a word."""
    return tuple(dictionary().get(word, "").split())


def line_faults(line: str, metre: str | int) -> list[str]:
    """What a line does not keep of its metre, or number of syllables (0 for any)."""
    words = words_of_line(line)
    if not words:
        return ["no word"]
    unknown = [word for word in words if not _ways(word)]
    if unknown:
        return [f"{word} is not in the dictionary" for word in unknown]
    found = [f"{a} stands twice in a row" for a, b in zip(words, words[1:]) if a == b]
    if re.search(r"[,;:—.!?]\s*[,;:—.!?]", line) or re.match(r"\W*[,;:—.!?]", line):
        found.append("two marks together, or one at the beginning")
    if isinstance(metre, int):
        sums = {0}
        for word in words:
            sums = {before + len(_stresses(way)) for before in sums for way in _ways(word)}
        return found if not metre or metre in sums else [*found, f"{min(sums)} syllables"]
    patterns = [metre] + (["sw" + metre[2:]] if metre.startswith("wsws") else [])
    if not any(_scans(words, pattern) for pattern in patterns):
        found.append(f"does not scan as {metre}: {line}")
    return found


def _scans(words: Sequence[str], pattern: str) -> bool:
    """Whether words fill a pattern, each said in one of its ways."""
    # Ways through the words so far: the place reached, and whether the last syllable is a
    # monosyllable in a weak place that waits for a stress.
    states = {(0, False)}
    for word in words:
        after = set()
        for (place, waits), way in product(states, _ways(word)):
            stresses = _stresses(way)
            if not waits or _begins_stressed(word, stresses):
                end = _placed(word, stresses, pattern, place)
                if end is not None:
                    after.add(end)
        states = after
    return (len(pattern), False) in states


def _begins_stressed(word: str, stresses: str) -> bool:
    return stresses[:1] == "1" if len(stresses) > 1 else word not in FUNCTION_WORDS


def _placed(word: str, stresses: str, pattern: str, place: int) -> tuple[int, bool] | None:
    """Where a word ends in the pattern and whether it waits for a stress; None if it cannot stand."""
    end = place + len(stresses)
    if not stresses or end > len(pattern):
        return None
    places = pattern[place:end]
    if len(stresses) == 1:
        if word in ("the", "a", "an"):
            return (end, False) if places == "w" else None
        return end, word not in FUNCTION_WORDS and places == "w"
    for at, (stress, where) in enumerate(zip(stresses, places)):
        beside = stresses[max(at - 1, 0) : at] + stresses[at + 1 : at + 2]
        if stress == "1" and where == "w":
            return None
        if stress == "0" and where == "s" and ("1" in beside or "2" in beside):
            return None
    return end, False


def _stresses(way: str) -> str:
    return re.sub(r"\D", "", way)


def rhyme_perfectly(first: str, second: str) -> bool:
    """Whether two words rhyme in one of the ways to say each."""
    pairs = product(map(_ending, _ways(first)), map(_ending, _ways(second)))
    return any(a[1] == b[1] and a[0] != b[0] and a[1] for a, b in pairs)


def _always_rhyme(first: str, second: str) -> bool:
    pairs = [*product(map(_ending, _ways(first)), map(_ending, _ways(second)))]
    return bool(pairs) and all(a[1] == b[1] for a, b in pairs)


def _ending(way: str) -> tuple[str, str]:
    """The consonants before the last stressed vowel, and all from it on without stress digits."""
    match = re.fullmatch(r"(?:.*\d)?(\D*)(\D[12]\D*(?:\D0\D*)*)", way)
    return (match[1], re.sub(r"\d", "", match[2])) if match else ("", "")
