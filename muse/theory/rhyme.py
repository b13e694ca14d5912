"""Rhyme, as ears and old poems have it: how two endings answer each other.

Two words rhyme perfectly if they sound alike from their last stressed vowel on and differ in the
consonants before it; if these agree too the rhyme is identical (rime riche). A light syllable that
bears the line's last beat may rhyme as well ("me" and "memory"). Near rhyme keeps the vowel and the
family of the consonants (Zwicky, "Well, this rock and roll has got to stop", 1976); consonance keeps
the consonants alone; eye rhyme is kept by the spelling, often since an older pronunciation. The
names are those of The Princeton Encyclopedia of Poetry and Poetics.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from muse.theory.phonemes import FAMILIES, VOWELS, Pronunciation
from muse.theory.pronunciation import normalized, pronunciations

RhymeKind = Literal[
    "", "consonance", "eye", "older", "near", "light", "repeated", "identical", "perfect"
]

STRENGTHS: dict[RhymeKind, float] = {
    "": 0.0, "consonance": 0.45, "eye": 0.6, "older": 0.6, "near": 0.65, "light": 0.9,
    "repeated": 0.9, "identical": 0.95, "perfect": 1.0,
}  # fmt: skip
"""How well each kind makes a rhyme, for choosing among readings; our own figures."""

_VOWEL = re.compile(r"([A-Za-z])(\d)")
_MERGED = (("Yr", "ir"), ("Er", "er"), ("Ar", "er"), ("Wr", "Ur"), ("Or", "or"), ("IR", "Ir"),
           ("HR", "Hr"))  # fmt: skip
"""Vowels before r that the dictionary writes now one way, now the other."""
_FAMILY = {letter: str(number) for number, family in enumerate(FAMILIES) for letter in family}
_VOWELS = frozenset(VOWELS.values())
_VOICELESS = str.maketrans("zvDZ", "sfTS")
_RESTORED = {"a": "A", "e": "e", "i": "i", "o": "a", "u": "u", "y": "Y"}
"""What a weakened vowel sounds like when verse puts a beat on it, by its letter."""


@dataclass(frozen=True)
class Ending:
    """What a word, or a line, ends with, for rhyming.

    Attributes:
        tail: the phonemes from the rhyming vowel on, without stress digits, evened out.
        onset: the consonants right before that vowel.
        light: whether the vowel has no stress of its own.
        open: whether it is an unstressed final -y, which older verse rhymes with "die".
    """

    tail: str
    onset: str
    light: bool = False
    open: bool = False


def endings_of(sounds: str, spelled: str = "") -> tuple[Ending, ...]:
    """The endings that a pronunciation can rhyme by, the most natural first.

    Args:
        sounds: phonemes in the notation of `muse.theory.phonemes`.
        spelled: the word's letters, which tell a weakened last vowel's full sound.
    """
    vowels = list(_VOWEL.finditer(sounds))
    if not vowels:
        return ()
    stressed = [number for number, match in enumerate(vowels) if match[2] != "0"]
    last = len(vowels) - 1
    found = []
    if not stressed:
        stressed = [0 if last == 0 else last]
    found.append(_ending(sounds, vowels[stressed[-1]]))
    primary = next((n for n in reversed(stressed) if vowels[n][2] == "1"), stressed[-1])
    if primary != stressed[-1]:
        found.append(_ending(sounds, vowels[primary]))
    if vowels[last][2] == "0" and last - primary >= 2:
        found += _light_endings(sounds, vowels[last], spelled)
    return tuple(dict.fromkeys(found))


def _ending(sounds: str, vowel: re.Match[str], light: bool = False) -> Ending:
    onset = re.search(r"[^0-9]*$", sounds[: vowel.start()])
    before = onset[0] if onset else ""
    tail = vowel[1] + re.sub(r"i(?=0)", "u", sounds[vowel.end() :])
    return Ending(_evened(tail), before, light, light and tail == "Y")


def _evened(tail: str) -> str:
    tail = re.sub(r"\d", "", tail)
    for old, new in _MERGED:
        tail = tail.replace(old, new)
    return tail


def _light_endings(sounds: str, vowel: re.Match[str], spelled: str) -> list[Ending]:
    """The last, unstressed syllable with its vowel in full: Eter-nity, love-liness, tempe-rate."""
    found = [_ending(sounds, vowel, light=True)]
    groups = re.findall(r"[aeiouy]+", re.sub(r"(?<=[^aeiouy])e(?=s?$)", "", spelled.lower()))
    if vowel[1] in "ui" and groups:
        full = _RESTORED[groups[-1][0]]
        if re.search(r"[aeiou][^aeiouy]es?$", spelled.lower()):
            full = {"A": "E", "i": "I", "a": "O", "u": "W", "e": "Y"}.get(full, full)
        strong = sounds[: vowel.start()] + full + sounds[vowel.start() + 1 :]
        match = _VOWEL.match(strong, vowel.start())
        if match:
            found.append(_ending(strong, match, light=True))
    return found


@lru_cache(maxsize=20_000)
def word_endings(word: str) -> tuple[Ending, ...]:
    """The endings of all ways to say a word; none if it cannot be said."""
    found: dict[Ending, None] = {}
    for each in pronunciations(word):
        found.update(dict.fromkeys(endings_of(each.sounds, word)))
    return tuple(found)


def sounded_rhyme(a: Ending, b: Ending) -> RhymeKind:
    """How two endings rhyme by their sound."""
    if a.tail == b.tail:
        if a.light or b.light:
            return "light"
        return "identical" if a.onset == b.onset else "perfect"
    if (a.open and b.tail == "I") or (b.open and a.tail == "I"):
        return "older"
    if not (a.light or b.light) and _skeleton(a.tail) == _skeleton(b.tail):
        return "near"
    first, second = a.tail.replace("R", "ur"), b.tail.replace("R", "ur")
    if first.replace("ur", "ar", 1) == second or second.replace("ur", "ar", 1) == first:
        return "older"
    if len(first) > 1 and first[1:].translate(_VOICELESS) == second[1:].translate(_VOICELESS):
        return "consonance"
    return ""


def _skeleton(tail: str) -> str:
    """Vowels as they are (but cot and caught alike), consonants by family."""
    return "".join(_FAMILY.get(each, each) for each in tail.replace("o", "a"))


def rhyme_of(first: str, second: str) -> RhymeKind:
    """How two words rhyme, in the way of saying them that rhymes best; `""` if they do not."""
    best: RhymeKind = ""
    for a in word_endings(first):
        for b in word_endings(second):
            kind = sounded_rhyme(a, b)
            if STRENGTHS[kind] > STRENGTHS[best]:
                best = kind
    if STRENGTHS[best] < STRENGTHS["eye"] and rhymes_by_eye(first, second):
        return "eye"
    return best


def rhymes_by_eye(first: str, second: str) -> bool:
    """Whether two words are spelled alike from their last stressed vowel on: love, prove."""
    groups = sorted((_stressed_groups(first), _stressed_groups(second)))
    a, b = (_spelled_ending(word, groups[0]) for word in (first, second))
    return a == b and len(a) > 1 + (groups[0] < groups[1])


@lru_cache(maxsize=50_000)
def _stressed_groups(word: str) -> int:
    """How many syllables a word has from its last stressed one on."""
    endings = word_endings(word)
    return max(1, sum(letter in _VOWELS for letter in endings[0].tail)) if endings else 1


@lru_cache(maxsize=50_000)
def _spelled_ending(word: str, groups: int) -> str:
    """The letters of a word's last so many syllables, from the vowel on."""
    plain = re.sub(r"(?<=[^aeiouy'])e(?=[sd]?$)", "_", normalized(word)[0])
    found = re.search(rf"(?:[aeiouy]+[^aeiouy']*){{{groups}}}$", plain)
    return found[0] if found else ""


def rhyme_part(pronunciation: Pronunciation) -> str:
    """The phonemes from the last stressed vowel on, as the dictionary's makers write them."""
    vowels = list(_VOWEL.finditer(pronunciation.sounds))
    if not vowels:
        return ""
    stressed = [match for match in vowels if match[2] != "0"] or [vowels[-1]]
    return Pronunciation(pronunciation.sounds[stressed[-1].start() :]).arpabet
