"""Scores as JSON: everything a score holds, readable by people and programs, read back exactly.

The schema, version 1. Ticks are 24 to the quarter note; `pitch` is MIDI's, middle C = 60::

    {
      "format": "muse-score", "version": 1,
      "title": "", "composer": "", "style": "", "provenance": {},
      "bars": 16, "pickup": 0,
      "meters": [{"bar": 1, "meter": "6/8"}],
      "keys": [{"tick": 0, "key": "D major"}],
      "tempos": [{"tick": 0, "quarters_per_minute": 120.0}],
      "chords": [{"tick": 0, "chord": "Bm7"}, {"tick": 72, "chord": null}],
      "parts": [{"name": "", "program": 0, "notes": [
        {"start": 0, "length": 12, "pitch": 62, "velocity": 80, "lyric": "La"}]}]
    }

`velocity` (80) and `lyric` (empty) may be left out of a note.
"""

from __future__ import annotations

from typing import Any

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.works.base import WishError
from muse.works.formats import json_fields as fields
from muse.works.formats.json_fields import Wrong, dumped
from muse.works.score import ChordMark, Note, Part, Score

FORMAT = "muse-score"
VERSION = 1

LARGEST_TICK = 50_000_000
"""About 290 hours at 120 quarters a minute; a file that says more is wrong or hostile."""

MOST_BARS = 100_000


def encode(score: Score, suffix: str) -> bytes:
    """The score as UTF-8 JSON, one note, chord or change a line. Raises WishError."""
    if suffix != ".json":
        raise WishError(f"no JSON format {suffix!r}; use .json")
    head = {
        "format": FORMAT, "version": VERSION, "title": score.title, "composer": score.composer,
        "style": score.style, "provenance": dict(score.provenance), "bars": score.bars,
        "pickup": score.pickup,
    }  # fmt: skip
    lists: dict[str, list[dict[str, Any]]] = {
        "meters": [{"bar": bar, "meter": str(meter)} for bar, meter in score.meters],
        "keys": [{"tick": tick, "key": str(key)} for tick, key in score.keys],
        "tempos": [{"tick": tick, "quarters_per_minute": t} for tick, t in score.tempos],
        "chords": [{"tick": m.start, "chord": _chord_text(m, score)} for m in score.chords],
    }
    lines = [f"  {dumped(name)}: {dumped(value)}" for name, value in head.items()]
    lines += [f"  {dumped(name)}: {_listed(rows, 4)}" for name, rows in lists.items()]
    parts = []
    for part in score.parts:
        notes = _listed([_note_row(note) for note in part.notes], 6)
        name, program = dumped(part.name), part.program
        parts.append(f'    {{"name": {name}, "program": {program}, "notes": {notes}}}')
    lines.append('  "parts": [\n' + ",\n".join(parts) + "\n  ]" if parts else '  "parts": []')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8", "replace")


def decode(data: bytes, name: str) -> Score:
    """Read a score from JSON.

    Raises:
        WishError: if `data` is not JSON, not of this schema, or says the impossible. The
            message names the file and the place.
    """
    return score_of(fields.parsed(data, name), name)


def score_of(document: Any, name: str) -> Score:
    """The score that a parsed document holds. Raises WishError as `decode` does."""
    try:
        return _score(document)
    except Wrong as error:
        raise WishError(f"{name}: {error}") from error
    except (ValueError, OverflowError) as error:
        raise WishError(f"{name} is no score: {error}") from error


def _score(document: Any) -> Score:
    """The score that a parsed document describes. Raises Wrong or ValueError."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Wrong(f'not a score: the document says no "format": "{FORMAT}"')
    if document.get("version") != VERSION:
        raise Wrong(
            f"version {document.get('version')!r} of the score format; this Muse reads {VERSION}"
        )
    provenance = fields.field(document, "provenance", dict, {})
    meters = [
        (fields.whole(row, "bar", 1, MOST_BARS), Meter.parse(fields.text(row, "meter")))
        for row in fields.rows(document, "meters")
    ]
    keys = [
        (_tick(row), Key.parse(fields.text(row, "key"))) for row in fields.rows(document, "keys")
    ]
    tempos = [(_tick(row), _tempo(row)) for row in fields.rows(document, "tempos")]
    chords = [ChordMark(_tick(row), _chord(row)) for row in fields.rows(document, "chords", [])]
    parts = []
    for row in fields.rows(document, "parts"):
        notes = tuple(_note(note) for note in fields.rows(row, "notes"))
        program = fields.whole(row, "program", 0, 127, 0)
        parts.append(Part(notes, fields.text(row, "name", ""), program))
    for what, changes in (("meters", meters), ("keys", keys), ("tempos", tempos)):
        places = [place for place, _ in changes]
        if places != sorted(places):
            raise Wrong(f'"{what}" are not in order')
    if [mark.start for mark in chords] != sorted(mark.start for mark in chords):
        raise Wrong('"chords" are not in order')
    return Score(
        tuple(parts),
        fields.whole(document, "bars", 1, MOST_BARS),
        tuple(meters),
        tuple(keys),
        tuple(tempos),
        tuple(chords),
        fields.whole(document, "pickup", 0, LARGEST_TICK, 0),
        title=fields.text(document, "title", ""),
        composer=fields.text(document, "composer", ""),
        style=fields.text(document, "style", ""),
        provenance=provenance,
    )


def _tick(row: Any) -> int:
    return fields.whole(row, "tick", 0, LARGEST_TICK)


def _tempo(row: Any) -> float:
    """A tempo as it was written: a whole number stays one. Raises Wrong."""
    value = row.get("quarters_per_minute") if isinstance(row, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value <= 10_000:
        raise Wrong(f'"quarters_per_minute" is to be 1 to 10,000, not {str(value)[:40]!r}')
    return value


def _chord(row: Any) -> Chord | None:
    if isinstance(row, dict) and "chord" in row and row["chord"] is None:
        return None
    return Chord.parse(fields.text(row, "chord"))


def _note(row: Any) -> Note:
    return Note(
        fields.whole(row, "start", 0, LARGEST_TICK),
        fields.whole(row, "length", 1, LARGEST_TICK),
        fields.whole(row, "pitch", 0, 127),
        fields.whole(row, "velocity", 1, 127, 80),
        fields.text(row, "lyric", ""),
    )


def _note_row(note: Note) -> dict[str, Any]:
    row: dict[str, Any] = {"start": note.start, "length": note.length, "pitch": note.pitch}
    row["velocity"] = note.velocity
    return row | ({"lyric": note.lyric} if note.lyric else {})


def _chord_text(mark: ChordMark, score: Score) -> str | None:
    """The symbol spelled for its key, or for C major where that could not be read back."""
    if mark.chord is None:
        return None
    text = mark.chord.text(score.key_at(mark.start))
    try:
        return text if Chord.parse(text) == mark.chord else mark.chord.text()
    except ValueError:
        return mark.chord.text()


def _listed(rows: list[dict[str, Any]], indent: int) -> str:
    """A list with one row a line."""
    if not rows:
        return "[]"
    space = " " * indent
    return "[\n" + ",\n".join(space + dumped(r) for r in rows) + "\n" + " " * (indent - 2) + "]"
