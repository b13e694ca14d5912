"""Scores that the tokens can say in full, made by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from muse.theory.chords import QUALITIES, Chord
from muse.theory.keys import MODES, Key
from muse.theory.meter import METERS, Meter
from muse.tokens.melody import MOST_VOICES, STYLES
from muse.works.score import ChordMark, Note, Part, Score

PITCH_CLASSES = st.integers(0, 11)
KEYS = st.builds(Key, PITCH_CLASSES, st.sampled_from(sorted(MODES)))
METER = st.sampled_from(METERS).map(Meter.parse)

LENGTHS = st.sampled_from([3, 4, 6, 8, 9, 12, 16, 18, 24, 36, 48, 72, 96, 130]) | st.integers(1, 40)
"""Note lengths in ticks: thirty-seconds, triplets, dotted values, ties over bar lines, oddities."""


@st.composite
def chords(draw: st.DrawFn) -> Chord:
    """Any chord of the tokens, inverted or not."""
    root, bass = draw(PITCH_CLASSES), draw(st.none() | PITCH_CLASSES)
    return Chord(root, draw(st.sampled_from(sorted(QUALITIES))), None if bass == root else bass)


@st.composite
def lines(draw: st.DrawFn, length: int) -> Part:
    """A monophonic part that fills some of `length` ticks."""
    notes, at = [], 0
    for rest, ticks, pitch in draw(
        st.lists(st.tuples(st.just(0) | LENGTHS, LENGTHS, st.integers(0, 127)), max_size=14)
    ):
        start = at + rest
        if start + ticks > length:
            break
        notes.append(Note(start, ticks, pitch))
        at = start + ticks
    return Part(tuple(notes))


@st.composite
def changes(draw: st.DrawFn, first: int, places: list[int], values: st.SearchStrategy) -> tuple:
    """(place, value), the first at `first`, each other than the one before."""
    found = [(first, draw(values))]
    for place in sorted(draw(st.sets(st.sampled_from(places), max_size=3))) if places else []:
        value = draw(values)
        if value != found[-1][1]:
            found.append((place, value))
    return tuple(found)


@st.composite
def scores(draw: st.DrawFn, most_bars: int = 6, most_voices: int = MOST_VOICES) -> Score:
    """A score with all that the tokens know: see `muse/tokens/melody.py`."""
    bars = draw(st.integers(1, most_bars))
    meters = draw(changes(1, list(range(2, bars + 1)), METER))
    pickup = draw(st.just(0) | st.integers(1, meters[0][1].bar_ticks - 1))
    frame = Score((Part(),), bars, meters, pickup=pickup)
    starts = [bar.start for bar in frame.grid()[1:]]
    keys = draw(changes(0, starts, KEYS))
    marks: list[ChordMark] = []
    ticks = draw(st.just([]) | st.lists(st.integers(0, frame.length - 1), max_size=8, unique=True))
    for tick in sorted(ticks):
        marks.append(ChordMark(tick, draw(st.none() | chords()) if marks else draw(chords())))
    voices = draw(st.integers(1, most_voices))
    parts = tuple(draw(lines(frame.length)) for _ in range(voices))
    tempo = draw(st.floats(30, 300))
    style = draw(st.sampled_from(["", *STYLES]))
    return Score(
        parts, bars, meters, keys, ((0, tempo),), tuple(marks), pickup, style=style
    )  # fmt: skip
