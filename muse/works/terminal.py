"""A score as plain text: a small piano roll made of signs, for the terminal."""

from __future__ import annotations

from bisect import bisect_right
from textwrap import wrap

from muse.theory.chords import Chord
from muse.theory.meter import TICKS_PER_WHOLE
from muse.works.score import Bar, Note, Score
from muse.works.wording import facts, pitch_name, plain, pretty

COLUMNS = 100
"""No line is longer."""

MOST_BARS = 64
"""A longer score is shown up to here, and says so."""

_LABEL = 5
_SIGNS = (("●", "━"), ("◆", "─"), ("■", "═"), ("▲", "╌"))
"""Onset and held cells of the parts, in turn."""


def score_text(score: Score) -> str:
    """The score as lines of at most `COLUMNS` characters.

    A line of facts, then rows of bars: bar numbers and chord symbols above, a line for each
    pitch of the scale in use (and each other one that sounds), `●` where a note begins and `━`
    while it is held, `·` on empty beats; sung words below.
    """
    grid = [bar for bar in score.grid() if bar.number <= MOST_BARS]
    cell = _cell_ticks(score, grid)
    lines = _wrapped(" · ".join([plain(score.title, 60)] * bool(score.title) + facts(score)))
    for row in _rows(grid, cell):
        lines += ["", *_row_lines(score, row, cell)]
    if score.bars > grid[-1].number:
        lines += ["", f"… and {score.bars - grid[-1].number:,} more bars"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cell_ticks(score: Score, bars: list[Bar]) -> int:
    """Ticks that a column stands for: the coarsest that most notes keep to and a bar fits."""
    onsets = [n.start - score.pickup for part in score.parts for n in part.notes]
    most = 0.95 * len(onsets)
    units = [TICKS_PER_WHOLE // bar.meter.denominator for bar in bars]
    grids = [ticks for ticks in (24, 12, 6, 8, 4, 3) if all(unit % ticks == 0 for unit in units)]
    kept = [ticks for ticks in grids if sum(onset % ticks == 0 for onset in onsets) >= most]
    cell = kept[0] if kept else grids[-1]
    longest = max(bar.end - bar.start for bar in bars)
    while longest / cell > COLUMNS - _LABEL - 2:
        cell *= 2
    side_by_side = min(8, len(bars))
    roomy = cell % 2 == 0 and side_by_side * (2 * longest / cell + 1) < COLUMNS - _LABEL - 2
    return cell // 2 if roomy else cell


def _columns(bar: Bar, cell: int) -> int:
    return -(-(bar.end - bar.start) // cell)


def _rows(bars: list[Bar], cell: int) -> list[list[Bar]]:
    """Bars in rows that fit the line, at most eight to a row and of even number."""
    longest = max(_columns(bar, cell) for bar in bars)
    fit = min(8, (COLUMNS - _LABEL - 1) // (longest + 1))
    fit = next(count for count in (8, 6, 4, 3, 2, 1) if count <= max(1, fit))
    opening = bars[0].number == 0 and len(bars) > 1
    used = sum(_columns(bar, cell) + 1 for bar in bars[: fit + opening]) + _LABEL + 1
    if opening and used > COLUMNS:  # the pick-up leaves no room for its neighbours: a row alone
        return [bars[:1]] + [bars[at : at + fit] for at in range(1, len(bars), fit)]
    first = fit + opening
    return [bars[:first]] + [bars[at : at + fit] for at in range(first, len(bars), fit)]


def _row_lines(score: Score, bars: list[Bar], cell: int) -> list[str]:
    """The lines of one row: numbers, chords, pitches from high to low, words."""
    starts, places, column = [bar.start for bar in bars], [], _LABEL + 1
    for bar in bars:
        places.append(column)
        column += _columns(bar, cell) + 1

    def place(tick: int) -> int:
        """The column in which `tick` lies."""
        number = max(0, bisect_right(starts, tick) - 1)
        return places[number] + (tick - starts[number]) // cell

    start, end = bars[0].start, bars[-1].end
    sounding = [
        (number, note)
        for number, part in enumerate(score.parts)
        for note in part.notes
        if note.start < end and note.end > start
    ]
    key = score.key_at(start)
    pitches = {note.pitch for _, note in sounding}
    if pitches:
        whole = range(min(pitches), max(pitches) + 1)
        pitches |= {pitch for pitch in whole if pitch % 12 in key.pitch_classes}
    ruled = [" "] * column
    for bar, at in zip(bars, places):
        for tick in range(bar.start, bar.end, bar.meter.beat_ticks):
            ruled[place(tick)] = "·" if bar.number else " "
        ruled[at - 1] = "│"
    ruled[-1] = "│"
    lines = {pitch: list(ruled) for pitch in sorted(pitches, reverse=True)}
    for number, note in reversed(sounding):
        onset, held = _SIGNS[number % len(_SIGNS)]
        first, last = place(max(note.start, start)), place(min(note.end, end) - 1)
        for at in range(first, last + 1):
            if at + 1 not in places:
                lines[note.pitch][at] = held
        lines[note.pitch][first] = onset if note.start >= start else held
    numbers = [(place(bar.start), str(bar.number)) for bar in bars if bar.number]
    held_chord = score.chord_at(start)
    marks: list[tuple[int, Chord | None]] = [(start, held_chord)] if held_chord else []
    marks += [(mark.start, mark.chord) for mark in score.chords if start < mark.start < end]
    symbols = [
        (place(tick), pretty(chord.text(score.key_at(tick))) if chord else "N.C.")
        for tick, chord in marks
    ]
    text = [_set_line(numbers)]
    text += [_set_line(symbols)] * bool(symbols)
    text += [
        f"{pitch_name(p, key):>{_LABEL}}" + "".join(line[_LABEL:]) for p, line in lines.items()
    ]
    return text + _words([note for _, note in sounding if note.start >= start])


def _set_line(words: list[tuple[int, str]]) -> str:
    """Words at their columns; one that would run into another moves right by a space."""
    line = ""
    for column, word in words:
        line = line.ljust(column if len(line) < column or not line else len(line) + 1)
        line += word
    return line[:COLUMNS]


def _words(notes: list[Note]) -> list[str]:
    """What is sung in a row, as running text."""
    sung = " ".join(plain(note.lyric, 40) for note in notes if note.lyric)
    return _wrapped(sung, " " * (_LABEL + 1))


def _wrapped(text: str, indent: str = "") -> list[str]:
    """Lines that fit; half as many characters where there are wide ones, Chinese for one."""
    columns = COLUMNS // 2 if any(ord(letter) > 0x2E7F for letter in text) else COLUMNS
    return wrap(text, columns, initial_indent=indent, subsequent_indent=indent)
