"""Writing a score as an ABC 2.1 tune."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from muse.theory.keys import Key
from muse.works.formats.abc_fields import SHIFTS, Signature, read_key
from muse.works.formats.notation import WRITTEN_WHOLE, Symbol, Tone, written_bars
from muse.works.provenance import LABEL, label_text
from muse.works.score import Bar, Part, Score

_BARS_A_LINE = 4
_UNIT = WRITTEN_WHOLE // 8
_MODES = {
    "major": "", "minor": "m", "dorian": "dor", "mixolydian": "mix", "phrygian": "phr",
    "lydian": "lyd", "locrian": "loc",
}  # fmt: skip
_SIGNS = {shift: sign for sign, shift in SHIFTS.items()}
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "b": -1, "##": 2, "bb": -2}


def encode(score: Score, suffix: str) -> bytes:
    """The score as an ABC tune in UTF-8. Several parts become voices."""
    lines = ["%abc-2.1", "X:1", f"T:{_plain(score.title)}"]
    if score.composer:
        lines.append(f"C:{_plain(score.composer)}")
    if score.style:
        lines.append(f"R:{_plain(score.style)}")
    if score.provenance:
        lines.append(f"N:{_plain(_account(score.provenance))}")
    if label_text(score.provenance):
        lines.append(f"%%AIGC {json.dumps(score.provenance[LABEL])}")
    told = json.dumps({"provenance": dict(score.provenance)}, ensure_ascii=False)
    lines += [f"%%muse {told}", f"M:{score.meter}", "L:1/8", f"Q:{_tempo(score, score.tempo)}"]
    voices = [f"V:{number}" for number in range(1, len(score.parts) + 1)]
    if len(voices) > 1 or score.melody.name:
        lines += [f"{v} {_name(part)}".strip() for v, part in zip(voices, score.parts)]
    lines.append(f"K:{_key(score.key)}")
    for number, (voice, part) in enumerate(zip(voices, score.parts)):
        if len(voices) > 1:
            lines.append(voice)
        if part.program:
            lines.append(f"%%MIDI program {part.program}")
        lines += _music(score, part, leads=number == 0)
    return ("\n".join(lines) + "\n").encode("utf-8")


def _plain(text: str) -> str:
    """Text on one line in which a per cent sign starts no comment."""
    return " ".join(text.split()).replace("%", "\\%")


def _name(part: Part) -> str:
    """The name property of a voice."""
    name = _plain(part.name).replace('"', "'")
    return f'name="{name}"' if name else ""


def _account(provenance: Mapping[str, Any]) -> str:
    """Provenance in one readable line."""
    facts = [f"{k} {v}" for k, v in provenance.items() if isinstance(v, str | int | float)]
    return ("Written with Muse: " + ", ".join(facts))[:200]


def _key(key: Key) -> str:
    """A key as ABC names it, `Em` or `Dmix`."""
    return key.tonic_name + _MODES[key.mode]


def _tempo(score: Score, tempo: float) -> str:
    """A tempo as ABC names it, in counted beats where that gives a whole number."""
    if score.meter.compound and (tempo * 24 / score.meter.beat_ticks).is_integer():
        beats = Fraction(score.meter.beat_ticks, 96)
        return f"{beats}={int(tempo * 24 / score.meter.beat_ticks)}"
    return f"1/4={tempo:.7g}"


def _music(score: Score, part: Part, leads: bool) -> list[str]:
    """The lines of music, and of lyrics if there are any; the first part leads with chords."""
    marks: dict[int, str] = {}
    for tick, key in score.keys[1:]:
        marks[tick] = f"[K:{_key(key)}]"
    if leads:
        for tick, tempo in score.tempos[1:]:
            marks[tick] = marks.get(tick, "") + f"[Q:1/4={tempo:.7g}]"
        for mark in score.chords:
            name = mark.chord.text(score.key_at(mark.start)) if mark.chord else "N.C."
            marks[mark.start] = marks.get(mark.start, "") + f'"{name}"'
    meters = dict(score.meters[1:])
    lines: list[str] = []
    bars: list[str] = []
    syllables: list[str] = []
    sung = any(note.lyric for note in part.notes)
    speller = _Speller(score)
    for bar, symbols in written_bars(score, part, marks):
        meter = f"[M:{meters[bar.number]}]" if bar.number in meters else ""
        bars.append(meter + _bar(bar, symbols, marks, speller))
        syllables += [_syllable(symbol) for symbol in symbols if symbol.tones]
        last = bar.number == score.bars
        if last or (bar.number and bar.number % _BARS_A_LINE == 0):
            lines.append("|".join(bars) + ("|]" if last else "|"))
            if sung:
                lines.append("w:" + " ".join(syllables).replace("- ", "-"))
            bars, syllables = [], []
    return lines


def _bar(bar: Bar, symbols: Sequence[Symbol], marks: Mapping[int, str], speller: _Speller) -> str:
    """The symbols of a bar, with a space between beats."""
    speller.start_bar()
    origin, beat = bar.end - bar.meter.bar_ticks, bar.meter.beat_ticks
    text = ""
    for symbol in symbols:
        if text and (symbol.start - origin) % beat == 0:
            text += " "
        text += marks.get(symbol.start, "")
        if symbol.count and symbol.place == 0:
            text += "(3" if symbol.count == 3 else f"(3:2:{symbol.count}"
        names = speller.names(symbol)
        if len(names) > 1:
            ties = ["-" if tone.tied_to else "" for tone in symbol.tones]
            text += "[" + "".join(n + t for n, t in zip(names, ties)) + "]" + _length(symbol)
        elif names:
            text += names[0] + _length(symbol) + ("-" if symbol.tones[0].tied_to else "")
        else:
            text += "z" + _length(symbol)
    return text


def _length(symbol: Symbol) -> str:
    """A note value as a multiple of an eighth: nothing, `2`, `/`, `3/2`."""
    value = Fraction(symbol.written, _UNIT)
    above = "" if value.numerator == 1 else str(value.numerator)
    return above + {1: "", 2: "/"}.get(value.denominator, f"/{value.denominator}")


def _syllable(symbol: Symbol) -> str:
    """The entry of a symbol in a w: line."""
    if not symbol.lyric:
        return "_" if all(tone.tied_from for tone in symbol.tones) else "*"
    text = "".join(sign for sign in symbol.lyric if sign not in "*_|~\\")
    goes_on = text.endswith("-") and len(text) > 1
    text = (text[:-1] if goes_on else text).replace("-", "\\-")
    text = "~".join(text.split()).replace("%", "\\%")
    return (text + "-" if goes_on else text) or "*"


class _Speller:
    """Names pitches, with an accidental where the key and the bar so far do not give it.

    Programs differ on whether an accidental holds in all octaves or in its own, so one is
    written wherever the two readings differ.
    """

    def __init__(self, score: Score) -> None:
        """Args: score: gives the keys."""
        self._score = score
        self._key = score.key
        self._signature = _signature(score.key)
        self._letters: dict[str, int] = {}
        self._places: dict[tuple[str, int], int] = {}
        self._held: dict[int, tuple[str, int, int]] = {}

    def start_bar(self) -> None:
        """Forget the accidentals of the bar before."""
        self._letters, self._places = {}, {}

    def names(self, symbol: Symbol) -> list[str]:
        """Each pitch of a symbol as ABC writes it, without length."""
        key = self._score.key_at(symbol.start)
        if key != self._key:
            self._key, self._signature = key, _signature(key)
            self._letters, self._places = {}, {}
        spelled = [
            (self._held.get(t.pitch) if t.tied_from else None) or _spelled(t.pitch, key)
            for t in symbol.tones
        ]
        self._held = {tone.pitch: name for tone, name in zip(symbol.tones, spelled)}
        places = [(letter, octave) for letter, _, octave in spelled]
        return [
            self._name(tone, *name, clash=places.count(place) > 1)
            for tone, name, place in zip(symbol.tones, spelled, places)
        ]

    def _name(self, tone: Tone, letter: str, shift: int, octave: int, clash: bool) -> str:
        """One pitch; a tied one keeps the accidental of the note it is tied from."""
        normal = self._signature.shifts[letter]
        expected = {
            self._letters.get(letter, normal), self._places.get((letter, octave), normal)
        }  # fmt: skip
        sign = ""
        if clash or (expected != {shift} and not tone.tied_from):
            sign = _SIGNS[shift]
            self._letters[letter] = self._places[letter, octave] = shift
        if octave > 0:
            return sign + letter.lower() + "'" * (octave - 1)
        return sign + letter + "," * -octave


def _signature(key: Key) -> Signature:
    """The key signature that a reader takes from our K: field."""
    signature = read_key(_key(key))
    assert signature is not None
    return signature


def _spelled(pitch: int, key: Key) -> tuple[str, int, int]:
    """Letter, alteration in semitones, and octave (0 from middle C up) of a MIDI pitch."""
    name = key.spell(pitch)
    shift = _ACCIDENTALS[name[1:]]
    return name[0], shift, (pitch - shift - 60 - _SEMITONES[name[0]]) // 12
