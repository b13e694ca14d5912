"""Ids back to scores. Total: what makes no sense is passed over, what is missing is rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody import Sheet, SheetBar, melody_vocabulary, pitch_anchor, tempo_of_bin
from muse.works.score import ChordMark, Note, Part, Score

_HEADER = ("Style_", "Meter_", "Mode_", "Tonic_", "Tempo_", "Voices_")


class _Reader:
    """Names of ids, one at a time, with one name of look-ahead."""

    def __init__(self, ids: Iterable[int]) -> None:
        vocabulary = melody_vocabulary()
        self.ids = [i for i in ids if 0 <= i < len(vocabulary)]
        self.names = [vocabulary.names[i] for i in self.ids]
        self.at = 0

    @property
    def name(self) -> str:
        return self.names[self.at] if self.at < len(self.names) else "EOS"

    def take(self) -> int:
        self.at += 1
        return self.ids[self.at - 1]


def read_sheet(ids: Iterable[int]) -> Sheet:
    """Bars and lines of any ids; the contents after `Fill` are put where the holes were."""
    reader = _Reader(ids)
    sheet = Sheet([])
    said: set[str] = set()
    while not reader.name.startswith(("Bar_", "Pickup", "EOS", "Fill")):
        kind = _split(reader.name)[0]
        if (reader.name.startswith(_HEADER) or kind == "Chords") and kind not in said:
            said.add(kind)
            sheet.header.append(reader.take())
        else:
            reader.at += 1
        if reader.at >= len(reader.names):
            break
    names = [melody_vocabulary().names[i] for i in sheet.header]
    voices = max((int(n[7:]) for n in names if n.startswith("Voices_")), default=1)
    kinds = ["chord"] * ("Chords" in names) + ["voice"] * voices
    meter = next((Meter.parse(n[6:]) for n in names if n.startswith("Meter_")), Meter(4, 4))
    while reader.name not in ("EOS", "Fill") and reader.at < len(reader.names):
        if not reader.name.startswith("Bar_") and reader.name != "Pickup":
            reader.at += 1
            continue
        bar, meter = _read_head(reader, meter, sheet.bars)
        for kind in kinds:
            bar.lines.append(_read_line(reader, kind, bar.start, bar.ticks))
        sheet.bars.append(bar)
    if reader.name == "Fill":
        _read_fill(reader, sheet, kinds)
    return sheet


def _read_head(
    reader: _Reader, meter: Meter, before: list[SheetBar]
) -> tuple[SheetBar, Meter]:  # fmt: skip
    """`Bar_-n` or `Pickup End_k`, then a new meter or key if the bar brings one.

    A pick-up and the first full bar are in the header's meter.
    """
    pickup, first = reader.name == "Pickup", not before
    changes = any(not bar.start for bar in before)
    head, start = [reader.take()], 0
    if pickup:
        known = reader.name.startswith("End_") and 0 < int(reader.name[4:]) < meter.bar_ticks
        start = int(reader.name[4:]) if known else meter.bar_ticks // 2
        head.append(reader.take() if known else melody_vocabulary()[f"End_{start}"])
        if not first:
            return SheetBar(head[:1], [], meter.bar_ticks), meter
    while reader.name.startswith(("Meter_", "Mode_", "Tonic_")):
        if reader.name.startswith("Meter_"):
            if not changes:
                reader.at += 1
                continue
            meter = Meter.parse(reader.name[6:])
        head.append(reader.take())
    return SheetBar(head, [], meter.bar_ticks, start), meter


def _read_line(reader: _Reader, kind: str, start: int, ticks: int) -> list[int] | None:
    """Segments up to the bar's end; None for a hole."""
    if reader.name == "Hole":
        reader.at += 1
        return None
    sounds = ("Chord_", "Tie", "Bass_") if kind == "chord" else ("Pitch_", "Rest", "Tie", "Voice_")
    line: list[int] = []
    at, sounding = start, False
    while at < ticks:
        name = reader.name
        if name.startswith(sounds):
            if sounding and not name.startswith("Bass_"):
                line.pop()
            line.append(reader.take())
            sounding = not name.startswith("Voice_")
        elif name.startswith("End_"):
            tick = int(name[4:])
            if sounding and at < tick <= ticks:
                line.append(reader.take())
                at, sounding = tick, False
            else:
                reader.at += 1
        else:
            break
    if sounding:
        line.append(melody_vocabulary()[f"End_{ticks}"])
    return line


