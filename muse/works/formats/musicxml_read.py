"""Reading MusicXML (score-partwise, plain or zipped as .mxl) by way of music21."""

from __future__ import annotations

import contextlib
import json
import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from muse.theory.chords import Chord
from muse.theory.keys import MODES, Key, find_key, pitch_class
from muse.theory.meter import TICKS_PER_QUARTER, Meter
from muse.works.base import WishError
from muse.works.formats.measure_grid import score_from_voices
from muse.works.formats.measures import (
    FINE,
    MOST_BARS,
    MOST_NOTES,
    Measure,
    Sound,
    Voice,
)
from muse.works.formats.musicxml_sound import complete_transpositions, spread_dynamics
from muse.works.formats.musicxml_text import xml_text
from muse.works.score import USUAL_VELOCITY, Score

if TYPE_CHECKING:
    from music21 import stream

PROVENANCE_FIELD, STYLE_FIELD = "muse-provenance", "muse-style"
"""Names of the <miscellaneous-field> elements in which our writer keeps what MusicXML lacks."""

_PLACE = "muse-measure-"
_MOST_TAGS, _MOST_MEASURES = 3_000_000, 20_000
_ODD_NUMBER = re.compile(
    r"<(?:duration|divisions)>\s*\d{8}|<(?:beats|beat-type|staves)>\s*\d{3}|<multiple-rest>\s*\d{4}"
    r"|<beats>[^<]{20}|<(?:actual|normal)-notes>\s*\d{3}|<octave>\s*-?\d{2}"
    r"|<ending[^>]{0,99}number=.[^>\"']{0,99}\d{3}"
)
"""Numbers on which music21 spends minutes."""

_KINDS = {
    "major": "", "minor": "m", "augmented": "aug", "diminished": "dim", "dominant": "7",
    "dominant-seventh": "7", "major-seventh": "maj7", "minor-seventh": "m7",
    "augmented-seventh": "aug", "augmented-major-seventh": "aug", "diminished-seventh": "dim7",
    "half-diminished": "m7b5", "half-diminished-seventh": "m7b5", "seventh-flat-five": "7",
    "minor-major-seventh": "m", "major-minor": "m", "major-sixth": "6", "minor-sixth": "m6",
    "dominant-ninth": "7", "dominant-11th": "7", "dominant-13th": "7", "major-ninth": "maj7",
    "major-11th": "maj7", "major-13th": "maj7", "minor-ninth": "m7", "minor-11th": "m7",
    "minor-13th": "m7", "suspended-second": "sus2", "suspended-fourth": "sus4",
    "suspended-fourth-seventh": "7sus4", "power": "",
}  # fmt: skip


def decode(data: bytes, name: str) -> Score:
    """The score of a MusicXML file, its repeats played out.

    Of each staff the first voice is read.

    Raises:
        WishError: if it cannot be read; the message names the file.
    """
    text = xml_text(data, name)
    if text.count("<note>") + text.count("<note ") > MOST_NOTES or text.count("<") > _MOST_TAGS:
        raise WishError(f"{name}: more than {MOST_NOTES:,} notes; Muse reads no more")
    measures = text.count("<measure ")
    if measures > _MOST_MEASURES or measures > MOST_BARS * max(1, text.count("<part ")):
        raise WishError(f"{name}: more than {MOST_BARS:,} measures; Muse reads no more")
    odd = _ODD_NUMBER.search(text)
    if odd:
        raise WishError(f"{name}: {odd[0][:40]}... is more than any music has")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _score_of_text(text, name)
    except WishError:
        raise
    except Exception as error:  # music21 raises errors of any type for damaged files
        reason = str(error).strip().split("\n")[0][:120] or type(error).__name__
        raise WishError(f"{name} is not MusicXML that can be read: {reason}") from error


def _score_of_text(text: str, name: str) -> Score:
    """The score of checked XML; raises what music21 raises."""
    from music21.musicxml.xmlToM21 import MusicXMLImporter

    importer: Any = MusicXMLImporter()
    root = importer.xmlRoot = ElementTree.fromstring(text)
    spread_dynamics(root)
    complete_transpositions(root)
    importer.xmlRootToScore(root, importer.stream)
    fields = {
        field.get("name"): field.text or ""
        for field in root.iterfind("identification/miscellaneous/miscellaneous-field")
    }
    provenance: Any = {}
    with contextlib.suppress(ValueError, RecursionError):
        provenance = json.loads(fields.get(PROVENANCE_FIELD, "{}"))
    titles = [root.findtext(path) for path in ("movement-title", "work/work-title")]
    return score_of_stream(
        importer.stream,
        name,
        keep_silent=PROVENANCE_FIELD in fields,
        listed=_listed_parts(importer),
        title=next((title.strip() for title in titles if title and title.strip()), ""),
        composer=(root.findtext("identification/creator[@type='composer']") or "").strip(),
        style=fields.get(STYLE_FIELD, ""),
        provenance=provenance if isinstance(provenance, dict) else {},
    )


