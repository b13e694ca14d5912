"""Metres of English verse: their feet, and the variations that poets allow themselves.

A metre is a foot and its variations, each at a cost and in its place: an opening trochee in iambic
verse, an extra light syllable at the end, a light one left out. What a syllable costs on a strong or
a weak position follows Kiparsky, "The Rhythmic Structure of English Verse" (1977): a word's main
stress must not stand on a weak position, while monosyllables are free. The costs are our own, set by
hand on a few dozen well-known lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal["any", "first", "break", "last"]


@dataclass(frozen=True)
class Variation:
    """A foot that may stand for the metre's own: its beats (w weak, s strong), what it costs,
    where it may stand (after a break: behind a comma or the like), and its name."""

    beats: str
    cost: float
    place: Place
    name: str


@dataclass(frozen=True)
class FootMeter:
    """A metre: its name, its variations, the metre's own foot first, and a cost per line that lets
    the commoner metre win when two fit."""

    name: str
    variations: tuple[Variation, ...]
    rarity: float = 0.0


METERS = (
    FootMeter("iambic", (
        Variation("ws", 0.0, "any", "iamb"),
        Variation("sw", 0.35, "first", "trochee"),
        Variation("sw", 0.6, "break", "trochee"),
        Variation("sw", 1.3, "any", "trochee"),
        Variation("wws", 0.8, "any", "anapaest"),
        Variation("s", 0.8, "first", "headless"),
        Variation("wsw", 0.25, "last", "feminine ending"),
        Variation("wsww", 0.7, "last", "triple ending"),
    )),
    FootMeter("trochaic", (
        Variation("sw", 0.0, "any", "trochee"),
        Variation("s", 0.05, "last", "catalectic"),
        Variation("sww", 0.8, "any", "dactyl"),
        Variation("wsw", 0.6, "first", "upbeat"),
        Variation("ws", 1.4, "any", "iamb"),
    ), 0.1),
    FootMeter("anapaestic", (
        Variation("wws", 0.0, "any", "anapaest"),
        Variation("ws", 0.15, "first", "iamb"),
        Variation("ws", 0.5, "any", "iamb"),
        Variation("wwsw", 0.2, "last", "feminine ending"),
        Variation("wsw", 0.7, "last", "feminine ending"),
        Variation("s", 0.8, "first", "headless"),
    ), 0.15),
    FootMeter("dactylic", (
        Variation("sww", 0.0, "any", "dactyl"),
        Variation("sw", 0.1, "last", "catalectic"),
        Variation("s", 0.1, "last", "catalectic"),
        Variation("sw", 0.35, "any", "trochee"),
        Variation("wsww", 0.6, "first", "upbeat"),
    ), 0.3),
    FootMeter("amphibrachic", (
        Variation("wsw", 0.0, "any", "amphibrach"),
        Variation("ws", 0.15, "last", "catalectic"),
        Variation("ws", 0.5, "any", "iamb"),
        Variation("sw", 0.5, "first", "headless"),
    ), 0.3),
)  # fmt: skip
METER_NAMES = tuple(meter.name for meter in METERS)
METERS_BY_NAME = {meter.name: meter for meter in METERS}

FEET_NAMES = (
    "", "monometer", "dimeter", "trimeter", "tetrameter", "pentameter", "hexameter", "heptameter",
    "octameter",
)  # fmt: skip

COSTS: dict[str, tuple[float, float]] = {
    "P": (0.0, 2.0),  # the main stress of a word of several syllables
    "M": (0.0, 0.5),  # a monosyllable with a meaning of its own
    "s": (0.1, 0.4),  # a secondary stress
    "t": (0.5, 0.2),  # a secondary stress right beside the main one: moonlight
    "o": (0.35, 0.0),  # unstressed, away from the word's stresses: memory
    "x": (1.4, 0.0),  # unstressed, beside a stress of its own word
    "f": (0.15, 0.0),  # a monosyllable whose stress depends on its place: can, thy, through
    "u": (0.5, 0.0),  # the, a, of, and
}
"""What each weight of syllable costs on a strong and on a weak position."""


def meter_name(meter: str, feet: int) -> str:
    """`"iambic pentameter"`; `"iambic verse of 9 feet"`."""
    if 0 < feet < len(FEET_NAMES):
        return f"{meter} {FEET_NAMES[feet]}"
    return f"{meter} verse of {feet} feet"
