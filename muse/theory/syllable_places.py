"""Which letter of a written word carries each of its syllables, to put marks above."""

from __future__ import annotations

import re

from muse.theory.pronunciation import normalized

_GROUPS = re.compile(r"[aeiou]+|(?<![aeiou])y(?![aeiou])")
_LONGEST = 60
_HIATUS = ("ia", "io", "iu", "ie", "ea", "eo", "ua", "uo", "ui", "ue", "oe", "ii", "ao")


def syllable_places(word: str, count: int) -> list[int]:
    """The columns of `count` syllables in a written word, rising; as even as need be.

    Vowel groups carry syllables; the mute e goes without one, two vowels that are said apart get
    two, and what is left is spread.
    """
    if count <= 0:
        return []
    if len(word) > _LONGEST:
        return [number * len(word) // count for number in range(count)]
    lower = "".join(normalized(each)[0][:1] or each for each in word.lower())
    groups = [(match.start(), match.end()) for match in _GROUPS.finditer(lower)]
    mute_u = [start > 0 and lower[start - 1 : start + 1] == "qu" for start, _ in groups]
    places = [start + (mute and end > start + 1) for (start, end), mute in zip(groups, mute_u)]
    if len(places) > count:
        places = _without_mute(lower, places, count)
    if len(places) < count:
        places = _with_hiatus(lower, places, count)
    while len(places) > count:
        places.pop()
    if len(places) < count:
        letters = len(word)
        return [number * letters // count for number in range(count)]
    return places


def _without_mute(word: str, places: list[int], count: int) -> list[int]:
    """Leave out vowel letters that are mostly mute, the surest first."""
    mute = [
        *(each for each in reversed(places) if re.fullmatch(r"e(?:'?s|'?d)?'?", word[each:])),
        *(each for each in places if re.match(r"e(?:ly|ness|less|ful|ment|some|[^aeiouy])", word[each:])),
        *reversed(places[1:]),
    ]  # fmt: skip
    left = list(places)
    for each in mute:
        if len(left) > count and each in left and len(left) > 1:
            left.remove(each)
    return left


def _with_hiatus(word: str, places: list[int], count: int) -> list[int]:
    """Give the second of two vowels that can be said apart a syllable; then l, m, n, r."""
    found = list(places)
    for each in places:
        if len(found) < count and word[each : each + 2] in _HIATUS and each + 1 not in found:
            found.append(each + 1)
    for match in re.finditer(r"(?<=[^aeiou])y(?=[aeiou])", word):
        if len(found) < count and match.start() not in found:
            found.append(match.start())
    for match in re.finditer(r"(?<=[^aeiouy])[lmnr](?![aeiouy])|(?<=[aeiou])[rl]", word):
        place = match.start()
        if len(found) < count and found and place > min(found) and place not in found:
            found.append(place)
    return sorted(found)