def score_of_stream(
    source: stream.Score,
    name: str,
    keep_silent: bool = False,
    listed: Mapping[int, tuple[str, int, int]] | None = None,
    **fields: Any,
) -> Score:
    """The score of a music21 stream that is divided into parts and measures.

    Args:
        source: the stream; its measures may be renumbered.
        name: what error messages call it.
        keep_silent: whether parts without notes are kept.
        listed: name, MIDI program and transposition (semitones) of parts, by `id()`; by
            default as the stream has them.
        fields: further fields of `Score`, such as its style.

    Raises:
        WishError: if there are no notes or the measures do not fit their meter.
    """
    parts = list(source.parts)
    voices = []
    for part in parts:
        name_of, program, shift = (listed or {}).get(id(part)) or _guessed(part)
        measures = _measures(part, shift)
        if measures:
            voices.append(Voice(measures, name_of, program))
    if not voices:
        raise WishError(f"{name}: there are no measures in it")
    if len(voices[0].measures) > MOST_BARS:
        raise WishError(f"{name}: more than {MOST_BARS} measures; Muse reads no more")
    if not any(source.recurse().getElementsByClass("Key")):
        _settle_modes(voices)
    metadata = source.metadata
    if metadata is not None:
        fields.setdefault("title", metadata.title or metadata.movementName or "")
        fields.setdefault("composer", metadata.composer or "")
    filled = [v for v in voices if keep_silent or any(m.sounds for m in v.measures)]
    return score_from_voices(filled or voices, name, order=_jumping_order(parts[0]), **fields)


def _guessed(part: stream.Part) -> tuple[str, int, int]:
    """Name, MIDI program and transposition of a part as music21 has them."""
    instrument = part.getInstrument(returnDefault=False)
    transposition = getattr(instrument, "transposition", None)
    shift = 0 if transposition is None else round(transposition.semitones)
    return str(part.partName or ""), getattr(instrument, "midiProgram", None) or 0, shift


def _listed_parts(importer: Any) -> dict[int, tuple[str, int, int]]:
    """Name, MIDI program and transposition of each part by its `id()`.

    music21 guesses at them by the name of the instrument, so they are read from the XML.
    """
    listed = {entry.get("id"): entry for entry in importer.xmlRoot.iter("score-part")}
    bodies = {entry.get("id"): entry for entry in importer.xmlRoot.iter("part")}
    found = {}
    for key, part in importer.m21PartObjectsById.items():
        key = key.split("-Staff")[0]
        entry, body = listed.get(key), bodies.get(key)
        if entry is not None and body is not None:
            program = _number(entry.findtext("midi-instrument/midi-program")) - 1
            shift = _number(body.findtext("measure/attributes/transpose/chromatic"))
            shift += 12 * _number(body.findtext("measure/attributes/transpose/octave-change"))
            name = (entry.findtext("part-name") or "").strip()
            found[id(part)] = (name, program if 0 <= program <= 127 else 0, shift)
    return found


def _number(text: str | None) -> int:
    """The whole number in an element; 0 if there is none."""
    text = (text or "").strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,4}", text) else 0


def _jumping_order(part: stream.Part) -> list[int] | None:
    """The order of the measures if there are jumps (da capo, segno, coda) music21 can follow."""
    from music21 import repeat
    from music21.stream import Measure as M21Measure

    if not part.recurse().getElementsByClass(repeat.RepeatExpression):
        return None
    for index, measure in enumerate(part.getElementsByClass(M21Measure)):
        measure.groups.clear()
        measure.groups.append(f"{_PLACE}{index}")
    try:
        played = repeat.Expander(part).process()
        names = [m.groups[0] for m in played.getElementsByClass(M21Measure)]
    except Exception:  # music21 raises errors of several types for jumps it cannot follow
        return None
    return [int(n[len(_PLACE) :]) for n in names] if len(names) <= MOST_BARS else None


def _fine(quarters: Any) -> int:
    """Quarter notes (a float or fraction) in fine units."""
    return round(quarters * TICKS_PER_QUARTER * FINE)


def _measures(part: stream.Part, shift: int) -> list[Measure]:
    """The measures of a part, `shift` semitones higher than written."""
    from music21 import spanner
    from music21.key import KeySignature
    from music21.stream import Measure as M21Measure

    endings: dict[int, frozenset[int]] = {}
    for bracket in part.getElementsByClass(spanner.RepeatBracket):
        first = bracket.getFirst()
        if first is not None:
            endings[id(first)] = frozenset(n for n in bracket.numberRange if n <= 20)
    meter, key, after_double = Meter(4, 4), Key(), False
    found: list[Measure] = []
    for number, source in enumerate(part.getElementsByClass(M21Measure), 1):
        if source.timeSignature is not None:
            meter = _meter(source.timeSignature, meter)
        changes = [
            (_fine(signature.offset), _key(signature).transposed(shift))
            for signature in source.getElementsByClass(KeySignature)
        ]
        key = next((new for at, new in changes if at == 0), key)
        measure = Measure(meter, key, number=number, length=_fine(source.highestTime))
        measure.keys = [change for change in changes if change[0]]
        key = changes[-1][1] if changes else key
        if not measure.length:
            measure.length = meter.bar_ticks * FINE
        left, right = source.leftBarline, source.rightBarline
        measure.opens = getattr(left, "direction", "") == "start"
        if getattr(right, "direction", "") == "end":
            measure.closes = min(right.times or 2, 4)
        measure.endings = endings.get(id(source), frozenset())
        measure.section = after_double
        after_double = getattr(right, "type", "") in ("double", "final")
        _fill(measure, source, shift)
        found.append(measure)
    return found


