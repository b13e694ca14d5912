"""Chord symbols: reading them, writing them, and which pitch classes they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

from muse.theory.keys import Key, pitch_class

QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "aug": (0, 4, 8),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "7sus4": (0, 5, 7, 10),
}
"""Chord qualities: the suffix that is written, and the semitones above the root."""

_ALIASES = {
    "maj": "", "M": "", "major": "", "min": "m", "-": "m", "mi": "m", "minor": "m",
    "dom7": "7", "min7": "m7", "-7": "m7", "mi7": "m7", "M7": "maj7", "Maj7": "maj7",
    "ma7": "maj7", "j7": "maj7", "Δ": "maj7", "Δ7": "maj7", "o": "dim", "°": "dim",
    "o7": "dim7", "°7": "dim7", "ø": "m7b5", "ø7": "m7b5", "min7b5": "m7b5", "m7-5": "m7b5",
    "+": "aug", "aug7": "aug", "+7": "aug", "7+": "aug", "min6": "m6", "-6": "m6", "sus": "sus4",
    "7sus": "7sus4", "9": "7", "11": "7", "13": "7", "7b9": "7", "7#9": "7", "7#5": "aug",
    "7b5": "7", "7#11": "7", "7b13": "7", "m9": "m7", "m11": "m7", "min9": "m7", "maj9": "maj7",
    "add9": "", "add2": "", "6/9": "6", "69": "6", "5": "", "9sus4": "7sus4", "m(maj7)": "m",
    "mmaj7": "m", "mM7": "m",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord symbol: root pitch class, a quality of `QUALITIES`, bass pitch class if inverted."""

    root: int
    quality: str = ""
    bass: int | None = None

    def __post_init__(self) -> None:
        if self.quality not in QUALITIES:
            raise ValueError(f"unknown chord quality {self.quality!r}; known: {list(QUALITIES)}")

    @classmethod
    def parse(cls, text: str) -> Chord:
        """Read `"Bm7"`, `"F#dim"`, `"G/B"`. Extensions fold into the seventh chord.

        Raises:
            ValueError: if the root or the quality is not known.
        """
        match = re.fullmatch(
            r"([A-G])(##|bb|#|b|♯|♭)?([^/]*?(?:6/9)?)(?:/([A-Ga-g](?:#|b|♯|♭)?))?", text.strip()
        )
        if not match:
            raise ValueError(f"not a chord: {text!r}; write one like D, Bm7 or G/B")
        quality = re.sub(r"[\s()]", "", match[3])
        quality = quality if quality in QUALITIES else _ALIASES.get(quality, quality)
        if quality not in QUALITIES:
            known = " ".join(name for name in QUALITIES if name)
            raise ValueError(f"unknown chord {text!r}; after the root write nothing or: {known}")
        bass = pitch_class(match[4]) if match[4] else None
        root = pitch_class(match[1] + (match[2] or ""))
        return cls(root, quality, None if bass == root else bass)

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes that the chord holds, its bass included."""
        tones = {(self.root + step) % 12 for step in QUALITIES[self.quality]}
        return frozenset(tones if self.bass is None else tones | {self.bass})

    def text(self, key: Key | None = None) -> str:
        """The symbol as written, spelled to fit `key` (C major when there is none)."""
        key = key or Key()
        bass = "" if self.bass is None else "/" + key.spell(self.bass)
        return key.spell(self.root) + self.quality + bass

    def transposed(self, semitones: int) -> Chord:
        """The same chord, `semitones` higher."""
        bass = None if self.bass is None else (self.bass + semitones) % 12
        return Chord((self.root + semitones) % 12, self.quality, bass)

    def __str__(self) -> str:
        return self.text()


def parse_progression(text: str) -> list[list[Chord | None]]:
    """Read `"| D | A7 | Bm G | D |"`: a list of bars, each a list of chords sharing it evenly.

    `%` repeats the bar before, `N.C.` is no chord (None).

    Raises:
        ValueError: if there is no chord, or one is not known.
    """
    bars: list[list[Chord | None]] = []
    cells = [cell.strip() for cell in text.replace("||", "|").strip().strip("|").split("|")]
    for number, cell in enumerate(cells, 1):
        if not cell:
            raise ValueError(f"bar {number} of the chords {text!r} is empty; write % to repeat")
        if cell == "%":
            if not bars:
                raise ValueError("the first bar of the chords cannot be %, a repeat")
            bars.append(bars[-1])
            continue
        bars.append([None if w.upper() in ("N.C.", "NC") else Chord.parse(w) for w in cell.split()])
    return bars
