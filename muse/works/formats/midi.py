"""MIDI files. The only module that touches miditoolkit.

miditoolkit parses and writes notes, programs, tempos and signatures; `midi_bytes` guards it
against damaged files and carries the texts (titles, lyrics, chord markers and our own data),
which miditoolkit drops or moves to another track.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import TICKS_PER_QUARTER, TICKS_PER_WHOLE, Meter
from muse.works.base import WishError
from muse.works.formats.midi_bytes import LYRIC, MARKER, TEXT, TRACK_NAME, Sifted, Text, sift
from muse.works.formats.midi_bytes import with_texts as _with_texts
from muse.works.score import ChordMark, Note, Part, Score

if TYPE_CHECKING:
    from miditoolkit import MidiFile

FILE_TICKS_PER_QUARTER = 480
"""Ticks per quarter note in the files that we write."""

LONGEST_SECONDS = 4 * 3600
"""A longer piece is refused."""

_MOST_BARS = 20_000
_SCALE = FILE_TICKS_PER_QUARTER // TICKS_PER_QUARTER
_CHORD, _OURS = "chord: ", "muse: "
_SHORTEST = 3


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
    parts = tuple(part for part in parts if part.notes)
    if not parts:
        raise WishError(f"{name}: there are no notes in this MIDI file")
    end = max(note.end for part in parts for note in part.notes)
    if end > _MOST_BARS * TICKS_PER_WHOLE:
        raise WishError(f"{name}: longer than {_MOST_BARS:,} bars; Muse reads no more")
    pickup, meters, bars = _bars(file, end, ours)
    keys = _keys(file, ours)
    score = Score(
        parts=parts, bars=bars, meters=meters, keys=keys or ((0, Key()),),
        tempos=_tempos(file, ours), chords=_chords(file, sifted), pickup=pickup,
        title=_title(sifted, ours), style=str(ours.get("style", "")),
        composer=str(ours.get("composer", "")),
        provenance=ours["provenance"] if isinstance(ours.get("provenance"), dict) else {},
    )  # fmt: skip
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
            lyrics.setdefault(_ticks(text.tick, file), text.text)
    found = [
        (_ticks(n.start, file), _ticks(n.end, file), n.pitch, n.velocity) for n in instrument.notes
    ]
    return Part(_resolved(found, lyrics), name, int(instrument.program))


def _resolved(
    found: Sequence[tuple[int, int, int, int]], lyrics: Mapping[int, str]
) -> tuple[Note, ...]:
    """Notes from (start, end, pitch, velocity), at least a tick long, none doubled.

    A note ends where the next of its pitch starts. One that was rounded to nothing lasts
    `_SHORTEST` ticks, or as long as there is room before the next note, but at least one.
    """
    starts = sorted({start for start, *_ in found})
    room = {low: high - low for low, high in zip(starts, starts[1:])}
    last: dict[int, int] = {}
    notes: list[Note] = []
    for start, end, pitch, velocity in sorted(found):
        if end <= start:
            end = start + min(_SHORTEST, room.get(start, _SHORTEST))
        place = last.get(pitch)
        if place is not None and notes[place].end > start:
            before = notes[place]
            if before.start == start:
                notes[place] = replace(before, length=max(before.length, end - start))
                continue
            notes[place] = replace(before, length=start - before.start)
        last[pitch] = len(notes)
        notes.append(Note(start, end - start, pitch, velocity, lyrics.get(start, "")))
    return tuple(sorted(notes))


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


def _title(sifted: Sifted, ours: Mapping[str, Any]) -> str:
    """The name of the first track if it is no part's, else nothing."""
    if "title" in ours:
        return str(ours["title"])
    if 0 in sifted.origins and len(sifted.origins) > 1 and len(set(sifted.origins)) > 1:
        return ""
    texts = (t.text for t in sifted.texts if t.track == 0 and t.kind == TRACK_NAME)
    return next(texts, "")


def _bars(
    file: MidiFile, end: int, ours: Mapping[str, Any]
) -> tuple[int, tuple[tuple[int, Meter], ...], int]:
    """Pick-up in ticks, meters by bar, and the number of bars up to tick `end`."""
    signatures: dict[int, Meter] = {}
    for change in file.time_signature_changes:
        signatures[_ticks(change.time, file)] = Meter(change.numerator, change.denominator)
    signatures.setdefault(0, Meter(4, 4))
    changes = sorted(signatures.items(), key=lambda change: change[0])
    pickup, told = 0, ours.get("pickup")
    if len(changes) > 1 and told != 0:
        (_, first), (tick, second) = changes[:2]
        if tick == first.bar_ticks < second.bar_ticks:
            pickup = tick
            changes = [(pickup, second), *changes[2:]]
    if isinstance(told, int) and not pickup and 0 < told < changes[0][1].bar_ticks:
        pickup = told
        changes[0] = (pickup, changes[0][1])
    at, number, meter = pickup, 1, changes[0][1]
    meters = {1: meter}
    for tick, new in changes[1:]:
        if tick > end:
            break
        passed = max(0, (2 * (tick - at) + meter.bar_ticks) // (2 * meter.bar_ticks))
        at, number, meter = at + passed * meter.bar_ticks, number + passed, new
        meters[number] = meter
    bars = max(number, number - 1 + -(-(end - at) // meter.bar_ticks), 1)
    told = ours.get("bars")
    if isinstance(told, int) and bars < told <= _MOST_BARS:
        bars = told
    kept = [(n, m) for n, m in sorted(meters.items(), key=lambda c: c[0]) if n <= bars]
    return pickup, tuple(c for i, c in enumerate(kept) if not i or kept[i - 1][1] != c[1]), bars


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
        for tick, meter in _signatures(score)
    ]
    file.key_signature_changes = [
        KeySignature(_signature_name(key), tick * _SCALE) for tick, key in score.keys
    ]
    texts = [Text(0, 0, TEXT, _OURS + json.dumps(_told(score), ensure_ascii=False))]
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
    return _with_texts(stream.getvalue(), texts)


def _signatures(score: Score) -> list[tuple[int, Meter]]:
    """Meters by tick; a pick-up is a short bar of its own if a meter of that length exists."""
    changes = dict(score.meters)
    found = [(bar.start, changes[bar.number]) for bar in score.grid() if bar.number in changes]
    if not score.pickup:
        return found
    for denominator in (4, 8, 16, 32):
        count, rest = divmod(score.pickup * denominator, TICKS_PER_WHOLE)
        if not rest:
            return [(0, Meter(count, denominator)), *found]
    return [(0, found[0][1]), *found[1:]]


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
