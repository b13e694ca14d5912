"""The tokenizer of scores: written as `melody.py` says, read back by `melody_reading.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from muse.theory.keys import Key
from muse.theory.meter import METERS, Meter
from muse.tokens.base import Vocabulary
from muse.tokens.melody import (
    MOST_BARS_COUNTED,
    MOST_VOICES,
    STYLES,
    Sheet,
    SheetBar,
    chord_names,
    flatten,
    melody_vocabulary,
    pitch_anchor,
    tempo_bin,
)
from muse.tokens.melody_reading import read_sheet, score_of_sheet
from muse.works.score import Note, Score


@dataclass(frozen=True)
class MelodyTokenizer:
    """Scores of one to four monophonic voices, with chord symbols, as ids."""

    @property
    def vocabulary(self) -> Vocabulary:
        return melody_vocabulary()

    def encode(self, work: Score) -> list[int]:
        """The ids of a score.

        Raises:
            ValueError: if a part is not monophonic, there are more than four, or a meter is
                not one of `METERS`.
        """
        return flatten(self.sheet(work))

    def decode(self, ids: Iterable[int]) -> Score:
        """The score that the ids say; whatever makes no sense is passed over."""
        return score_of_sheet(read_sheet(ids))

    def header(self, score: Score, tempo: bool = True) -> list[int]:
        """The ids before the first bar, without BOS."""
        ids, voices = melody_vocabulary(), len(score.parts)
        if not 1 <= voices <= MOST_VOICES:
            raise ValueError(f"the tokens hold 1 to {MOST_VOICES} parts, not {voices}")
        names = [f"Style_{score.style}"] if score.style in STYLES else []
        names += [f"Meter_{score.meter}", f"Mode_{score.key.mode}", f"Tonic_{score.key.tonic}"]
        names += [f"Tempo_{tempo_bin(score.tempo)}"] if tempo else []
        names += ["Chords"] if score.chords else []
        names += [f"Voices_{voices}"] if voices > 1 else []
        if ids.get(f"Meter_{score.meter}") is None:
            raise ValueError(f"the tokens do not know the meter {score.meter}; they know {METERS}")
        return [ids[name] for name in names]

    def sheet(self, score: Score, tempo: bool = True) -> Sheet:
        """The score as ids in bars and lines. Raises ValueError as `encode` does."""
        ids = melody_vocabulary()
        for number, part in enumerate(score.parts, 1):
            if not part.monophonic:
                raise ValueError(f"part {number} sounds several notes at once; take its melody")
        sheet = Sheet(self.header(score, tempo))
        meter, key, voices = score.meter, score.key, len(score.parts)
        grid = score.grid()
        lengths = dict(score.meters)
        for bar in grid:
            left = min(score.bars - max(bar.number, 1) + 1, MOST_BARS_COUNTED)
            head = [ids[f"Bar_-{left}"]] if bar.number else [ids["Pickup"]]
            start = bar.meter.bar_ticks - (bar.end - bar.start)
            if bar.number == 0:
                head.append(ids[f"End_{start}"])
            if bar.number > 1 and lengths.get(bar.number, meter) != meter:
                head.append(ids.get(f"Meter_{bar.meter}") or _unknown_meter(bar.meter))
            if score.key_at(bar.start) != key:
                key = score.key_at(bar.start)
                head += [ids[f"Mode_{key.mode}"], ids[f"Tonic_{key.tonic}"]]
            meter = bar.meter
            lines: list[list[int] | None] = []
            if score.chords:
                lines.append(_chord_line(score, bar.start, bar.end, start, key))
            for number, part in enumerate(score.parts, 1):
                marker = [ids[f"Voice_{number}"]] if voices > 1 else []
                lines.append(marker + _note_line(part.notes, bar.start, bar.end, start, key))
            sheet.bars.append(SheetBar(head, lines, bar.meter.bar_ticks, start))
        return sheet


def _unknown_meter(meter: Meter) -> int:
    raise ValueError(f"the tokens do not know the meter {meter}; they know {', '.join(METERS)}")


def _note_line(notes: tuple[Note, ...], start: int, end: int, at: int, key: Key) -> list[int]:
    """Segments of a voice in the bar [start, end) of the score, whose first tick is `at`."""
    ids, anchor, line = melody_vocabulary(), pitch_anchor(key), []
    shift, now = at - start, start
    for note in notes:
        if note.end <= start:
            continue
        if note.start >= end:
            break
        if note.start > now:
            line += [ids["Rest"], ids[f"End_{note.start + shift}"]]
        begun = note.start >= start
        line.append(ids[f"Pitch_{note.pitch - anchor:+d}"] if begun else ids["Tie"])
        now = min(note.end, end)
        line.append(ids[f"End_{now + shift}"])
    if now < end:
        line += [ids["Rest"], ids[f"End_{end + shift}"]]
    return line


def _chord_line(score: Score, start: int, end: int, at: int, key: Key) -> list[int]:
    """Segments of the chord symbols in the bar [start, end) of the score."""
    ids, line = melody_vocabulary(), []
    inside = [mark for mark in score.chords if start <= mark.start < end]
    if not inside or inside[0].start > start:
        stop = inside[0].start if inside else end
        held = any(mark.start < start for mark in score.chords)
        line += [ids["Tie"] if held else ids["Chord_none"], ids[f"End_{stop + at - start}"]]
    stops = [mark.start for mark in inside[1:]] + [end]
    for mark, stop in zip(inside, stops):
        if stop > mark.start:
            line += [ids[name] for name in chord_names(mark.chord, key)]
            line.append(ids[f"End_{stop + at - start}"])
    return line