def _meter(signature: Any, before: Meter) -> Meter:
    """The meter of a time signature; the one before if there is no such meter."""
    try:
        return Meter(int(signature.numerator), int(signature.denominator))
    except (TypeError, ValueError):
        return before


def _key(signature: Any) -> Key:
    """The key of a key signature; major if it does not tell its mode."""
    mode = str(getattr(signature, "mode", None))
    mode = {"aeolian": "minor", "ionian": "major"}.get(mode, mode)
    fifths = max(-7, min(7, signature.sharps or 0))
    return Key.from_fifths(fifths, mode if mode in MODES else "major")


def _fill(measure: Measure, source: stream.Measure, shift: int) -> None:
    """Put the notes, chord symbols and tempos of a measure into ours; `shift` in semitones."""
    from music21 import harmony, tempo

    voices = list(source.voices)
    layer: Any = voices[0] if voices else source
    for element in layer.notes:
        if isinstance(element, harmony.Harmony) or element.duration.isGrace:
            continue
        start, length = _fine(element.offset), _fine(element.quarterLength)
        lyric = _lyric(element)
        for tone in element.notes if element.isChord else [element]:
            pitch = _sounding(tone, shift)
            if pitch is None or length <= 0:
                continue
            tied = tone.tie is not None and tone.tie.type in ("start", "continue")
            measure.sounds.append(Sound(start, length, pitch, lyric, tied, _velocity(tone)))
    for symbol in _elements(source, voices, harmony.Harmony):
        if isinstance(symbol, harmony.NoChord):
            measure.chords.append((_fine(symbol.offset), None))
            continue
        chord = _chord(symbol, shift)
        if chord is not None:
            measure.chords.append((_fine(symbol.offset), chord))
    for mark in _elements(source, voices, tempo.MetronomeMark):
        quarters = mark.getQuarterBPM()
        if quarters and 10 <= quarters <= 1000:
            measure.tempos.append((_fine(mark.offset), round(float(quarters), 6)))


def _sounding(tone: Any, shift: int) -> int | None:
    """The MIDI pitch of a note `shift` semitones above what is written; None if there is none.

    music21's own MIDI number moves what is too high or too low as written by octaves.
    """
    pitch = getattr(tone, "pitch", None)
    midi = -1 if pitch is None else math.floor(pitch.ps + 0.5) + shift
    return midi if 0 <= midi <= 127 else None


def _velocity(tone: Any) -> int:
    """The MIDI velocity of a note."""
    velocity = tone.volume.velocity if tone.hasVolumeInformation() else None
    return USUAL_VELOCITY if velocity is None else min(max(round(velocity), 1), 127)


def _elements(source: stream.Measure, voices: Sequence[Any], kind: type) -> Iterator[Any]:
    """Elements of a class in a measure and its voices."""
    yield from source.getElementsByClass(kind)
    for voice in voices:
        yield from voice.getElementsByClass(kind)


def _lyric(element: Any) -> str:
    """The syllable of the first verse, with a hyphen where its word goes on."""
    for lyric in element.lyrics:
        if lyric.number in (0, 1):
            hyphen = "-" if lyric.syllabic in ("begin", "middle") else ""
            return (lyric.text or "").strip()[:100] + hyphen if lyric.text else ""
    return ""


def _chord(symbol: Any, shift: int) -> Chord | None:
    """Our chord for a chord symbol; None if it is of a kind that we do not know."""
    quality = _KINDS.get(getattr(symbol, "chordKind", ""))
    try:
        root, bass = symbol.root(), symbol.bass()
        if quality is None or root is None:
            return None
        chord = Chord(pitch_class(root.name.replace("-", "b")), quality)
        low = pitch_class(bass.name.replace("-", "b")) if bass is not None else chord.root
    except Exception:  # music21 raises errors of several types for odd symbols
        return None
    return Chord(chord.root, quality, None if low == chord.root else low).transposed(shift)


def _settle_modes(voices: Sequence[Voice]) -> None:
    """Where all keys are major, take the relative minor if the notes say so plainly."""
    keys = {measure.key for voice in voices for measure in voice.measures}
    if len(keys) != 1 or keys.pop().mode != "major":
        return
    sounds = [s for voice in voices for m in voice.measures for s in m.sounds]
    key = find_key((s.pitch, s.length) for s in sounds)
    if key.mode == "minor" and key.fifths == voices[0].measures[0].key.fifths:
        for voice in voices:
            for measure in voice.measures:
                measure.key = key
