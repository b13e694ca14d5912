"""Writing a score as MusicXML by way of music21, which knows beams, accidentals and the schema.

Notes are cut at bar lines and into note values by `notation`; music21 is given finished measures
and only engraves and writes them.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import TICKS_PER_QUARTER
from muse.works.formats.musicxml_read import PROVENANCE_FIELD, STYLE_FIELD
from muse.works.formats.musicxml_sound import (
    LOWEST_WRITTEN,
    set_octave_lower,
    set_velocities,
    written_higher,
)
from muse.works.formats.notation import Symbol, written_bars
from muse.works.provenance import LABEL, SOURCE_TYPE, label_text
from muse.works.score import Bar, Part, Score

if TYPE_CHECKING:
    from music21 import stream

_TYPES = {
    384: ("breve", 0), 288: ("whole", 1), 192: ("whole", 0), 144: ("half", 1), 96: ("half", 0),
    72: ("quarter", 1), 48: ("quarter", 0), 36: ("eighth", 1), 24: ("eighth", 0),
    18: ("16th", 1), 12: ("16th", 0), 9: ("32nd", 1), 6: ("32nd", 0), 3: ("64th", 0),
}  # fmt: skip
"""Written length in half ticks -> music21's name of the note value, and its dots."""

_KINDS = {
    "": "major", "m": "minor", "7": "dominant-seventh", "m7": "minor-seventh",
    "maj7": "major-seventh", "dim": "diminished", "dim7": "diminished-seventh",
    "m7b5": "half-diminished-seventh", "aug": "augmented", "6": "major-sixth",
    "m6": "minor-sixth", "sus4": "suspended-fourth", "sus2": "suspended-second",
    "7sus4": "suspended-fourth-seventh",
}  # fmt: skip
"""Our chord qualities -> music21's kinds."""

_DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC '
    '"-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


def encode(score: Score, suffix: str) -> bytes:
    """The score as MusicXML in UTF-8, with a measure for each bar of its grid."""
    from music21 import metadata, stream
    from music21.musicxml.m21ToXml import ScoreExporter

    target = stream.Score()
    details = metadata.Metadata()
    details.title = details.composer = "?"
    details.addCustom(PROVENANCE_FIELD, json.dumps(dict(score.provenance), ensure_ascii=False))
    if label_text(score.provenance):
        details.addCustom(LABEL, json.dumps(score.provenance[LABEL]))
        details.addCustom("digital-source-type", str(score.provenance.get(SOURCE_TYPE, "")))
    if score.style:
        details.addCustom(STYLE_FIELD, _printable(score.style))
    target.insert(0, details)
    shifts = [written_higher([note.pitch for note in part.notes]) for part in score.parts]
    loudness: list[list[int | None]] = []
    for number, (part, shift) in enumerate(zip(score.parts, shifts)):
        made, velocities = _part(score, part, number, shift)
        target.insert(0, made)
        loudness.append(velocities)
    root = ScoreExporter(target, makeNotation=False).parse()
    _set_texts(root, score)
    for element, velocities, shift in zip(root.iter("part"), loudness, shifts, strict=True):
        set_velocities(element, velocities)
        if shift:
            set_octave_lower(element)
    ElementTree.indent(root)
    return (_DOCTYPE + ElementTree.tostring(root, encoding="unicode") + "\n").encode("utf-8")


