"""The instruments that trained voices play, and which of them stands in for any other.

Numbers of programs are General MIDI's (level 1, 1991), 0 to 127. Ranges are of sounding pitches.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instrument:
    """One instrument.

    Attributes:
        name: in plain words.
        program: of General MIDI.
        lowest, highest: its usual range, MIDI pitches.
        chords: whether it plays several notes together.
    """

    name: str
    program: int
    lowest: int
    highest: int
    chords: bool = False


INSTRUMENTS = (
    Instrument("piano", 0, 28, 103, chords=True),
    Instrument("guitar", 24, 40, 83, chords=True),
    Instrument("violin", 40, 55, 98),
    Instrument("cello", 42, 36, 76),
    Instrument("strings", 48, 36, 96, chords=True),
    Instrument("flute", 73, 60, 96),
    Instrument("clarinet", 71, 50, 91),
    Instrument("trumpet", 56, 54, 84),
    Instrument("organ", 19, 36, 96, chords=True),
    Instrument("voices", 52, 43, 84, chords=True),
    Instrument("bass", 32, 28, 60),
)
"""In the order in which trained voices number them."""

LOWEST, HIGHEST = 21, 108
"""The keys of a piano: trained voices play these pitches."""

_STAND_INS = (
    (8, "piano"), (16, "piano"), (24, "organ"), (32, "guitar"), (40, "bass"), (42, "violin"),
    (44, "cello"), (45, "strings"), (47, "guitar"), (48, "bass"), (52, "strings"), (55, "voices"),
    (56, "strings"), (64, "trumpet"), (72, "clarinet"), (80, "flute"), (88, "organ"),
    (104, "voices"), (109, "guitar"), (110, "clarinet"), (111, "violin"), (112, "clarinet"),
    (128, "piano"),
)  # fmt: skip
"""General MIDI families: (the first program that no longer belongs to it, who plays it)."""


def instrument_number(program: int) -> int:
    """Number of the instrument that plays a General MIDI program, or stands in for it."""
    if not 0 <= program <= 127:
        raise ValueError(f"programs of General MIDI are 0 to 127, not {program}")
    name = next(name for end, name in _STAND_INS if program < end)
    return next(place for place, each in enumerate(INSTRUMENTS) if each.name == name)


def instrument_named(name: str) -> int:
    """Number of an instrument by its name. Raises ValueError; the message lists the names."""
    for place, each in enumerate(INSTRUMENTS):
        if each.name == name:
            return place
    known = ", ".join(each.name for each in INSTRUMENTS)
    raise ValueError(f"no instrument {name!r}; there are: {known}")
