"""MIDI files. The only module that touches miditoolkit.

miditoolkit parses and writes notes, programs, tempos and signatures; `midi_bytes` guards it
against damaged files and carries the texts (titles, lyrics, chord markers and our own data),
which miditoolkit drops or moves to another track.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import TICKS_PER_QUARTER, TICKS_PER_WHOLE, Meter
from muse.works.base import WishError
from muse.works.formats.midi_bytes import (
    LYRIC,
    MARKER,
    TEXT,
    TRACK_NAME,
    Sifted,
    Text,
    sift,
    with_texts,
)
from muse.works.formats.midi_grid import MOST_BARS, bars_until, resolved_notes, signatures_of
from muse.works.provenance import label_text
from muse.works.score import ChordMark, Part, Score

if TYPE_CHECKING:
    from miditoolkit import MidiFile

FILE_TICKS_PER_QUARTER = 480
"""Ticks per quarter note in the files that we write."""

LONGEST_SECONDS = 4 * 3600
"""A longer piece is refused."""

_SCALE = FILE_TICKS_PER_QUARTER // TICKS_PER_QUARTER
_CHORD, _OURS = "chord: ", "muse: "


def decode(data: bytes, name: str) -> Score:
    """The score of a MIDI file of type 0 or 1; each track or channel with notes is a part.

    Times are rounded to the grid of 24 ticks to the quarter note.

    Raises:
        WishError: if it cannot be read; the message names the file.
    """
    import miditoolkit

    sifted = sift(data, name)
    if not sifted.origins:
        what = "only drums, no pitched notes" if sifted.drums else "no notes"
        raise WishError(f"{name}: there are {what} in this MIDI file")
    file = miditoolkit.MidiFile(file=io.BytesIO(sifted.data))
    ours = _own_data(sifted)
    parts = tuple(_part(file, instrument, sifted) for instrument in file.instruments)
    parts = _with_loose_lyrics([part for part in parts if part.notes], file, sifted)
    if not parts:
        raise WishError(f"{name}: there are no notes in this MIDI file")
    end = max(note.end for part in parts for note in part.notes)
    if end > MOST_BARS * TICKS_PER_WHOLE:
        raise WishError(f"{name}: longer than {MOST_BARS:,} bars; Muse reads no more")
    signatures = {
        _ticks(change.time, file): Meter(change.numerator, change.denominator)
        for change in file.time_signature_changes
    }
    told = (n if type(n) is int else None for n in (ours.get("pickup"), ours.get("bars")))
    pickup, meters, bars = bars_until(end, signatures, *told)
    if bars > MOST_BARS:
        raise WishError(f"{name}: longer than {MOST_BARS:,} bars; Muse reads no more")
    keys = _keys(file, ours)
    score = Score(
        parts=parts, bars=bars, meters=meters, keys=keys or ((0, Key()),),
        tempos=_tempos(file, ours), chords=_chords(file, sifted), pickup=pickup,
        title=_title(sifted, ours), style=_word(ours, "style"),
        composer=_word(ours, "composer"),
        provenance=ours["provenance"] if isinstance(ours.get("provenance"), dict) else {},
    )  # fmt: skip
    late = score.length
    score = replace(
        score,
        keys=tuple(change for change in score.keys if change[0] < late),
        tempos=tuple(change for change in score.tempos if change[0] < late),
        chords=tuple(mark for mark in score.chords if mark.start < late),
    )
    if score.seconds(end) > LONGEST_SECONDS:
        raise WishError(f"{name}: plays longer than {LONGEST_SECONDS // 3600} hours")
    known = keys and (_rows(ours, "keys", 3) or _fits(score))
    return score if known else score.with_found_key()


def _ticks(time: int, file: MidiFile) -> int:
    """A time of the file on our grid, rounded."""
    per_quarter = file.ticks_per_beat
    return (2 * TICKS_PER_QUARTER * time + per_quarter) // (2 * per_quarter)


def _part(file: MidiFile, instrument: Any, sifted: Sifted) -> Part:
    """The notes of one track and channel, with the syllables that fall on them."""
    track = sifted.origins[int(instrument.name)]
    name = next((t.text for t in sifted.texts if t.track == track and t.kind == TRACK_NAME), "")
    lyrics: dict[int, str] = {}
    for text in sifted.texts:
        if text.kind == LYRIC and text.track == track:
            lyrics.setdefault(_ticks(text.tick, file), text.text.strip())
    found = [
        (_ticks(n.start, file), _ticks(n.end, file), n.pitch, n.velocity) for n in instrument.notes
    ]
    return Part(resolved_notes(found, lyrics), name, int(instrument.program))


def _with_loose_lyrics(parts: list[Part], file: MidiFile, sifted: Sifted) -> tuple[Part, ...]:
    """Parts with the syllables of tracks without notes, which go to the part they fit best."""
    loose = {
        _ticks(text.tick, file): text.text.strip()
        for text in sifted.texts
        if text.kind == LYRIC and text.track not in sifted.origins
    }
    if not loose or not parts:
        return tuple(parts)
    fits = [len(loose.keys() & {note.start for note in part.notes}) for part in parts]
    place = fits.index(max(fits))
    notes = [replace(n, lyric=n.lyric or loose.get(n.start, "")) for n in parts[place].notes]
    parts[place] = replace(parts[place], notes=tuple(notes))
    return tuple(parts)


def _own_data(sifted: Sifted) -> dict[str, Any]:
    """What our writer put into the file; empty for other people's files."""
    for text in sifted.texts:
        if text.kind == TEXT and text.tick == 0 and text.text.startswith(_OURS):
            try:
                found = json.loads(text.text[len(_OURS) :])
            except (ValueError, RecursionError):
                return {}
            return found if isinstance(found, dict) else {}
    return {}


