"""What scanning finds: syllables, lines, stanzas, poems, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from muse.theory.foot_meters import meter_name
from muse.theory.rhyme import RhymeKind

STRAINED = (0.5, 0.2)
"""A line that costs more than this, and this per foot, does not fit its metre: 1.5 in pentameter."""
_RHYMED = 0.25
"""The share of lines that must rhyme for a poem to be called rhymed."""

Strength = Literal["strong", "weak", "half"]


def fits(cost: float, feet: int) -> bool:
    """Whether a reading of so many feet fits its metre without strain."""
    return cost <= STRAINED[0] + STRAINED[1] * feet + 1e-9


@dataclass(frozen=True)
class Syllable:
    """A syllable of a scanned line.

    Attributes:
        column: of its vowel in the line.
        strength: `"strong"` a stress on the beat, `"weak"` none off it, `"half"` a beat on a light
            syllable or a stress off the beat.
        foot: the number of its foot from 1; 0 in a line without metre.
    """

    column: int
    strength: Strength
    foot: int


@dataclass(frozen=True)
class LineScan:
    """A scanned line.

    Attributes:
        number: of the line in the text, from 1.
        text: the line.
        syllables: where they are, how strong, in which foot; none if nothing can be said.
        natural: how many syllables the words have when nothing is elided or drawn out.
        meter: the metre's name; empty if the line has none.
        feet: how many.
        cost: what the fit costs; 0 for a perfect one.
        variations: feet that differ: "trochee in foot 1", "feminine ending".
        said: words with fewer or more syllables than usual.
        unsure: why the reading may be wrong.
        letter: of the rhyme; empty if the poem has no rhyme at all.
        rhyme: how the line rhymes with the one it answers; None if with none.
    """

    number: int
    text: str
    syllables: tuple[Syllable, ...] = ()
    natural: int = 0
    meter: str = ""
    feet: int = 0
    cost: float = 0.0
    variations: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    letter: str = ""
    rhyme: RhymeKind | None = None

    @property
    def meter_name(self) -> str:
        """`"iambic pentameter"`; empty if the line has no metre."""
        return meter_name(self.meter, self.feet) if self.meter else ""

    @property
    def fits(self) -> bool:
        """Whether the line fits its metre without strain."""
        return bool(self.meter) and fits(self.cost, self.feet)


@dataclass(frozen=True)
class StanzaScan:
    """A scanned stanza: its lines, and its rhyme scheme (`"ABAB"`; empty without rhymes)."""

    lines: tuple[LineScan, ...]
    scheme: str


@dataclass(frozen=True)
class PoemScan:
    """A scanned poem.

    Attributes:
        headings: lines that name the poem or its parts, by line number; they are not scanned.
        stanzas: the stanzas.
        meter: the poem's metre, such as "iambic"; empty if it has none.
        pattern: the feet of each line of a stanza, if all stanzas share them: (4, 3, 4, 3).
    """

    headings: tuple[tuple[int, str], ...]
    stanzas: tuple[StanzaScan, ...]
    meter: str
    pattern: tuple[int, ...]

    @property
    def rhymed(self) -> bool:
        """Whether enough lines rhyme, apart from mere repetitions of a word."""
        lines = self.lines
        full = [line for line in lines if line.rhyme and line.rhyme != "repeated"]
        return len(full) >= _RHYMED * len(lines)

    @property
    def lines(self) -> tuple[LineScan, ...]:
        """All lines."""
        return tuple(line for stanza in self.stanzas for line in stanza.lines)
