"""Reading the information fields of ABC: key, meter, unit note length, tempo.

Conventions:
    Lengths are in the fine units of `muse.works.formats.measures`. All functions raise
    ValueError with a message that says what would be right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from muse.theory.keys import Key
from muse.theory.meter import TICKS_PER_WHOLE, Meter
from muse.works.formats.measures import FINE

WHOLE = TICKS_PER_WHOLE * FINE
"""Fine units in a whole note."""

SHIFTS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
"""Accidental signs of ABC and the semitones they stand for."""

_LINE_OF_FIFTHS = "FCGDAEB"
_CLEFS = ("treble", "bass", "alto", "tenor", "perc", "clef", "octave", "transpose", "middle")
_MODES = {
    "maj": "major", "ion": "major", "min": "minor", "aeo": "minor", "dor": "dorian",
    "mix": "mixolydian", "phr": "phrygian", "lyd": "lydian", "loc": "locrian",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signature:
    """A key and the semitones by which it shifts each letter, A to G."""

    key: Key
    shifts: dict[str, int]


def signature_shifts(fifths: int) -> dict[str, int]:
    """Semitones by which a signature of `fifths` sharps (flats below zero) shifts each letter."""
    return {letter: (fifths + 6 - i) // 7 for i, letter in enumerate(_LINE_OF_FIFTHS)}


def read_key(text: str) -> Signature | None:
    """The value of a `K:` field; None if it names only a clef or the like."""
    words = text.split()
    if not words or words[0].lower() == "none":
        return Signature(Key(), signature_shifts(0))
    if words[0].upper() == "HP":
        return Signature(Key(9, "mixolydian"), signature_shifts(2))
    match = re.match(r"([A-Ga-g])(#|b|♯|♭)?([A-Za-z]*)(?=$|[_^=])", words[0])
    mode = _mode(match[3]) if match else None
    if not match or mode is None:
        if words[0].lower().startswith(_CLEFS):
            return None
        raise ValueError(f"not a key: {text.strip()[:40]!r}; write one like G, Em or D mixolydian")
    rest = words[1:]
    if not match[3] and rest and rest[0][0].isalpha() and _mode(rest[0]):
        mode = _mode(rest.pop(0))
    key = Key.parse(match[1].upper() + (match[2] or "") + " " + (mode or "major"))
    accidental = {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(match[2] or "", 0)
    place = _LINE_OF_FIFTHS.index(match[1].upper()) - 1 + 7 * accidental
    fifths = 0 if "exp" in rest else place + Key(0, key.mode).fifths
    shifts = signature_shifts(fifths)
    extras = " ".join([words[0][match.end() :], *rest])
    for sign, letter in re.findall(r"(\^\^?|__?|=)([A-Ga-g])(?![A-Za-z])", extras):
        shifts[letter.upper()] = SHIFTS[sign]
    return Signature(key, shifts)


def _mode(word: str) -> str | None:
    """The mode that a word after a tonic names, by its first three letters; None if none."""
    word = word.lower()
    if word == "":
        return "major"
    return "minor" if word == "m" else _MODES.get(word[:3])


def read_meter(text: str) -> Meter:
    """The value of an `M:` field."""
    text = re.sub(r"\s+", "", text)
    if text.lower() in ("none", ""):
        raise ValueError("a tune without a meter has no bars; write a meter such as M:6/8")
    sums = re.fullmatch(r"\(?(\d{1,2}(?:\+\d{1,2}){1,8})\)?/(\d{1,2})", text)
    if sums:
        return Meter(sum(int(count) for count in sums[1].split("+")), int(sums[2]))
    return Meter.parse(text)


def read_unit(text: str) -> int:
    """The value of an `L:` field, in fine units."""
    match = re.fullmatch(r"\s*(\d{1,2})\s*(?:/\s*(\d{1,3}))?\s*", text)
    if not match or not int(match[1]) or int(match[2] or 1) not in (1, 2, 4, 8, 16, 32, 64, 128):
        raise ValueError(f"not a note length: {text.strip()[:40]!r}; write one like 1/8")
    return WHOLE * int(match[1]) // int(match[2] or 1)


def default_unit(meter: Meter) -> int:
    """The unit note length of a tune without an `L:` field, in fine units."""
    return WHOLE // 16 if meter.numerator / meter.denominator < 0.75 else WHOLE // 8


def read_tempo(text: str, unit: int) -> float | None:
    """The value of a `Q:` field in quarter notes per minute; None if it holds no usable number."""
    text = re.sub(r'"[^"]*"', "", text).strip()
    match = re.fullmatch(
        r"(?:(C\d?|\d{1,2}/\d{1,3}(?: +\d{1,2}/\d{1,3}){0,8})? *= *)?"
        r"(\d{1,4}(?:\.\d{1,6})?)",
        text,
    )
    if not match:
        return None
    beat = Fraction(unit, WHOLE)
    if match[1] and match[1].startswith("C"):
        beat *= int(match[1][1:] or 1)
    elif match[1]:
        pairs = [pair.split("/") for pair in match[1].split()]
        if any(int(low) == 0 for _, low in pairs):
            return None
        beat = sum((Fraction(int(high), int(low)) for high, low in pairs), Fraction(0))
    tempo = float(beat * 4) * float(match[2])
    return tempo if 10 <= tempo <= 1000 else None
