"""Keys and scales: pitch classes, key signatures, spelling, and finding the key of a tune.

Conventions:
    A pitch class is 0 to 11 with C = 0. A pitch is a MIDI number with middle C (C4) = 60.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
}
"""Scale steps of each mode in semitones above the tonic."""

SCALES = MODES | {
    "harmonic-minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic-minor": (0, 2, 3, 5, 7, 8, 9, 10, 11),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor-pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole-tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
}
"""Scales a wish may name; the modes among them also have a key signature."""

_FIFTHS_OF_MODE = {
    "major": 0, "minor": -3, "dorian": -2, "mixolydian": -1, "phrygian": -4, "lydian": 1,
    "locrian": -5,
}  # fmt: skip
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ORDER_OF_SHARPS = "FCGDAEB"
_ACCIDENTALS = {"": 0, "#": 1, "b": -1, "♯": 1, "♭": -1, "##": 2, "bb": -2}

# Krumhansl and Kessler (1982), probe-tone ratings.
_MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


def pitch_class(name: str) -> int:
    """Pitch class of a note name such as `"C"`, `"F#"`, `"Bb"`. Raises ValueError."""
    letter, accidental = name[:1].upper(), name[1:]
    if letter not in _LETTERS or accidental not in _ACCIDENTALS:
        raise ValueError(f"not a note name: {name!r}; write one like C, F# or Bb")
    return (_LETTERS[letter] + _ACCIDENTALS[accidental]) % 12


def parse_pitch(text: str) -> int:
    """MIDI number of `"D4"`, `"Bb3"` or a plain number such as `"62"`. Raises ValueError."""
    text = text.strip()
    match = re.fullmatch(r"([A-Ga-g](?:##|bb|#|b|♯|♭)?)(-?\d)", text)
    if match:
        letter, accidental = match[1][0].upper(), match[1][1:]
        pitch = 12 * (int(match[2]) + 1) + _LETTERS[letter] + _ACCIDENTALS[accidental]
    elif text.isdecimal():
        pitch = int(text)
    else:
        raise ValueError(f"not a pitch: {text!r}; write one like D4 or 62")
    if not 0 <= pitch <= 127:
        raise ValueError(f"pitch {text!r} lies outside MIDI's 0 to 127")
    return pitch


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic (pitch class 0 to 11) and a mode of `MODES`."""

    tonic: int = 0
    mode: str = "major"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"unknown mode {self.mode!r}; known: {', '.join(MODES)}")
        if not 0 <= self.tonic < 12:
            raise ValueError(f"a tonic is a pitch class from 0 to 11, not {self.tonic}")

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read `"D"`, `"Bb minor"`, `"F#m"`, `"E dorian"`, `"Amix"`. Raises ValueError."""
        match = re.fullmatch(r"\s*([A-Ga-g])(##|bb|#|b|♯|♭)?[\s_-]*([A-Za-z]*)\s*", text)
        if not match:
            raise ValueError(f"not a key: {text!r}; write one like D, Bb minor or E dorian")
        word = match[3]
        mode = "minor" if word == "m" else None
        if not word or word == "M":
            mode = "minor" if match[1].islower() and not match[2] and word != "M" else "major"
        if mode is None:
            word = {"ionian": "major", "aeolian": "minor"}.get(word.lower(), word.lower())
            aliases = {"aeo": "minor", "ion": "major"}
            found = [name for name in MODES if len(word) >= 3 and name.startswith(word[:3])]
            mode = aliases.get(word[:3]) or (found[0] if found else None)
        if mode is None:
            raise ValueError(f"unknown mode in key {text!r}; known: {', '.join(MODES)}")
        return cls(pitch_class(match[1] + (match[2] or "")), mode)

    @classmethod
    def from_fifths(cls, fifths: int, mode: str = "major") -> Key:
        """The key with `fifths` sharps (or, below zero, flats) in its signature."""
        if not -7 <= fifths <= 7:
            raise ValueError(f"a key signature has at most 7 sharps or flats, not {fifths}")
        return cls((7 * (fifths - _FIFTHS_OF_MODE[mode])) % 12, mode)

    @property
    def fifths(self) -> int:
        """Sharps in the signature, flats below zero, from -6 to 6 (F# rather than Gb major)."""
        fifths = (7 * self.tonic) % 12 + _FIFTHS_OF_MODE[self.mode]
        return (fifths + 5) % 12 - 5

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes of the scale."""
        return frozenset((self.tonic + step) % 12 for step in MODES[self.mode])

    @property
    def tonic_name(self) -> str:
        """The tonic as its key signature spells it, `"Bb"` rather than `"A#"`."""
        return self.spell(self.tonic)

    def spell(self, pitch: int) -> str:
        """Note name, without octave, that fits this key: F# in G major, Gb in Db major."""
        # Names lie on the line of fifths: of the twelve around the scale, six places below its
        # middle to five above (minor one more, for its leading tone), each pitch class has one.
        middle = self.fifths + 2 + (self.mode == "minor")
        place = middle - 6 + ((7 * pitch) % 12 - middle + 6) % 12
        letter = _ORDER_OF_SHARPS[(place + 1) % 7]
        return letter + {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}.get((place + 1) // 7, "")

    def transposed(self, semitones: int) -> Key:
        """The same mode, `semitones` higher."""
        return Key((self.tonic + semitones) % 12, self.mode)

    def __str__(self) -> str:
        return f"{self.tonic_name} {self.mode}"


def find_key(weighted_pitches: Iterable[tuple[int, float]]) -> Key:
    """The major or minor key that fits best, by the Krumhansl-Schmuckler method.

    Args:
        weighted_pitches: pairs of a MIDI pitch and its weight (its length in ticks, say).
    """
    histogram = [0.0] * 12
    for pitch, weight in weighted_pitches:
        histogram[pitch % 12] += weight
    mean = sum(histogram) / 12
    best, best_score = Key(), float("-inf")
    for mode, profile in (("major", _MAJOR_PROFILE), ("minor", _MINOR_PROFILE)):
        centre = sum(profile) / 12
        spread = sum((value - centre) ** 2 for value in profile) ** 0.5
        for tonic in range(12):
            score = sum(
                (histogram[(tonic + step) % 12] - mean) * (value - centre)
                for step, value in enumerate(profile)
            )
            if score / spread > best_score:
                best, best_score = Key(tonic, mode), score / spread
    return best


def parse_scale(text: str, tonic: int) -> frozenset[int]:
    """Pitch classes of a named scale (`"dorian"`, `"blues"`) on `tonic`. Raises ValueError."""
    name = text.strip().lower().replace(" ", "-").replace("_", "-")
    if name not in SCALES:
        raise ValueError(f"unknown scale {text!r}; known: {', '.join(SCALES)}")
    return frozenset((tonic + step) % 12 for step in SCALES[name])