def _read_fill(reader: _Reader, sheet: Sheet, kinds: list[str]) -> None:
    """Put the lines that follow `Fill` into the holes, in order."""
    reader.at += 1
    holes = [b for b in sheet.bars if None in b.lines]
    for bar in holes:
        while reader.at < len(reader.names) and not reader.name.startswith(("Bar_", "Pickup")):
            reader.at += 1
        reader.at += 1
        if reader.name.startswith("End_"):
            reader.at += 1
        for place, line in enumerate(bar.lines):
            if line is None:
                bar.lines[place] = _read_line(reader, kinds[place], bar.start, bar.ticks)


def segments(
    line: list[int] | None, start: int, ticks: int
) -> Iterator[tuple[list[str], int, int]]:
    """(names of what sounds, first tick, end tick) of each segment; a hole is one rest."""
    names: list[str] = []
    at = start
    vocabulary = melody_vocabulary().names
    for i in line or ():
        name = vocabulary[i]
        if name.startswith("End_"):
            end = int(name[4:])
            yield names, at, end
            names, at = [], end
        elif not name.startswith("Voice_"):
            names.append(name)
    if at < ticks:
        yield ["Rest"], at, ticks


def score_of_sheet(sheet: Sheet) -> Score:
    """The score that a sheet says."""
    vocabulary = melody_vocabulary()
    header = dict(_split(vocabulary.names[i]) for i in sheet.header)
    meter = Meter.parse(header.get("Meter", "4/4"))
    key = Key(int(header.get("Tonic", 0)), header.get("Mode", "major"))
    has_chords = "Chords" in header
    voices = int(header.get("Voices", 1))
    tempo = tempo_of_bin(int(header["Tempo"])) if "Tempo" in header else 120.0
    meters, keys = [(1, meter)], [(0, key)]
    marks: list[ChordMark] = []
    notes: list[list[Note]] = [[] for _ in range(voices)]
    bars = [b for b in sheet.bars if b.start < b.ticks]
    at = pickup = number = 0
    for bar in bars or [SheetBar([], [], meter.bar_ticks)]:
        head = dict(_split(vocabulary.names[i]) for i in bar.head)
        if bar.start:
            pickup = bar.ticks - bar.start
        else:
            number += 1
        if "Meter" in head and Meter.parse(head["Meter"]) != meter:
            meter = Meter.parse(head["Meter"])
            meters.append((number, meter))
        if "Tonic" in head or "Mode" in head:
            new = Key(int(head.get("Tonic", key.tonic)), head.get("Mode", key.mode))
            if new != key:
                key = new
                keys = [k for k in keys if k[0] != at] + [(at, key)]
        lines = list(bar.lines)
        shift = at - bar.start
        if has_chords and lines:
            for names, begin, _ in segments(lines.pop(0), bar.start, bar.ticks):
                if names and names[0].startswith("Chord_"):
                    chord = _chord(names, key)
                    if not marks and chord is None:
                        continue
                    if marks and marks[-1].start == begin + shift:
                        marks.pop()
                    marks.append(ChordMark(begin + shift, chord))
        for voice, line in zip(notes, lines):
            _add_notes(voice, line, bar, shift, key)
        at += bar.ticks - bar.start
    return Score(
        parts=tuple(Part(tuple(voice)) for voice in notes),
        bars=max(number, 1),
        meters=tuple(meters),
        keys=tuple(keys),
        tempos=((0, tempo),),
        chords=tuple(marks),
        pickup=pickup if number else 0,
        style=header.get("Style", ""),
    )


def _split(name: str) -> tuple[str, str]:
    kind, _, value = name.partition("_")
    return kind, value


def _chord(names: list[str], key: Key) -> Chord | None:
    """The chord of `Chord_7_m7` and an optional `Bass_4`, in a key."""
    if names[0] == "Chord_none":
        return None
    _, root, quality = names[0].split("_", 2)
    chord_root = (int(root) + key.tonic) % 12
    bass = next(((int(n[5:]) + key.tonic) % 12 for n in names if n.startswith("Bass_")), None)
    return Chord(chord_root, quality, None if bass == chord_root else bass)


def _add_notes(
    voice: list[Note], line: list[int] | None, bar: SheetBar, shift: int, key: Key
) -> None:
    """Append the notes of a line; a tie lengthens the note that ends where it starts."""
    for names, begin, end in segments(line, bar.start, bar.ticks):
        if not names or names[0] == "Rest":
            continue
        if names[0] == "Tie":
            if voice and voice[-1].end == begin + shift:
                last = voice.pop()
                voice.append(Note(last.start, last.length + end - begin, last.pitch))
            continue
        pitch = int(names[0][6:]) + pitch_anchor(key)
        if 0 <= pitch <= 127:
            voice.append(Note(begin + shift, end - begin, pitch))
