"""Reading the music lines of one ABC voice into measures.

What the standard lets a reader skip (slurs, decorations, annotations,
grace notes, score line breaks, voice overlays) is skipped.
"""

from __future__ import annotations

import re

from muse.theory.chords import Chord
from muse.works.base import WishError
from muse.works.formats.abc_fields import (
    SHIFTS,
    WHOLE,
    read_key,
    read_meter,
    read_tempo,
    read_unit,
)
from muse.works.formats.abc_symbols import (
    CHORD_NOTE,
    SEMITONES,
    SYLLABLE,
    SYMBOL,
    TUPLETS,
    Event,
    Settings,
    symbol_chord,
    written_ratio,
)
from muse.works.formats.measures import FINE, MOST_BARS, MOST_NOTES, Measure, Sound

_LONGEST = 64 * WHOLE


class VoiceReader:
    """Reads a voice line by line; `finish` gives its measures."""

    def __init__(self, name: str, settings: Settings) -> None:
        """Args: name: what error messages call the file. settings: what the header set."""
        self.name = name
        self.settings = settings
        self._line = 0
        self._done: list[tuple[Measure, list[Event]]] = []
        self._events: list[Event] = []
        self._measure = self._fresh()
        self._altered: dict[str, int] = {}
        self._last: Event | None = None
        self._symbols: list[Chord | None] = []
        self._broken = (1, 1)
        self._tuplet = (0, 1, 1)
        self._overlay = False
        self._sung: list[tuple[int, Event]] = []
        self._notes = 0

    def _fresh(self) -> Measure:
        """An empty measure under the settings of now."""
        number = len(self._done) + 1
        return Measure(self.settings.meter, self.settings.signature.key, self._line, number)

    def _error(self, message: str) -> WishError:
        """An error that names the file and the line."""
        return WishError(f"{self.name}: line {self._line}: {message}")

    def read(self, text: str, line: int, continued: bool = False) -> None:
        """Read one line of music; `continued` if it goes on where a backslash broke the last."""
        self._line = line
        if not continued:
            self._sung = []
        for match in SYMBOL.finditer(text):
            kind = match.lastgroup
            if kind == "note":
                _, accidental, letter, octave, length = match.groups()[:5]
                if letter in "zx":
                    self._add([], [self._length(length)], [])
                else:
                    name = self._named(accidental, letter, octave)
                    self._add([name], [self._length(length)], [False])
            elif kind in ("space", "mark", "stray"):
                continue
            elif kind in ("bar", "turns"):
                self._bar(match["bar"], len(match["closes"] or ""), len(match["opens"] or ""))
                if match["turns"]:
                    self._ending(match["turns"])
            elif kind == "ending":
                self._ending(match["ending"])
            elif kind == "text":
                self._symbol(match["text"])
            elif kind == "tie":
                if self._last is not None:
                    self._last.ties = [True] * len(self._last.ties)
            elif kind == "broken":
                self._break(match["broken"])
            elif kind in ("tuplet", "ratio"):
                self._start_tuplet(int(match["tuplet"]), match["ratio"] or "")
            elif kind == "value":
                self.change(match["inline"], match["value"], line)
            elif kind == "stretch":
                self._add_chord(match["chord"], match["stretch"])
            elif kind == "rests":
                self._rest_measures(int(match["rests"] or 1))
            elif kind == "overlay":
                self._overlay = True
            else:
                raise self._error(f"{match[0]!r} is not ABC notation, in {text.strip()[:60]!r}")

    def change(self, letter: str, value: str, line: int) -> None:
        """Obey a field of the tune body: K, M, L, Q or P; others are ignored."""
        self._line = line
        try:
            if letter == "K":
                signature = read_key(value)
                if signature is None:
                    return
                self.settings.signature = signature
                self._altered = {}
                self._measure.keys.append((len(self._events), signature.key))
            elif letter == "M":
                self.settings.meter = read_meter(value)
                if not self._events:
                    self._measure.meter = self.settings.meter
            elif letter == "L":
                self.settings.unit = read_unit(value)
            elif letter == "Q":
                tempo = read_tempo(value, self.settings.unit)
                if tempo:
                    self._measure.tempos.append((len(self._events), tempo))
            elif letter == "P" and not self._events:
                self._measure.section = True
        except ValueError as error:
            raise self._error(f"{letter}: {error}") from None

    def _length(self, text: str) -> int:
        """A written length in fine units."""
        above, below = written_ratio(text)
        length = (2 * self.settings.unit * above + below) // (2 * below)
        if not 0 < length <= _LONGEST:
            raise self._error(
                f"a note of length {text!r}; a length is more than 0, up to 64 wholes"
            )
        return length

    def _named(self, sign: str | None, letter: str, marks: str) -> tuple[str, int, int]:
        """Letter, octave and MIDI pitch of a written note, by accidentals, tie and key."""
        octave = letter.islower() + marks.count("'") - marks.count(",")
        letter = letter.upper()
        if sign:
            self._altered[letter] = SHIFTS[sign]
        elif self._last is not None and any(self._last.ties):
            for name, tie in zip(self._last.names, self._last.ties):
                if tie and name[:2] == (letter, octave):
                    return name
        shift = self._altered.get(letter)
        shift = self.settings.signature.shifts[letter] if shift is None else shift
        pitch = 60 + 12 * octave + SEMITONES[letter] + shift
        if not 0 <= pitch <= 127:
            raise self._error(f"the note {letter}{marks} lies outside MIDI's 0 to 127")
        return letter, octave, pitch

    def _add(self, names: list[tuple[str, int, int]], lengths: list[int], ties: list[bool]) -> None:
        """Append notes or a rest, with broken rhythm and tuplet applied."""
        above, below = self._broken
        left, times, over = self._tuplet
        if left:
            above, below = above * times, below * over
            self._tuplet = (left - 1, times, over)
        if above != below:
            lengths = [(2 * n * above + below) // (2 * below) for n in lengths]
        self._broken = (1, 1)
        if self._overlay:
            return
        if not self._events:
            self._measure.line = self._line
        event = Event(lengths[0], names, lengths, ties)
        if self._symbols:
            self._measure.chords.append((len(self._events), self._symbols[-1]))
            self._symbols = []
        self._last = event if names else None
        if names:
            self._sung.append((len(self._done), event))
            self._notes += len(names)
            if self._notes > MOST_NOTES:
                raise self._error(f"more than {MOST_NOTES} notes, which is too many")
        self._events.append(event)

    def _add_chord(self, text: str, stretch: str) -> None:
        """Notes in brackets, which sound together."""
        names: list[tuple[str, int, int]] = []
        lengths, ties = [], []
        above, below = written_ratio(stretch)
        text = re.sub(r'![^!]*!|"[^"]*"', "", text)
        for sign, letter, octave, length, tie in CHORD_NOTE.findall(text):
            name = self._named(sign, letter, octave)
            if all(name[2] != other[2] for other in names):
                names.append(name)
                lengths.append(max(1, self._length(length) * above // below))
                ties.append(bool(tie))
        if names:
            if max(lengths) > _LONGEST:
                raise self._error(f"a chord of length {stretch!r} is too long")
            self._add(names, lengths, ties)

    def _symbol(self, text: str) -> None:
        """A chord symbol; annotations and what is no chord are left out."""
        if text[:1] in ("^", "_", "<", ">", "@") or self._overlay:
            return
        try:
            self._symbols.append(symbol_chord(text[:20]))
        except ValueError:
            return

    def _break(self, signs: str) -> None:
        """Broken rhythm: dot the note before and halve the one after, or the other way round."""
        if not self._events:
            return
        unit = 2 ** len(signs)
        longer, shorter = (2 * unit - 1, unit), (1, unit)
        before, self._broken = (longer, shorter) if signs[0] == ">" else (shorter, longer)
        event = self._events[-1]
        event.lengths = [(n * before[0]) // before[1] for n in event.lengths]
        event.length = event.lengths[0]

    def _start_tuplet(self, over: int, ratio: str) -> None:
        """`(p:q:r`: p notes in the time of q, for the next r notes."""
        given = [int(number) if number else 0 for number in ratio[1:].split(":")] + [0, 0]
        times = given[0] or TUPLETS.get(over) or (3 if self.settings.meter.compound else 2)
        self._tuplet = (given[1] or over, times, over)

    def _rest_measures(self, count: int) -> None:
        """`Z4`: that many measures of silence."""
        if count + len(self._done) > MOST_BARS:
            raise self._error(f"{count} measures of rest are too many")
        for number in range(count):
            if number:
                self._bar("|", 0, 0)
            self._add([], [self._measure.meter.bar_ticks * FINE], [])

    def _bar(self, text: str, closes: int, opens: int) -> None:
        """A bar line of any kind."""
        if set(text) == {":"}:
            closes = opens = 1
        self._overlay = False
        self._altered = {}
        if self._events:
            self._close()
        if closes and self._done:
            self._done[-1][0].closes = min(closes, 3) + 1
        if opens:
            self._measure.opens = True
        if "||" in text or "]" in text or "[" in text:
            self._measure.section = True

    def _close(self) -> None:
        """End the open measure."""
        self._done.append((self._measure, self._events))
        if len(self._done) > MOST_BARS:
            raise self._error(f"more than {MOST_BARS} measures, which is too many")
        self._events = []
        self._measure = self._fresh()

    def _ending(self, text: str) -> None:
        """The start of an ending such as `[1`, `[1,3` or `[1-3`."""
        if self._events:
            self._close()
        turns: set[int] = set()
        for low, high in re.findall(r"(\d{1,2})(?:-(\d{1,2}))?", text[:100]):
            turns |= set(range(int(low), min(int(low) + 20, int(high or low)) + 1))
        self._measure.endings = frozenset(turns)

    def lyrics(self, text: str) -> None:
        """Give the syllables of a `w:` line to the notes of the music line before it.

        A syllable keeps a trailing hyphen where its word goes on.
        """
        notes, at = self._sung, 0
        for sign, syllable, hyphen in SYLLABLE.findall(text):
            if at >= len(notes):
                break
            if sign == "|":
                while at and at < len(notes) and notes[at][0] == notes[at - 1][0]:
                    at += 1
                continue
            if syllable:
                words = syllable.replace("\\-", "-").replace("\\%", "%").replace("~", " ")
                notes[at][1].lyric = words[:100] + hyphen
            at += 1
        self._sung = []

    def finish(self) -> list[Measure]:
        """The measures, with places and lengths filled in."""
        if self._events:
            self._close()
        for measure, events in self._done:
            starts, at = [], 0
            for event in events:
                starts.append(at)
                for (_, _, pitch), length, tie in zip(event.names, event.lengths, event.ties):
                    measure.sounds.append(Sound(at, length, pitch, event.lyric, tie))
                at += event.length
            starts.append(at)
            measure.length = at
            measure.chords = [(starts[index], chord) for index, chord in measure.chords]
            measure.keys = [(starts[index], key) for index, key in measure.keys]
            measure.tempos = [(starts[index], tempo) for index, tempo in measure.tempos]
        return [measure for measure, _ in self._done]
