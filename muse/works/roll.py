"""A piano roll of a score as one self-contained SVG: no script, no style sheet, no font.

Every colour is of middle lightness or nearly transparent, so that the roll reads on a light page
and on a dark one; nothing is painted behind it. Bars run in rows, as they do on paper.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from muse.theory.keys import Key
from muse.works.score import Bar, Note, Score
from muse.works.wording import pitch_name, plain, pretty, text_width

PART_COLOURS = (
    "#2f80ed", "#e8743b", "#19a979", "#a855c9", "#d6455d", "#c79a1b", "#0fa3b1", "#7a8b3c",
)  # fmt: skip
"""One a part, in turn; each stands out from white and from black."""

MOST_BARS = 192
"""A longer score is drawn up to here, and says so."""

_INK, _CHORD_INK, _SHADE, _TONIC = "#7d858e", "#8f6fd0", "#808890", "#d9a021"
_LEFT, _RIGHT = 40.0, 10.0
_ROWS_OF_BARS = (16, 12, 8, 6, 5, 4, 3, 2, 1)


@dataclass(frozen=True)
class _Frame:
    """Where things stand inside one row of bars; pixels, `y` counted from the top of the row."""

    bars: tuple[Bar, ...]
    tick_width: float
    highest: int
    lowest: int
    step: float
    roof: float

    @property
    def start(self) -> int:
        return self.bars[0].start

    @property
    def end(self) -> int:
        return self.bars[-1].end

    def x(self, tick: int) -> float:
        return _LEFT + (tick - self.start) * self.tick_width

    def y(self, pitch: int) -> float:
        return self.roof + (self.highest - pitch) * self.step

    @property
    def floor(self) -> float:
        return self.y(self.lowest - 1)


def piano_roll_svg(score: Score, *, width: int = 900, heading: bool = True) -> str:
    """The score as a picture of its notes over time.

    Rows of the scale are shaded, the tonic's in gold; chord symbols stand along the top, bar
    numbers at the bar lines, syllables under their row of bars, pitch names at the left. Each
    note is one `<rect>`, coloured by part, and says its name to a resting pointer; what is held
    over the end of a row goes on as a `<path>`.

    Args:
        score: what to draw, up to `MOST_BARS` bars.
        width: in pixels; the height follows.
        heading: whether the title stands above.

    Returns:
        An SVG document without an XML declaration, fit to stand inside HTML.
    """
    frames = _frames(score, width)
    out: list[str] = []
    top = 4.0
    if (heading and score.title) or len(score.parts) > 1:
        out.append(_heading(score, width, titled=heading))
        top = 30.0
    verses = [part for part in score.parts if any(note.lyric for note in part.notes)]
    for frame in frames:
        out.append(f'<g transform="translate(0 {_short(top)})">')
        out += _background(score, frame)
        for number in reversed(range(len(score.parts))):  # the lead lies on top
            colour = PART_COLOURS[number % len(PART_COLOURS)]
            out += _notes(score.parts[number].notes, frame, score, colour)
        for lane, part in enumerate(verses):
            out += _verse(part.notes, frame, frame.floor + 11 + 13 * lane)
        out.append("</g>")
        top += frame.floor + 13 * len(verses) + 12
    left_out = score.bars - frames[-1].bars[-1].number
    if left_out > 0:
        out.append(_text(_LEFT, top + 6, f"… and {left_out:,} more bars", 11, _INK))
        top += 14
    height = round(top - 4)
    label = escape(plain(score.title) or "a score")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" '
        f'aria-label="Piano roll of {label}" font-family="Helvetica,Arial,sans-serif">'
        + "".join(out)
        + "</svg>"
    )


def _frames(score: Score, width: int) -> list[_Frame]:
    """Rows of bars, with one scale of time and of pitch for all of them."""
    bars = [bar for bar in score.grid() if bar.number <= MOST_BARS]
    end, room = bars[-1].end, width - _LEFT - _RIGHT
    notes = [note for part in score.parts for note in part.notes if note.start < end]
    longest = max(bar.end - bar.start for bar in bars)
    fit = room / max(95.0, longest * _needed_tick_width(score, notes))
    full = len(bars) - (bars[0].number == 0)
    count = next((n for n in _ROWS_OF_BARS if n <= fit), 1)
    count = full if full <= fit else count
    if 0 < full % count < count / 3:  # no lonely last bar: rows of even length instead
        count = math.ceil(full / math.ceil(full / count))
    first = count + (bars[0].number == 0)
    rows = [bars[:first]] + [bars[at : at + count] for at in range(first, len(bars), count)]
    pitches = [note.pitch for note in notes] or [60, 72]
    low, high = min(pitches) - 1, max(pitches) + 1
    spare = max(0, 11 - (high - low))
    low, high = low - spare // 2, high + (spare + 1) // 2
    step = max(4.5, min(9.0, 150 / (high - low + 1)))
    tick_width = room / max(row[-1].end - row[0].start for row in rows)
    roof = 30.0 if any(mark.start < end for mark in score.chords) else 15.0
    return [_Frame(tuple(row), tick_width, high, low, step, roof) for row in rows]


def _needed_tick_width(score: Score, notes: list[Note]) -> float:
    """Pixels a tick takes so that short notes, chord symbols and syllables find room."""
    needs = sorted(5 / note.length for note in notes)
    needs = needs[: len(needs) * 9 // 10]
    for part in score.parts:
        sung = [note for note in part.notes if note.lyric]
        widths = [
            (text_width(a.lyric, 10) + 3) / max(1, b.start - a.start)
            for a, b in zip(sung, sung[1:])
        ]
        needs += sorted(widths)[: len(widths) * 9 // 10 + 1]
    marks = [
        (text_width(str(a.chord or "N.C."), 12) + 4) / max(1, b.start - a.start)
        for a, b in zip(score.chords, score.chords[1:])
    ]
    return max([0.0, *needs, *sorted(marks)[: len(marks) * 9 // 10 + 1]])


def _heading(score: Score, width: int, *, titled: bool) -> str:
    """Title at the left, names of the parts in their colours at the right."""
    title = ""
    if titled and score.title:
        title = _text(_LEFT, 17, plain(score.title, 60), 15, _INK, 'font-weight="bold"')
    if len(score.parts) < 2:
        return title
    names = [plain(part.name, 24) or f"Part {n}" for n, part in enumerate(score.parts[:8], 1)]
    x, legend = width - _RIGHT, ""
    for number in reversed(range(len(names))):
        colour = PART_COLOURS[number]
        legend += _text(x, 17, names[number], 11, colour, 'text-anchor="end"')
        x -= text_width(names[number], 11) + 12
    return title + legend


def _background(score: Score, frame: _Frame) -> Iterable[str]:
    """Scale rows, beats, bar lines and numbers, pitch names, chord symbols of one row."""
    changes = [tick for tick, _ in score.keys if frame.start < tick < frame.end]
    edges = [frame.start, *changes, frame.end]
    scale, tonic = "", ""
    for start, end in zip(edges, edges[1:]):
        key, across = score.key_at(start), _short((end - start) * frame.tick_width)
        for pitch in range(frame.lowest, frame.highest + 1):
            place = f"M{_short(frame.x(start))} {_short(frame.y(pitch))}"
            box = f"{place}h{across}v{_short(frame.step)}h-{across}z"
            if pitch % 12 == key.tonic:
                tonic += box
            elif pitch % 12 in key.pitch_classes:
                scale += box
    yield f'<path d="{scale}" fill="{_SHADE}" fill-opacity=".13"/>'
    yield f'<path d="{tonic}" fill="{_TONIC}" fill-opacity=".22"/>'
    tall = _short(frame.floor - frame.roof)
    beats = "".join(
        f"M{_short(frame.x(tick))} {_short(frame.roof)}v{tall}"
        for bar in frame.bars
        for tick in range(bar.start + bar.meter.beat_ticks, bar.end, bar.meter.beat_ticks)
        if bar.number
    )
    lines = "".join(
        f"M{_short(frame.x(tick))} {_short(frame.roof)}v{tall}"
        for tick in [*(bar.start for bar in frame.bars), frame.end]
    )
    yield f'<path d="{beats}" stroke="{_INK}" stroke-opacity=".18"/>'
    yield f'<path d="{lines}" stroke="{_INK}" stroke-opacity=".6"/>'
    yield f'<g fill="{_INK}" font-size="9">'
    for bar in frame.bars:
        if bar.number:
            yield _text(frame.x(bar.start) + 1, 10, str(bar.number))
    yield "</g>"
    yield f'<g fill="{_INK}" font-size="9" text-anchor="end">'
    key = score.key_at(frame.start)
    for pitch in _labelled(key, frame):
        yield _text(_LEFT - 5, frame.y(pitch) + frame.step / 2 + 3, pitch_name(pitch, key))
    yield "</g>"
    yield f'<g fill="{_CHORD_INK}" font-size="12" font-weight="bold">'
    marks = [m for m in score.chords if frame.start < m.start < frame.end]
    held = score.chord_at(frame.start)
    symbols = [(frame.start, held)] if held else []
    for tick, chord in symbols + [(mark.start, mark.chord) for mark in marks]:
        symbol = pretty(chord.text(score.key_at(tick))) if chord else "N.C."
        yield _text(frame.x(tick) + 1, frame.roof - 5, symbol)
    yield "</g>"


def _labelled(key: Key, frame: _Frame) -> list[int]:
    """Pitches to name at the left: the tonic first, then fifth, third and the rest that fit."""
    pitches = range(frame.lowest, frame.highest + 1)
    chosen: list[int] = []
    third = 3 if (key.tonic + 3) % 12 in key.pitch_classes else 4
    for interval in (0, 7, third, 2, 5, 9, 8, 11, 10):
        for pitch in pitches:
            named = (pitch - key.tonic) % 12 == interval and pitch % 12 in key.pitch_classes
            if named and all(abs(pitch - other) * frame.step >= 9.5 for other in chosen):
                chosen.append(pitch)
    return chosen


def _notes(notes: tuple[Note, ...], frame: _Frame, score: Score, colour: str) -> Iterable[str]:
    """The notes of a part that sound in this row."""
    yield f'<g fill="{colour}">'
    starts = [bar.start for bar in frame.bars]
    tall, round_ = _short(frame.step - 0.6), _short(min(2.0, frame.step / 3))
    for note in notes:
        if note.start >= frame.end or note.end <= frame.start:
            continue
        left, top = frame.x(max(note.start, frame.start)), frame.y(note.pitch) + 0.3
        across = _short(max(1.5, frame.x(min(note.end, frame.end)) - left - 0.8))
        if note.start < frame.start:
            yield f'<path d="M{_short(left)} {_short(top)}h{across}v{tall}h-{across}z"/>'
            continue
        bar = frame.bars[bisect_right(starts, note.start) - 1].number
        name = pitch_name(note.pitch, score.key_at(note.start))
        yield (
            f'<rect x="{_short(left)}" y="{_short(top)}" width="{across}" height="{tall}" '
            f'rx="{round_}"><title>{name}, bar {bar}</title></rect>'
        )
    yield "</g>"


def _verse(notes: tuple[Note, ...], frame: _Frame, y: float) -> Iterable[str]:
    """The syllables sung in this row, on one line."""
    yield f'<g fill="{_INK}" font-size="10">'
    for note in notes:
        if note.lyric and frame.start <= note.start < frame.end:
            yield _text(frame.x(note.start), y, plain(note.lyric, 40))
    yield "</g>"


def _text(
    x: float, y: float, text: str, size: float | None = None, fill: str = "", more: str = ""
) -> str:
    """A `<text>` element; `text` is escaped here."""
    style = f' font-size="{size:g}" fill="{fill}" {more}' if size else ""
    return f'<text x="{_short(x)}" y="{_short(y)}"{style}>{escape(text)}</text>'


def _short(number: float) -> str:
    """A coordinate to a tenth of a pixel, in as few characters as will do."""
    return f"{number:.1f}".removesuffix(".0")
