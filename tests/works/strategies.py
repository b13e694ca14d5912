"""Hypothesis strategies for scores, and what two scores have to share to be the same."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from muse.theory.chords import QUALITIES, Chord
from muse.theory.keys import MODES, Key
from muse.theory.meter import Meter
from muse.works.score import ChordMark, Note, Part, Score

METERS = [Meter.parse(m) for m in ("4/4", "3/4", "2/4", "6/8", "9/8", "2/2", "5/4", "7/8", "3/8")]
KEYS = [Key(tonic, mode) for tonic in range(12) for mode in MODES]
CHORDS = [Chord(root, quality) for root in range(12) for quality in QUALITIES]
SYLLABLES = ["", "", "sea", "win-", "ter", "o'er", "千", "100%", "a-b", "oh!"]


def content(score: Score) -> dict[str, object]:
    """All that ABC and MusicXML keep of a score: everything but velocities."""
    fields = {name: getattr(score, name) for name in score.__dataclass_fields__}
    fields["parts"] = [
        (p.name, p.program, [replace(note, velocity=80) for note in sorted(p.notes)])
        for p in score.parts
    ]
    fields["provenance"] = dict(score.provenance)
    return fields


@st.composite
def cut_ticks(draw: st.DrawFn, score: Score) -> list[int]:
    """Ticks where notes may start: multiples of 3, or of 4 inside one division of the bar."""
    cuts = {0, score.length}
    for bar in score.grid():
        origin, size = bar.end - bar.meter.bar_ticks, bar.meter.division_ticks
        for low in range(origin, bar.end, size):
            step = draw(st.sampled_from([3, 4, 6, 6, 12, 12, 24]))
            chosen = draw(st.sets(st.sampled_from(range(0, size, step)), max_size=4))
            cuts |= {low + place for place in chosen if bar.start <= low + place}
    return sorted(cuts)


@st.composite
def parts(draw: st.DrawFn, score: Score) -> Part:
    """A monophonic part on the notatable grid with at least one note."""
    cuts = draw(cut_ticks(score))
    notes: list[Note] = []
    for low, high in zip(cuts, cuts[1:]):
        kind = draw(st.sampled_from(["note", "note", "rest", "longer"]))
        if kind == "longer" and notes and notes[-1].end == low:
            notes[-1] = replace(notes[-1], length=high - notes[-1].start)
        elif kind != "rest" or (high == score.length and not notes):
            pitch, lyric = draw(st.integers(36, 96)), draw(st.sampled_from(SYLLABLES))
            notes.append(Note(low, high - low, pitch, draw(st.integers(1, 127)), lyric))
    return Part(tuple(notes), draw(st.sampled_from(["", "Flute", "Voice 1"])), draw(st.integers(0, 127)))


@st.composite
def scores(draw: st.DrawFn, most_parts: int = 1) -> Score:
    """Scores with monophonic parts, pick-ups, and changes of meter, key, tempo and chord."""
    bars = draw(st.integers(1, 5))
    meters = {1: draw(st.sampled_from(METERS))}
    if draw(st.booleans()):
        meters[draw(st.integers(1, bars))] = draw(st.sampled_from(METERS))
    ordered = sorted(meters.items(), key=lambda change: change[0])
    if len(ordered) == 2 and ordered[0][1] == ordered[1][1]:
        ordered.pop()
    pickup = draw(st.sampled_from([0, 0, 6, 12, 16, 18, 24, 30]))
    score = Score(
        (Part(),), bars, tuple(ordered), pickup=pickup if pickup < ordered[0][1].bar_ticks else 0
    )
    score = replace(score, parts=tuple(draw(st.lists(parts(score), min_size=1, max_size=most_parts))))
    ticks = st.sampled_from(draw(cut_ticks(score))[:-1])
    chords = draw(st.dictionaries(ticks, st.sampled_from([*CHORDS, None]), max_size=4))
    return replace(
        score,
        keys=_changes(draw(st.sampled_from(KEYS)), draw(st.dictionaries(ticks, st.sampled_from(KEYS), max_size=2))),
        tempos=_changes(
            float(draw(st.integers(30, 250))),
            draw(st.dictionaries(ticks, st.integers(3000, 25000).map(lambda t: t / 100), max_size=2)),
        ),
        chords=tuple(ChordMark(tick, chords[tick]) for tick in sorted(chords)),
        title=draw(st.sampled_from(["", "The Sea", "50% of a Reel", 'A "Jig", The', "海"])),
        style=draw(st.sampled_from(["", "jig"])),
        composer=draw(st.sampled_from(["", "Anna & Ben <x>"])),
        provenance=draw(st.sampled_from([{}, {"model": "melody", "seed": 7, "data": ["a%b"]}])),
    )  # fmt: skip


def _changes(first, later):  # type: ignore[no-untyped-def]
    """A table of (tick, value) that starts at 0, without changes that change nothing."""
    table = [(0, first)]
    for tick in sorted(later):
        if tick and later[tick] != table[-1][1]:
            table.append((tick, later[tick]))
    return tuple(table)