def _printable(text: str) -> str:
    """Text without the control characters that XML does not allow."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _set_texts(root: ElementTree.Element, score: Score) -> None:
    """Title and composer as they are (music21 rearranges them), and no date of writing."""
    for number, (listed, part) in enumerate(zip(root.iter("score-part"), score.parts), 1):
        for element in listed.iter("part-name"):
            element.text = _printable(part.name)
        for element in listed.iter("instrument-name"):
            element.text = _printable(part.name) or f"Part {number}"
    texts = {"work": score.title, "movement-title": score.title, "creator": score.composer}
    for parent in list(root.iter()):
        for child in list(parent):
            text = texts.get(child.tag)
            if text == "" or child.tag == "encoding-date":
                parent.remove(child)
            elif text:
                for element in [child, *child.iter("work-title")][-1:]:
                    element.text = _printable(text)


def _part(
    score: Score, part: Part, number: int, shift: int
) -> tuple[stream.Part, list[int | None]]:
    """A part with its measures, and the velocity of each of its notes, None for a rest.

    It is written `shift` semitones higher. The first part carries tempos and chord symbols.
    """
    from music21 import instrument, stream

    target = stream.Part(id=f"P{number + 1}")
    target.partName = name = _printable(part.name)
    voice = instrument.Instrument()
    voice.midiProgram, voice.partName = part.program, name
    voice.partId = voice.instrumentId = f"P{number + 1}"
    target.insert(0, voice)
    meters, hyphen = dict(score.meters), False
    at = Fraction(0)
    velocities: list[int | None] = []
    for bar, symbols in written_bars(score, part, [tick for tick, _ in score.keys]):
        measure = stream.Measure(number=bar.number)
        if bar.number == 0:
            measure.showNumber = stream.enums.ShowNumber.NEVER
            measure.paddingLeft = _quarters(bar.meter.bar_ticks - score.pickup)
        for symbol in symbols:
            element = _element(symbol, score.key_at(symbol.start), shift)
            velocities += [tone.velocity for tone in symbol.tones] or [None]
            hyphen = _sing(element, symbol, hyphen)
            measure.append(element)
        changed = bar.start == 0 or (bar.number in meters and bar.number > 1)
        _signs(measure, score, bar, changed, leads=number == 0)
        target.coreInsert(at, measure)
        at += _quarters(bar.end - bar.start)
    target.coreElementsChanged()
    _engrave(target)
    return target, velocities


def _quarters(ticks: int) -> Fraction:
    """Ticks as quarter notes."""
    return Fraction(ticks, TICKS_PER_QUARTER)


def _element(symbol: Symbol, key: Key, shift: int) -> Any:
    """The music21 note, chord or rest of a symbol, `shift` semitones higher."""
    from music21 import chord, duration, note, tie

    name, dots = _TYPES[symbol.written]
    value = duration.Duration(type=name, dots=dots)
    if symbol.count:
        triplet = duration.Tuplet(3, 2, name)
        if symbol.count == 1:
            triplet.type = "startStop"
        elif symbol.place in (0, symbol.count - 1):
            triplet.type = "stop" if symbol.place else "start"
        value.appendTuplet(triplet)
    notes = []
    for tone in symbol.tones:
        name, octave = _spelled(tone.pitch + shift, key)
        element = note.Note(name, octave=octave, duration=value)
        if tone.tied_from or tone.tied_to:
            kind = "continue" if tone.tied_from and tone.tied_to else None
            element.tie = tie.Tie(kind or ("start" if tone.tied_to else "stop"))
        notes.append(element)
    if not notes:
        return note.Rest(duration=value)
    return notes[0] if len(notes) == 1 else chord.Chord(notes, duration=value)


def _spelled(pitch: int, key: Key) -> tuple[str, int]:
    """A MIDI pitch as music21 names it, `F#` or `B-`, spelled to fit the key, and its octave."""
    name = "C" if pitch == LOWEST_WRITTEN else key.spell(pitch)  # B sharp would lie below it
    shift = name.count("#") - name[1:].count("b")
    return name[0] + name[1:].replace("b", "-"), (pitch - shift) // 12 - 1


def _sing(element: Any, symbol: Symbol, hyphen: bool) -> bool:
    """Put the syllable under a note; `hyphen` and the result: whether its word goes on."""
    from music21 import note

    if not symbol.lyric:
        return hyphen
    goes_on = symbol.lyric.endswith("-") and len(symbol.lyric) > 1
    kinds: Mapping[tuple[bool, bool], Any] = {
        (False, False): "single", (False, True): "begin", (True, True): "middle",
        (True, False): "end",
    }  # fmt: skip
    text = _printable(symbol.lyric[:-1] if goes_on else symbol.lyric)
    element.lyrics = [note.Lyric(text, number=1, syllabic=kinds[hyphen, goes_on], applyRaw=True)]
    return goes_on


def _signs(measure: stream.Measure, score: Score, bar: Bar, changed: bool, leads: bool) -> None:
    """Key and meter changes of a bar and, in the leading part, tempos and chord symbols."""
    from music21 import duration, harmony, key, meter, tempo

    for tick, new in score.keys:
        if bar.start <= tick < bar.end:
            tonic = new.tonic_name.replace("b", "-")
            sign = key.Key(tonic, new.mode)
            if sign.sharps != new.fifths:
                sign = key.KeySignature(new.fifths).asKey(new.mode)
            measure.insert(_quarters(tick - bar.start), sign)
    if changed:
        measure.insert(0, meter.TimeSignature(str(bar.meter)))
    if not leads:
        return
    for tick, quarters in score.tempos:
        if bar.start <= tick < bar.end:
            beat, unit = quarters, duration.Duration(type="quarter")
            if bar.meter.compound and bar.meter.denominator == 8:
                beat, unit = bar.meter.beat_tempo(quarters), duration.Duration("quarter", dots=1)
            if not float(beat).is_integer():
                beat, unit = quarters, duration.Duration(type="quarter")
            number = int(beat) if float(beat).is_integer() else beat
            speed = tempo.MetronomeMark(number=number, referent=unit)
            measure.insert(_quarters(tick - bar.start), speed)
    for mark in score.chords:
        if bar.start <= mark.start < bar.end:
            symbol = _chord_symbol(mark.chord, score.key_at(mark.start)) or harmony.NoChord()
            measure.insert(_quarters(mark.start - bar.start), symbol)


def _chord_symbol(chord: Chord | None, key: Key) -> Any:
    """The music21 symbol of a chord, spelled to fit the key; None for no chord."""
    from music21 import harmony

    if chord is None:
        return None
    bass = None if chord.bass is None else key.spell(chord.bass).replace("b", "-")
    root = key.spell(chord.root).replace("b", "-")
    return harmony.ChordSymbol(root=root, bass=bass, kind=_KINDS[chord.quality])


def _engrave(part: stream.Part) -> None:
    """Beams and the accidentals that have to be shown."""
    from music21.stream import makeNotation

    with contextlib.redirect_stderr(io.StringIO()):  # music21 prints about beams it mends
        makeNotation.makeBeams(part, inPlace=True)
    makeNotation.makeAccidentalsInMeasureStream(part, cautionaryPitchClass=False)
