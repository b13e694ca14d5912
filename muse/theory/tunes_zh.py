"""Ci tunes: the lines, tones and rhymes of each named melody, as tables.

Conventions:
    A tune (词牌) has one or more variants (体). A variant is stanzas (阕) of lines; a line is written
    as its tones and, where it rhymes, one letter: `中仄平平A` ends in a level rhyme, `中平中仄仄a`
    in an oblique one. Equal letters rhyme with each other (same number of the Cilin book, 平 and 仄
    apart by the letter's case); another letter is another rhyme (换韵). 中 stands where both levels
    are in use.

Source: counted by `muse.data.tunes_zh` over the Song ci of npm's `chinese-poetry` (MIT); see
data/README_zh.md. A place is fixed where nine in ten poems agree.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources

from muse.theory.rhyme_books import simplify


@dataclass(frozen=True, slots=True)
class TuneLine:
    """One line of a tune: its tones, and the letter of its rhyme or ""."""

    tones: str
    rhyme: str = ""

    @property
    def level(self) -> str:
        """平 or 仄 for a rhyming line, else ""."""
        return "" if not self.rhyme else "平" if self.rhyme.isupper() else "仄"


@dataclass(frozen=True, slots=True)
class TuneVariant:
    """One way to fill a tune.

    Attributes:
        stanzas: The lines of each stanza.
        poems: How many poems it was counted from.
        entering: The share of its oblique rhymes that are in the entering tone (入), 0 to 1.
        refrains: Pairs of line numbers, from 1, that most poems make the same.
    """

    stanzas: tuple[tuple[TuneLine, ...], ...]
    poems: int
    entering: float = 0.0
    refrains: tuple[tuple[int, int], ...] = ()

    @property
    def lines(self) -> tuple[TuneLine, ...]:
        """All lines, stanza after stanza."""
        return tuple(line for stanza in self.stanzas for line in stanza)

    @property
    def lengths(self) -> tuple[int, ...]:
        """The number of characters of each line."""
        return tuple(len(line.tones) for line in self.lines)

    @property
    def characters(self) -> int:
        """The number of characters of the whole ci."""
        return sum(self.lengths)


@dataclass(frozen=True, slots=True)
class Tune:
    """A named tune. The first variant is the commonest."""

    name: str
    traditional: str
    aliases: tuple[str, ...]
    variants: tuple[TuneVariant, ...]


def tune_named(name: str) -> Tune:
    """The tune of that name, simplified or traditional, or under one of its other names.

    Raises:
        ValueError: There is no template for it; near names are listed.
    """
    found = find_tune(name)
    if found is None:
        near = get_close_matches(simplify(name.strip()), list(_by_name()), n=3, cutoff=0.3)
        told = f"; near: {', '.join(near)}" if near else ""
        raise ValueError(f"no ci tune {name.strip()!r}{told}; there are {len(all_tunes())}")
    return found


def find_tune(name: str) -> Tune | None:
    """As `tune_named`, but None for an unknown name."""
    return _by_name().get(simplify(name.strip()))


@lru_cache(maxsize=1)
def all_tunes() -> tuple[Tune, ...]:
    """Every tune that there is a template for, the most written first."""
    source = resources.files("muse.theory") / "data" / "ci_tunes.json"
    return tuple(
        Tune(
            entry["name"],
            entry["traditional"],
            tuple(entry["aliases"]),
            tuple(_variant(v) for v in entry["variants"]),
        )
        for entry in json.loads(source.read_text(encoding="utf-8"))["tunes"]
    )


@lru_cache(maxsize=512)
def tunes_of_length(characters: int) -> tuple[tuple[Tune, TuneVariant], ...]:
    """The tunes and variants with so many characters."""
    return tuple((t, v) for t in all_tunes() for v in t.variants if v.characters == characters)


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Tune]:
    names: dict[str, Tune] = {}
    for tune in reversed(all_tunes()):
        for alias in tune.aliases:
            names[simplify(alias)] = tune
    return names | {tune.name: tune for tune in all_tunes()}


def _variant(entry: dict) -> TuneVariant:
    stanzas = tuple(tuple(_line(text) for text in stanza.split()) for stanza in entry["stanzas"])
    refrains = tuple((first, second) for first, second in entry.get("refrains", ()))
    return TuneVariant(stanzas, entry["poems"], entry.get("entering", 0.0), refrains)


def _line(text: str) -> TuneLine:
    return TuneLine(text[:-1], text[-1]) if text[-1].isascii() else TuneLine(text)