def _word(ours: Mapping[str, Any], field: str) -> str:
    """A text in our own data; empty if there is none."""
    found = ours.get(field)
    return found if isinstance(found, str) else ""


def _title(sifted: Sifted, ours: Mapping[str, Any]) -> str:
    """The name of the first track if it is no part's, else nothing."""
    if "title" in ours:
        return _word(ours, "title")
    if 0 in sifted.origins and len(sifted.origins) > 1 and len(set(sifted.origins)) > 1:
        return ""
    texts = (t.text for t in sifted.texts if t.track == 0 and t.kind == TRACK_NAME)
    return next(texts, "")


def _keys(file: MidiFile, ours: Mapping[str, Any]) -> tuple[tuple[int, Key], ...]:
    """Key signatures; our own data tells the mode where it agrees with the signature."""
    found: dict[int, Key] = {}
    for change in file.key_signature_changes:
        found[_ticks(change.time, file)] = Key.parse(change.key_name)
    for tick, tonic, mode in _rows(ours, "keys", 3):
        try:
            told = Key(tonic, mode)
        except (TypeError, ValueError):
            continue
        if tick in found and found[tick].fifths == told.fifths:
            found[tick] = told
    if found:
        found.setdefault(0, Key() if min(found) else found[0])
    changes = sorted(found.items(), key=lambda change: change[0])
    return tuple(c for i, c in enumerate(changes) if not i or changes[i - 1][1] != c[1])


def _fits(score: Score) -> bool:
    """Whether the key may be believed: a lone C major must hold 80 % of the sounding time."""
    if score.keys != ((0, Key()),):
        return True
    scale = Key().pitch_classes
    notes = [note for part in score.parts for note in part.notes]
    inside = sum(note.length for note in notes if note.pitch % 12 in scale)
    return inside >= 0.8 * sum(note.length for note in notes)


