"""Scanning verse: the metre, the feet and the syllables of each line, the rhymes, and the form.

`scan_text` reads a poem. First every line is fitted into every metre (`muse.theory.feet`), then the
metre that costs the whole poem least is taken, then each line is read in it with as many feet as its
place in the stanza has elsewhere. What remains doubtful is said, line by line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from muse.theory.feet import Reading, readings
from muse.theory.foot_meters import METER_NAMES, meter_name
from muse.theory.phonemes import with_stresses
from muse.theory.pronunciation import normalized
from muse.theory.rhyme import RhymeKind, endings_of, word_endings
from muse.theory.rhyme_scheme import LineEnd, scheme_of
from muse.theory.scans import LineScan, PoemScan, StanzaScan, Strength, Syllable, fits
from muse.theory.spoken import Word, words_of
from muse.theory.stanzas import stanzas_of
from muse.theory.syllable_places import syllable_places

MOST_SYLLABLES = 32
"""A longer line is prose: it is counted, not scanned."""
_MISSING = 3.0
_FREE_LINE = 0.25
_CONTEXT = 1.0
"""How much more a reading in the poem's metre may cost than the line's own best."""
_ASIDE = 0.6
"""How much better a reading outside the poem's metre must be to be told."""
_METRICAL = 0.6
"""The share of lines that must fit for a poem to be called metrical."""


@dataclass(frozen=True)
class _Draft:
    """A line on its way: its words that can be said, and its readings."""

    words: tuple[Word, ...]
    unread: tuple[str, ...]
    readings: tuple[Reading, ...]

    def best(self, meter: str, feet: int | None = None) -> Reading | None:
        fitting = (
            each
            for each in self.readings
            if each.meter == meter and (feet is None or each.feet == feet)
        )
        return min(fitting, key=lambda each: each.cost, default=None)


def scan_text(text: str) -> PoemScan:
    """Scan a poem in English.

    Raises:
        ValueError: if no word of the text can be said in English.
    """
    headings, stanzas = stanzas_of(text)
    drafts = [[_draft(line) for _, line in stanza] for stanza in stanzas]
    every = [draft for stanza in drafts for draft in stanza]
    if not any(draft.words for draft in every):
        raise ValueError("the text holds no verse in English")
    meter = _poem_meter(every)
    pattern, chosen = _chosen(drafts, meter)
    scanned = [
        [_scanned(number, line, draft, reading) for (number, line), draft, reading in zip(*each)]
        for each in zip(stanzas, drafts, chosen)
    ]
    ends = [[_line_end(*each) for each in zip(*pair)] for pair in zip(drafts, chosen)]
    return PoemScan(tuple(headings), _with_rhymes(scanned, ends), meter, pattern)


def scan_line(line: str, meter: str | None = None, feet: int | None = None) -> LineScan:
    """Scan one line by itself, in a given metre (of `METER_NAMES`) and number of feet if said.

    Raises:
        ValueError: if the metre is unknown.
    """
    if meter is not None and meter not in METER_NAMES:
        raise ValueError(f"unknown metre {meter!r}; known: {', '.join(METER_NAMES)}")
    draft = _draft(line)
    fitting = [
        each
        for each in draft.readings
        if (meter is None or each.meter == meter) and (feet is None or each.feet == feet)
    ]
    return _scanned(1, line, draft, min(fitting, key=lambda each: each.cost, default=None))


def _draft(line: str) -> _Draft:
    words = words_of(line)
    said = tuple(word for word in words if word.ways)
    unread = tuple(word.text for word in words if not word.ways)
    if not said or sum(len(word.ways[0].weights) for word in said) > MOST_SYLLABLES:
        return _Draft(said, unread, ())
    return _Draft(said, unread, tuple(readings([word.slot for word in said])))


def _poem_meter(drafts: Sequence[_Draft]) -> str:
    """The metre that costs all lines together least; none if too few lines fit it."""
    lines = [draft for draft in drafts if draft.words]
    best = {meter: [draft.best(meter) for draft in lines] for meter in METER_NAMES}
    costs = {
        meter: sum(min(each.cost, _MISSING) if each else _MISSING for each in found)
        for meter, found in best.items()
    }
    meter = min(METER_NAMES, key=lambda name: costs[name])
    fitting = [each for each in best[meter] if each and fits(each.cost, each.feet)]
    return meter if len(fitting) >= _METRICAL * len(lines) else ""


def _chosen(
    drafts: Sequence[Sequence[_Draft]], meter: str
) -> tuple[tuple[int, ...], list[list[Reading | None]]]:
    """Each line's reading, and the feet of a stanza's lines if the stanzas agree."""
    if not meter:
        return (), [[None] * len(stanza) for stanza in drafts]
    pattern = _pattern(drafts, meter)
    chosen: list[list[Reading | None]] = []
    for stanza in drafts:
        row: list[Reading | None] = []
        for place, draft in enumerate(stanza):
            own = draft.best(meter)
            wanted = pattern[place % len(pattern)] if pattern else None
            expected = draft.best(meter, wanted) if wanted else None
            if expected and own and expected.cost <= own.cost + _CONTEXT:
                own = expected
            first = draft.readings[0] if draft.readings else None
            strange = own is None or (first is not None and own.cost > first.cost + _CONTEXT)
            row.append(first if strange else own)
        chosen.append(row)
    return pattern, chosen


