"""What English letters sound like, for words that no dictionary holds. A guess, and called so.

Rules in context, the first that fits at a place wins, after the letter-to-sound rules of Elovitz,
Johnson, McHugh and Shore (Naval Research Laboratory report 7948, 1976), written anew and fewer. The
stress follows the endings that attract it and otherwise the weight of the last syllables but one
(Chomsky and Halle, The Sound Pattern of English, 1968, chapter 3, in its simplest form).
"""

from __future__ import annotations

import re
from functools import lru_cache

from muse.theory.lexicon import FOLDER

_REACH = 24
"""How far back a rule looks, in letters."""
_CLASSES = {
    "V": "[aeiouy]", "C": "[^aeiouy]", "P": "[aeiouy][a-z]*[^aeiouy]",
    "E": "(?:[bcdfgjklmnpstvz]|th|st)(?:e$|e[sd]$|ely$|eless$|eness$|eful$)",
    "O": "[bcdfgklmnpstv][aeiou]",
}  # fmt: skip
# Endings whose last stress stands so many syllables before the word's end.
_ATTRACTING = (
    (r"(?:[ts]ion|[ct]ious|[ct]ial|cian|geous|gious)(?:s|al|ally|ed|ing|ly)?$", 2),
    (r"ates?$|i[sz]es?$|itudes?$|isms?$", 3), (r"at(?:ed|ing|ors?)$|i[sz]ing$", 4),
    (r"ic(?:s|k)?$", 2), (r"(?:ical|ically)$", 3), (r"(?:ity|ify|ety)$", 3),
    (r"(?:i|e)(?:an|on|um|us|a|al|ous|ent|or)(?:s)?$", 3),
    (r"(?:ology|ography|ometry|ocracy|onomy)$", 4), (r"(?:ee|eer|ette|esque|ique|oon|ade)s?$", 1),
)  # fmt: skip
_NEUTRAL = (r"ly$", r"ness$", r"ful$", r"less$", r"ing$", r"ers?$", r"able$", r"ish$")
_UNSTRESSED_FIRST = re.compile(
    r"(?:a(?=[bcdfglmnprstvw])(?![a-z]+(?:ow|y|le|er|e[nl]|on|i[dc])s?$)|be|de|re|ex|en|em|in|un|dis|mis|con|com|for|ig|im|per|pre|pro|ob|sub|sur|sus)"
    r"(?=[a-z]*[aeiouy])(?=[bcdfghjklmnpqrstvwz])"
)


@lru_cache(maxsize=20_000)
def from_spelling(word: str) -> tuple[str, ...]:
    """A guess at how a word in small letters sounds; none for no letters.

    A word without a vowel is spelled out letter by letter, as an abbreviation is said.
    """
    sounds = _transcribed(word)
    if not _VOWEL.search(sounds):
        return ("".join(_NAMES_OF_LETTERS[letter] for letter in word),) if word else ()
    return (_stressed(sounds, word),)


def is_spelled_out(word: str, sounds: str) -> bool:
    """Whether a word is said letter by letter, as an abbreviation: "US", "c.o.d."."""
    letters = re.sub(r"[^a-z]", "", word)
    names = "".join(_NAMES_OF_LETTERS[letter] for letter in letters)
    return len(letters) > 1 and re.sub(r"\d", "", sounds) == re.sub(r"\d", "", names)


def _transcribed(word: str) -> str:
    place, found = 0, []
    while place < len(word):
        for left, letters, sounds in _rules(word[place]):
            match = letters.match(word, place)
            if match and (left is None or left.search(word[max(0, place - _REACH) : place])):
                found.append(sounds)
                place += len(match["letters"])
                break
        else:
            place += 1
    return "".join(found)


@lru_cache(maxsize=26)
def _rules(letter: str) -> tuple[tuple[re.Pattern[str] | None, re.Pattern[str], str], ...]:
    """The rules of the data file for letter groups that begin with one letter."""
    found = []
    for line in (FOLDER / "spelling.txt").read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            rule, sounds = line.split(" ")
            left, letters, right = re.split("[<>]", rule)
            if letter in (group[0] for group in letters.split("|")):
                before = re.compile(f"(?:{_expanded(left)})$") if left else None
                after = re.compile(f"(?P<letters>{letters})(?={_expanded(right)})")
                found.append((before, after, sounds.strip("_")))
    return tuple(found)


def _expanded(context: str) -> str:
    for name, pattern in _CLASSES.items():
        context = context.replace(name, pattern)
    return context


_VOWEL = re.compile(r"([aAuoHIeREiYOJUW])(\d?)")
_LONG = "HIEYOJW"
_WEAK = {"A": "u", "e": "u", "a": "u", "i": "i", "u": "u", "o": "u"}


def _stressed(sounds: str, word: str) -> str:
    """Place the stress, and weaken short vowels that have none."""
    vowels = list(_VOWEL.finditer(sounds))
    count = len(vowels)
    settled = [match[2] for match in vowels]
    main = _main_stress(sounds, word, vowels)
    stresses = ["1" if number == main else "0" for number in range(count)]
    # An alternate beat before the main stress; a long vowel two syllables behind it.
    for number in range(main - 2, -1, -2):
        stresses[number] = "2"
    if main + 2 < count and vowels[-1][1] in "IEO" and settled[-1] != "0":
        stresses[-1] = "2"
    parts, end = [], 0
    for match, stress in zip(vowels, stresses):
        vowel = match[1]
        after = sounds[match.end() : match.end() + 1]
        if stress == "0" and vowel in _WEAK and not (vowel == "a" and after == "r"):
            vowel = _WEAK[vowel]
        parts += [sounds[end : match.start()], vowel, stress]
        end = match.end()
    return "".join(parts) + sounds[end:]


def _main_stress(sounds: str, word: str, vowels: list[re.Match[str]]) -> int:
    count = len(vowels)
    if count == 1:
        return 0
    for number, match in enumerate(vowels):
        if match[2] == "1":
            return number
    for pattern, syllable in _ATTRACTING:
        if re.search(pattern, word):
            return max(0, count - min(syllable, count))
    for pattern in _NEUTRAL:
        # What these endings are put to keeps its stress: modest, modestly.
        if count > 2 and re.search(pattern, word):
            return _main_stress(sounds, re.sub(pattern, "", word), vowels[:-1])
    free = [number for number, match in enumerate(vowels) if match[2] != "0"] or [0]
    first = 1 if _UNSTRESSED_FIRST.match(word) and 1 in free else 0
    if count == 2 or len(free) == 1:
        return first if first in free else free[0]
    last = vowels[-2]
    between = re.sub(r"(?<=[bdfgkptT])[lrwy]", "", sounds[last.end() : vowels[-1].start()])
    heavy = last[1] in _LONG or len(between) > 1
    if count - 2 in free and (heavy or word[-1] in "aoi"):
        return count - 2
    return max(first if count == 3 else 0, count - 3)


_NAMES_OF_LETTERS = {
    "a": "E1", "b": "bY1", "c": "sY1", "d": "dY1", "e": "Y1", "f": "e1f", "g": "jY1", "h": "E1c",
    "i": "I1", "j": "jE1", "k": "kE1", "l": "e1l", "m": "e1m", "n": "e1n", "o": "O1", "p": "pY1",
    "q": "kyW1", "r": "a1r", "s": "e1s", "t": "tY1", "u": "yW1", "v": "vY1", "w": "du1bu0lyW0",
    "x": "e1ks", "y": "wI1", "z": "zY1",
}  # fmt: skip
