"""Scores as tokens: bars that count down, and lines of segments that fill each bar.

A score is written as

    BOS Style_jig Meter_6/8 Mode_major Tonic_2 Tempo_9 Chords Voices_1
        Bar_-2  Chord_0_ End_72   Pitch_+7 End_12 Pitch_+5 End_24 ... Rest End_72
        Bar_-1  Chord_7_7 End_72  Tie End_36 Pitch_+0 End_72
    EOS

* `Bar_-n` says how many bars are left, this one included (`Bar_-64`: 64 or more).
* A bar holds its *lines* in order: the chord line, if the piece has chord symbols, then each voice.
  A line is a run of *segments* that fills the bar: what sounds (`Pitch`, `Rest`, `Tie` for what
  goes on from before, or a `Chord`), then `End_k`, the tick of the bar at which it stops. The
  position of every note therefore stands right before it, and a full bar is one whose last
  segment ends at the bar's length.
* Pitches and chord roots are relative to the tonic, so one tune is one token sequence in all keys.
* A pick-up bar is `Pickup End_k`: its lines start at tick k.
* Bars that change meter or key say so after `Bar_-n`.
* A hole (see `holes.py`) is `Hole` in place of a line; its contents follow after `Fill`.

The idea of bar and position tokens is REMI's (Huang and Yang 2020), the bar countdown and
fill-in at bar grain are known from MMM and MIDI-GPT; segment ends instead of durations are ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

from muse.theory.chords import QUALITIES, Chord
from muse.theory.keys import MODES, Key
from muse.theory.meter import METERS, Meter
from muse.tokens.base import Vocabulary

STYLES = (
    "air", "barndance", "carol", "chorale", "clog", "dance", "fling", "hop-jig", "hornpipe",
    "jig", "lied", "long-dance", "march", "mazurka", "morris", "playford", "polka", "quickstep",
    "reel", "schottische", "set-dance", "slide", "slip-jig", "song", "standard", "strathspey",
    "waltz",
)  # fmt: skip
"""The styles that the tokens can name."""

MOST_BARS_COUNTED = 64
LOWEST_PITCH, HIGHEST_PITCH = -66, 72
LONGEST_BAR = max(Meter.parse(text).bar_ticks for text in METERS)
TEMPO_BINS = 24
MOST_VOICES = 4


@cache
def melody_vocabulary() -> Vocabulary:
    """The tokens of scores, melody and chorale alike."""
    names = ["PAD", "BOS", "EOS", "Hole", "Fill", "Pickup", "Chords", "Rest", "Tie"]
    names += [f"Style_{style}" for style in STYLES]
    names += [f"Meter_{meter}" for meter in METERS]
    names += [f"Mode_{mode}" for mode in MODES]
    names += [f"Tonic_{tonic}" for tonic in range(12)]
    names += [f"Tempo_{place}" for place in range(TEMPO_BINS)]
    names += [f"Voices_{count}" for count in range(1, MOST_VOICES + 1)]
    names += [f"Voice_{number}" for number in range(1, MOST_VOICES + 1)]
    names += [f"Bar_-{left}" for left in range(1, MOST_BARS_COUNTED + 1)]
    names += ["Chord_none"]
    names += [f"Chord_{root}_{quality}" for root in range(12) for quality in QUALITIES]
    names += [f"Bass_{step}" for step in range(12)]
    names += [f"Pitch_{step:+d}" for step in range(LOWEST_PITCH, HIGHEST_PITCH + 1)]
    names += [f"End_{tick}" for tick in range(1, LONGEST_BAR + 1)]
    return Vocabulary(tuple(names))


def pitch_anchor(key: Key) -> int:
    """The MIDI pitch that `Pitch_+0` stands for: the key's tonic in 55 to 66."""
    return 60 + (key.tonic + 5) % 12 - 5


def tempo_bin(quarters_per_minute: float) -> int:
    """The nearest of `TEMPO_BINS` geometric steps from 30 to 300 quarters per minute."""
    place = math.log(max(quarters_per_minute, 1) / 30) / math.log(10) * (TEMPO_BINS - 1)
    return min(max(round(place), 0), TEMPO_BINS - 1)


def tempo_of_bin(place: int) -> float:
    """Quarters per minute in the middle of a tempo bin, to a tenth."""
    return round(30 * 10 ** (place / (TEMPO_BINS - 1)), 1)


@dataclass
class SheetBar:
    """A bar as ids: its head (`Bar_-n` and what follows it) and its lines, None for a hole."""

    head: list[int]
    lines: list[list[int] | None]
    ticks: int
    start: int = 0


@dataclass
class Sheet:
    """A score as ids, still in bars and lines. `header` has no BOS."""

    header: list[int]
    bars: list[SheetBar] = field(default_factory=list)


def flatten(sheet: Sheet) -> list[int]:
    """The ids of a sheet: BOS, header, bars with `Hole` for missing lines, EOS."""
    ids = melody_vocabulary()
    out = [ids["BOS"], *sheet.header]
    for bar in sheet.bars:
        out += bar.head
        for line in bar.lines:
            out += [ids["Hole"]] if line is None else line
    return [*out, ids["EOS"]]


def chord_names(chord: Chord | None, key: Key) -> list[str]:
    """Names of the tokens of a chord in a key: its relative root and quality, then its bass."""
    if chord is None:
        return ["Chord_none"]
    names = [f"Chord_{(chord.root - key.tonic) % 12}_{chord.quality}"]
    return names + ([f"Bass_{(chord.bass - key.tonic) % 12}"] if chord.bass is not None else [])
