"""Scanning verse: the metre, the feet and the syllables of each line, the rhymes, and the form.

`scan_text` reads a poem. First every line is fitted into every metre (`muse.theory.feet`), then the
metre that costs the whole poem least is taken, then each line is read in it with as many feet as its
place in the stanza has elsewhere. What remains doubtful is said, line by line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from muse.theory.feet import Reading
from muse.theory.foot_meters import METER_NAMES, meter_name
from muse.theory.phonemes import with_stresses
from muse.theory.poem_meter import LineDraft, chosen_readings, draft_of, poem_meter
from muse.theory.pronunciation import normalized
from muse.theory.rhyme import RhymeKind, endings_of, word_endings
from muse.theory.rhyme_scheme import LineEnd, scheme_of
from muse.theory.scans import LineScan, PoemScan, StanzaScan, Strength, Syllable, fits
from muse.theory.stanzas import stanzas_of
from muse.theory.syllable_places import syllable_places

_ASIDE = 0.6
"""How much better a reading outside the poem's metre must be to be told."""


def scan_text(text: str) -> PoemScan:
    """Scan a poem in English.

    Raises:
        ValueError: if no word of the text can be said in English.
    """
    headings, stanzas = stanzas_of(text)
    drafts = [[draft_of(line) for _, line in stanza] for stanza in stanzas]
    every = [draft for stanza in drafts for draft in stanza]
    if not any(draft.words for draft in every):
        raise ValueError("the text holds no verse in English")
    meter = poem_meter(every)
    pattern, chosen = chosen_readings(drafts, meter)
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
    draft = draft_of(line)
    fitting = [
        each
        for each in draft.readings
        if (meter is None or each.meter == meter) and (feet is None or each.feet == feet)
    ]
    return _scanned(1, line, draft, min(fitting, key=lambda each: each.cost, default=None))


def _scanned(number: int, line: str, draft: LineDraft, reading: Reading | None) -> LineScan:
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


def _line_end(draft: LineDraft, reading: Reading | None) -> LineEnd:
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