def _tempos(file: MidiFile, ours: Mapping[str, Any]) -> tuple[tuple[int, float], ...]:
    """Tempos in quarter notes per minute; our own data gives back what was rounded."""
    found: dict[int, float] = {0: 120.0}
    for change in file.tempo_changes:
        found[_ticks(change.time, file)] = round(change.tempo, 3)
    for tick, tempo in _rows(ours, "tempos", 2):
        if isinstance(tempo, int | float) and abs(tempo - found.get(tick, 0)) < tempo * 0.001:
            found[tick] = float(tempo)
    return tuple(sorted(found.items()))


def _rows(ours: Mapping[str, Any], field: str, width: int) -> list[list[Any]]:
    """The rows of a table in our own data that have the right width and start with a tick."""
    rows = ours.get(field)
    rows = rows if isinstance(rows, list) else []
    return [r for r in rows if isinstance(r, list) and len(r) == width and isinstance(r[0], int)]


def _chords(file: MidiFile, sifted: Sifted) -> tuple[ChordMark, ...]:
    """Chord symbols from the markers that our writer sets."""
    marks: dict[int, Chord | None] = {}
    for text in sifted.texts:
        if text.kind == MARKER and text.text.startswith(_CHORD):
            symbol = text.text[len(_CHORD) :].strip()
            try:
                marks[_ticks(text.tick, file)] = None if symbol == "N.C." else Chord.parse(symbol)
            except ValueError:
                continue
    return tuple(ChordMark(tick, marks[tick]) for tick in sorted(marks))


def encode(score: Score, suffix: str) -> bytes:
    """A MIDI file of type 1: a conductor track, then a track for each part."""
    from miditoolkit import Instrument, KeySignature, MidiFile, TempoChange, TimeSignature
    from miditoolkit import Note as MidiNote

    file = MidiFile(ticks_per_beat=FILE_TICKS_PER_QUARTER)
    file.tempo_changes = [TempoChange(tempo, tick * _SCALE) for tick, tempo in score.tempos]
    file.time_signature_changes = [
        TimeSignature(meter.numerator, meter.denominator, tick * _SCALE)
        for tick, meter in signatures_of(score)
    ]
    file.key_signature_changes = [
        KeySignature(_signature_name(key), tick * _SCALE) for tick, key in score.keys
    ]
    texts = [Text(0, 0, TEXT, _OURS + json.dumps(_told(score), ensure_ascii=False))]
    if label_text(score.provenance):
        texts.append(Text(0, 0, TEXT, label_text(score.provenance)))
    if score.title:
        texts.insert(0, Text(0, 0, TRACK_NAME, score.title))
    for mark in score.chords:
        symbol = mark.chord.text(score.key_at(mark.start)) if mark.chord else "N.C."
        texts.append(Text(0, mark.start * _SCALE, MARKER, _CHORD + symbol))
    for number, part in enumerate(score.parts, 1):
        instrument = Instrument(part.program)
        instrument.notes = [
            MidiNote(note.velocity, note.pitch, note.start * _SCALE, note.end * _SCALE)
            for note in part.notes
        ]
        file.instruments.append(instrument)
        if part.name:
            texts.append(Text(number, 0, TRACK_NAME, part.name))
        texts += [Text(number, n.start * _SCALE, LYRIC, n.lyric) for n in part.notes if n.lyric]
    stream = io.BytesIO()
    file.dump(file=stream)
    return with_texts(stream.getvalue(), texts)


def _signature_name(key: Key) -> str:
    """The name MIDI has for the signature of a key: its minor for minor, else its major."""
    if key.mode == "minor":
        return key.tonic_name + "m"
    return Key.from_fifths(key.fifths).tonic_name


def _told(score: Score) -> dict[str, Any]:
    """What MIDI has no place for, so that reading the file gives the same score."""
    return {
        "title": score.title, "composer": score.composer, "style": score.style,
        "pickup": score.pickup, "bars": score.bars,
        "keys": [[tick, key.tonic, key.mode] for tick, key in score.keys],
        "tempos": [[tick, tempo] for tick, tempo in score.tempos],
        "provenance": dict(score.provenance),
    }  # fmt: skip
