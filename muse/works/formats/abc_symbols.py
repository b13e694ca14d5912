"""The symbols of ABC music lines: how a line is cut into them, and what a few of them mean.

The one regular expression has no nested repetition, so the time taken is linear in the length
of a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from muse.theory.chords import Chord
from muse.theory.meter import Meter
from muse.works.formats.abc_fields import Signature

_LENGTH = r"\d{0,4}(?:/{1,6}\d{0,4})?"
SYMBOL = re.compile(
    rf"""
      (?P<note>(?:(\^\^?|__?|=)[.~]{{0,2}})?([A-Ga-gzx])([,']{{0,9}})({_LENGTH}))
    | (?P<space>[ \t`\\$]+)
    | (?P<bar>(?P<closes>:*)\[?\|[|\]]*(?P<opens>:*)|::+)(?P<turns>\d[\d,-]*)?
    | \[[ ]?(?P<ending>\d[\d,-]*)
    | "(?P<text>[^"]*)"
    | (?P<tie>-)
    | (?P<broken>>{{1,3}}|<{{1,3}})
    | \((?P<tuplet>[2-9])(?P<ratio>:\d{{0,2}}(?::\d{{0,2}})?)?
    | (?P<mark>Hx(?=\s*[|:])|[().~H-Wh-wv]|![\w.()<>+/^-]{{1,30}}!|\+[\w.()]{{1,20}}\+|y\d*|\{{[^}}]*\}})
    | \[(?P<inline>[A-Za-z]):(?P<value>[^\]]*)\]
    | \[(?P<chord>[^\]|]*)\](?P<stretch>{_LENGTH})
    | [ZX](?P<rests>\d{{0,4}})
    | (?P<overlay>&)
    | (?P<stray>[*!;?@:#+,'0-9/])
    | (?P<odd>.)
    """,
    re.VERBOSE,
)
CHORD_NOTE = re.compile(rf"(\^\^?|__?|=)?([A-Ga-g])([,']{{0,9}})({_LENGTH})(-?)")
SYLLABLE = re.compile(r"([*_|-])|((?:\\-|[^\s*_|-])+)(-?)")
SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}


@dataclass(slots=True)
class Settings:
    """What the fields set; it holds until the next change. `unit` is in fine units."""

    signature: Signature
    meter: Meter
    unit: int


@dataclass(slots=True)
class Event:
    """Notes that start together, or a rest if there are none. Lengths in fine units.

    `names` are letter, octave and MIDI pitch; `lengths` and `ties` are in the same order.
    """

    length: int
    names: list[tuple[str, int, int]]
    lengths: list[int]
    ties: list[bool]
    lyric: str = ""


@lru_cache(maxsize=1024)
def written_ratio(text: str) -> tuple[int, int]:
    """Numerator and denominator of a written length such as `3/2`, `/` or `//`; (0, 1) if bad."""
    above, slashes, below = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()  # type: ignore[union-attr]
    denominator = int(below) if below else 2 ** len(slashes)
    return (int(above or 1), denominator) if denominator else (0, 1)


@lru_cache(maxsize=1024)
def symbol_chord(text: str) -> Chord | None:
    """The chord of a chord symbol; None for no chord. Raises ValueError."""
    if text.strip().upper() in ("N.C.", "NC", "N.C"):
        return None
    return Chord.parse(text)