def _pattern(drafts: Sequence[Sequence[_Draft]], meter: str) -> tuple[int, ...]:
    """The feet that lines have by their place: all the same, in turn, or stanza by stanza."""
    lines = [(place, draft) for stanza in drafts for place, draft in enumerate(stanza)]
    lines = [(place, draft) for place, draft in lines if draft.best(meter)]
    free = sum(best.cost for _, draft in lines if (best := draft.best(meter)))
    choices: list[tuple[float, tuple[int, ...]]] = [(free + _FREE_LINE * len(lines), ())]
    lengths = {len(stanza) for stanza in drafts}
    periods = [1, 2, *(lengths if len(lengths) == 1 and len(drafts) > 1 else ())]
    for period in dict.fromkeys(periods):
        pattern, total = [], 0.3 * (period > 1)
        for turn in range(period):
            here = [draft for place, draft in lines if place % period == turn]
            costs = {
                feet: sum(min(found.cost if found else _MISSING, _MISSING) for found in tried)
                for feet in range(1, 10)
                if (tried := [draft.best(meter, feet) for draft in here])
            }
            if not costs:
                break
            feet = min(costs, key=lambda each: costs[each])
            pattern.append(feet)
            total += costs[feet]
        if len(pattern) == period:
            choices.append((total, tuple(pattern)))
    return min(choices)[1]


def _scanned(number: int, line: str, draft: _Draft, reading: Reading | None) -> LineScan:
    """The line with its syllables in place and its doubts."""
    unsure = [f"“{each}” is not in Latin letters and is left out" for each in draft.unread]
    unsure += [
        f"“{word.text}” is not in the dictionary; its sound is guessed from its spelling"
        for word in draft.words
        if word.origin == "spelling"
    ]
    natural = sum(len(word.ways[0].weights) for word in draft.words)
    ways = reading.ways if reading else (0,) * len(draft.words)
    syllables: list[Syllable] = []
    foot = place = 0
    for word, way in zip(draft.words, ways):
        spoken = word.ways[way]
        for column, weight in zip(syllable_places(word.text, len(spoken.weights)), spoken.weights):
            beat = weight in "PMs"
            if reading:
                beat = reading.beats[place] == "s"
                foot += reading.starts[place]
            strength: Strength = "strong" if beat else "weak"
            if beat != (weight in "PMs") and weight not in "f":
                strength = "half"
            syllables.append(Syllable(word.start + column, strength, foot))
            place += 1
    scan = LineScan(number, line, tuple(syllables), natural, unsure=tuple(unsure))
    if reading is None:
        return scan
    others = [each for each in draft.readings if each.meter != reading.meter or
              each.feet != reading.feet]  # fmt: skip
    if not fits(reading.cost, reading.feet):
        unsure.append(f"fits {meter_name(reading.meter, reading.feet)} badly")
    elif others and others[0].cost < reading.cost - _ASIDE:
        unsure.append(f"alone it would read as {meter_name(others[0].meter, others[0].feet)}")
    return replace(
        scan,
        meter=reading.meter,
        feet=reading.feet,
        cost=reading.cost,
        variations=tuple(_variation(foot, name) for foot, name in reading.variations),
        said=tuple(
            f"“{word.text}” {word.ways[way].note}"
            for word, way in zip(draft.words, ways)
            if word.ways[way].note
        ),
        unsure=tuple(unsure),
    )


def _variation(foot: int, name: str) -> str:
    if name.endswith("ending") or name in ("headless", "catalectic", "upbeat"):
        return name
    return f"{name} in foot {foot}"


def _line_end(draft: _Draft, reading: Reading | None) -> LineEnd:
    """What the line rhymes by: its last word, or the words from its last beat on."""
    if not draft.words:
        return LineEnd("", ())
    last = draft.words[-1]
    word = normalized(last.text)[0]
    endings = list(word_endings(last.text))
    if reading:
        endings += endings_of(last.ways[reading.ways[-1]].sounds, word)
    if reading and "s" in reading.beats:
        spoken = [each.ways[way] for each, way in zip(draft.words, reading.ways)]
        beat = reading.beats.rindex("s")
        before = sum(len(way.weights) for way in spoken[:-1])
        if beat < before:
            sounds = "".join(way.sounds for way in spoken)
            stresses = "0" * beat + "1" + "0" * (len(reading.beats) - beat - 1)
            endings += endings_of(with_stresses(sounds, stresses), word)
        elif not any(way.weights for way in spoken[-1:]):
            endings += endings_of("".join(way.sounds for way in spoken), word)
    return LineEnd(word, tuple(dict.fromkeys(endings)))


def _with_rhymes(
    stanzas: Sequence[Sequence[LineScan]], ends: Sequence[Sequence[LineEnd]]
) -> tuple[StanzaScan, ...]:
    schemes = scheme_of(ends)
    flat = [end for stanza in ends for end in stanza]
    rhymed = any(kind for scheme in schemes for kind in scheme.kinds)
    found = []
    for stanza, own, scheme in zip(stanzas, ends, schemes):
        lines = []
        for line, end, letter, kind, partner in zip(
            stanza, own, scheme.letters, scheme.kinds, scheme.partners
        ):
            unsure = line.unsure
            if rhymed and kind in _DOUBTS and partner is not None:
                unsure = (*unsure, f"“{end.word}” and “{flat[partner].word}” {_DOUBTS[kind]}")
            lines.append(replace(line, letter=letter if rhymed else "", rhyme=kind, unsure=unsure))
        found.append(StanzaScan(tuple(lines), str(scheme) if rhymed else ""))
    return tuple(found)


_DOUBTS: dict[RhymeKind | None, str] = {
    "": "should rhyme here but are not heard to",
    "near": "rhyme only nearly",
    "eye": "rhyme to the eye, or in an older pronunciation",
    "older": "rhyme in an older pronunciation",
    "consonance": "share only their last consonants",
}
