"""How a word sounds: the notation of the pronouncing dictionary, and what it says of syllables.

The CMU dictionary writes thirty-nine phonemes as words, `S AH1 M ER0`. Here each is one letter, and
the stress digit of a vowel (1 primary, 2 secondary, 0 none) stays behind it: `su1mR0`. So syllables
are digits, endings are string endings, and a hundred thousand words fit in a small file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

CONSONANTS = {
    "B": "b", "CH": "c", "D": "d", "DH": "D", "F": "f", "G": "g", "HH": "h", "JH": "j", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "N", "P": "p", "R": "r", "S": "s", "SH": "S", "T": "t",
    "TH": "T", "V": "v", "W": "w", "Y": "y", "Z": "z", "ZH": "Z",
}  # fmt: skip
VOWELS = {
    "AA": "a", "AE": "A", "AH": "u", "AO": "o", "AW": "H", "AY": "I", "EH": "e", "ER": "R",
    "EY": "E", "IH": "i", "IY": "Y", "OW": "O", "OY": "J", "UH": "U", "UW": "W",
}  # fmt: skip
_LETTERS = CONSONANTS | VOWELS
_NAMES = {letter: name for name, letter in _LETTERS.items()}

VOICELESS = "cfkpsStTh"
SIBILANTS = "sSzZcj"
FAMILIES = ("pbtdkg", "fvTDsSzZcjh", "mnN", "lr", "wy")
"""Consonants made alike: plosives, fricatives and affricates, nasals, liquids, glides."""

Origin = Literal["dictionary", "derived", "spelling"]
"""Where a pronunciation is from: the dictionary; known parts put together; the letters alone."""


@dataclass(frozen=True)
class Pronunciation:
    """One way to say a word.

    Attributes:
        sounds: the phonemes in the notation of this module.
        origin: where it is from. From `"spelling"` it is a guess.
    """

    sounds: str
    origin: Origin = "dictionary"

    @cached_property
    def stresses(self) -> str:
        """The stress of each syllable: `"0"` none, `"1"` primary, `"2"` secondary."""
        return stresses_of(self.sounds)

    @property
    def syllables(self) -> int:
        """How many syllables; none for the likes of th'."""
        return len(self.stresses)

    @property
    def certain(self) -> bool:
        """Whether the dictionary, or a rule that builds on it, vouches for it."""
        return self.origin != "spelling"

    @property
    def arpabet(self) -> str:
        """The phonemes as the dictionary's makers write them: `"S AH1 M ER0"`."""
        return to_arpabet(self.sounds)


def from_arpabet(text: str) -> str:
    """`"S AH1 M ER0"` to `"su1mR0"`.

    Raises:
        ValueError: if a phoneme is not one of the thirty-nine.
    """
    letters = []
    for phoneme in text.split():
        name = phoneme.rstrip("012")
        if name not in _LETTERS or (name in VOWELS) != (len(phoneme) == len(name) + 1):
            raise ValueError(f"not a phoneme of the CMU dictionary: {phoneme!r} in {text!r}")
        letters.append(_LETTERS[name] + phoneme[len(name) :])
    return "".join(letters)


def to_arpabet(sounds: str) -> str:
    """`"su1mR0"` to `"S AH1 M ER0"`."""
    return " ".join(_NAMES[each[0]] + each[1:] for each in re.findall(r"[A-Za-z]\d?", sounds))


def stresses_of(sounds: str) -> str:
    """The stress digits of the vowels, in order."""
    return "".join(each for each in sounds if each.isdigit())


def with_stresses(sounds: str, stresses: str) -> str:
    """The same phonemes with other stress digits."""
    digits = iter(stresses)
    return "".join(next(digits) if each.isdigit() else each for each in sounds)
