"""Lay a ci against its tune: lines, tones and rhymes.

Conventions as in `forms_zh`: lines and places count from 1 in findings; a character with two
readings counts for the poem. Rhymes are judged by the Cilin book.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from muse.theory.forms_zh import Finding, misses
from muse.theory.rhyme_books import book_groups, rhyme_groups
from muse.theory.rhyming_zh import Rhyme, RhymeVerdict, line_levels, not_in_the_book
from muse.theory.tunes_zh import Tune, TuneVariant


@dataclass(frozen=True, slots=True)
class TuneMatch:
    """A ci against one variant of its tune.

    Attributes:
        tune: The tune.
        variant: The variant.
        lines: The text cut as the tune has it; where the text divides a rhyme's lines in another
            way, as the text has it.
        wanted: The tones that the tune asks for, by line.
        stanzas: How many lines each stanza has.
        departures: Departures in tone; those in rhyme are in `rhyme`.
        remarks: What else there is to tell.
        rhyme: The rhymes.
    """

    tune: Tune
    variant: TuneVariant
    lines: tuple[str, ...]
    wanted: tuple[str, ...]
    stanzas: tuple[int, ...]
    departures: tuple[Finding, ...]
    remarks: tuple[Finding, ...]
    rhyme: RhymeVerdict

    @property
    def cost(self) -> int:
        """All departures, of tone and of rhyme."""
        return len(self.departures) + len(self.rhyme.departures)


def match_tune(
    tune: Tune, lines: Sequence[str], *, variants: Sequence[TuneVariant] = ()
) -> TuneMatch | None:
    """A ci against the best variant of its tune; None when no variant has as many characters."""
    text = "".join(lines)
    breaks, at = {0}, 0
    for line in lines:
        at += len(line)
        breaks.add(at)
    matches = [
        _against(tune, variant, text, breaks)
        for variant in (variants or tune.variants)
        if variant.characters == len(text)
    ]
    return min(matches, key=lambda m: m.cost, default=None)


def _against(tune: Tune, variant: TuneVariant, text: str, breaks: set[int]) -> TuneMatch:
    letters, stanza_ends, at = {}, [], 0
    for stanza in variant.stanzas:
        for line in stanza:
            at += len(line.tones)
            if line.rhyme:
                letters[at] = line.rhyme
        stanza_ends.append(at)
    departures: list[Finding] = []
    remarks: list[Finding] = []
    if len(breaks) - 1 < len(letters):
        breaks = breaks | {sum(variant.lengths[: i + 1]) for i in range(len(variant.lengths))}
        remarks.append(Finding(0, 0, "断句", "the text has few points; it is cut as the tune is"))
    cuts, recut = _cuts(variant, set(letters) | set(stanza_ends), breaks)
    tones = "".join(line.tones for line in variant.lines)
    spans = list(zip([0, *cuts], cuts))
    for number, (start, end) in enumerate(spans, 1):
        if end in letters and end not in breaks:
            text_ = "the text has no point at this rhyme"
            departures.append(Finding(number, 0, "断句", text_))
        if start in recut:
            text_ = f"the tune has {recut[start]} characters here"
            remarks.append(Finding(number, 0, "断句", text_))
        has = line_levels(text[start:end], rhyming=end in letters)
        for place in misses(has, tones[start:end]):
            text_ = f"{tones[start + place]} is asked for, {text[start + place]} is {has[place]}"
            departures.append(Finding(number, place + 1, "出律", text_))
    lines = tuple(text[start:end] for start, end in spans)
    for first, second in () if recut else variant.refrains:
        if not lines[first - 1].endswith(lines[second - 1]):
            text_ = f"most poets repeat the end of line {first} here"
            remarks.append(Finding(second, 0, "叠句", text_))
    counts = [sum(cut <= end for cut in cuts) for end in (0, *stanza_ends)]
    return TuneMatch(
        tune,
        variant,
        lines,
        tuple(tones[start:end] for start, end in spans),
        tuple(after - before for before, after in zip(counts, counts[1:])),
        tuple(departures),
        tuple(remarks),
        _tune_rhyme(text, cuts, letters),
    )


def _cuts(
    variant: TuneVariant, fixed: set[int], breaks: set[int]
) -> tuple[list[int], dict[int, str]]:
    """Where the lines end, and for each stretch that the text divides otherwise, the tune's way."""
    cuts: list[int] = []
    recut: dict[int, str] = {}
    start, at, sizes = 0, 0, []
    for length in variant.lengths:
        at += length
        sizes.append(length)
        if at not in fixed:
            continue
        own = [start + sum(sizes[: i + 1]) for i in range(len(sizes))]
        if not set(own[:-1]) <= breaks:
            recut[start] = "+".join(map(str, sizes))
            own = [*sorted(b for b in breaks if start < b < at), at]
        cuts += own
        start, sizes = at, []
    return cuts, recut


def _tune_rhyme(text: str, cuts: Sequence[int], letters: Mapping[int, str]) -> RhymeVerdict:
    sets: dict[str, list[int]] = {}
    for end, letter in letters.items():
        sets.setdefault(letter.lower(), []).append(end)
    rhymes: list[Rhyme] = []
    departures: list[Finding] = []
    remarks: list[Finding] = []
    for ends in sets.values():
        numbers = Counter(
            number
            for end in ends
            for number in {g.number for g in rhyme_groups(text[end - 1], "cilin")}
        )
        best = max(numbers, key=lambda n: (numbers[n], -n), default=0)
        for end in ends:
            character, level = text[end - 1], "平" if letters[end].isupper() else "仄"
            line = cuts.index(end) + 1
            own = rhyme_groups(character, "cilin")
            fits = any(g.number == best and g.level == level for g in own)
            rhymes.append(Rhyme(line, character, _cilin_name(best, level), fits))
            if not own:
                remarks.append(not_in_the_book(line, character))
            elif not any(g.number == best for g in own):
                others = "/".join(g.name for g in own)
                told = f"{character} ({others}) does not rhyme with {_cilin_name(best, level)}"
                departures.append(Finding(line, 0, "出韵", told))
    rhymes.sort(key=lambda rhyme: rhyme.line)
    return RhymeVerdict("cilin", tuple(rhymes), tuple(departures), tuple(remarks))


def _cilin_name(number: int, level: str) -> str:
    return next(
        (g.name for g in book_groups("cilin") if (g.number, g.level) == (number, level)), ""
    )
