"""Random scores for round trips, and what two scores have to share to be the same.

A score is drawn from a seed: drawing every note by hypothesis would take most of the test's time.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from muse.theory.chords import QUALITIES, Chord
from muse.theory.keys import MODES, Key
from muse.theory.meter import Meter
from muse.works.score import ChordMark, Note, Part, Score

METERS = [Meter.parse(m) for m in ("4/4", "3/4", "2/4", "6/8", "9/8", "2/2", "5/4", "7/8", "3/8")]
KEYS = [Key(tonic, mode) for tonic in range(12) for mode in MODES]
CHORDS = [None] + [Chord(root, quality) for root in range(12) for quality in QUALITIES]
SYLLABLES = ["", "", "sea", "win-", "ter", "o'er", "千", "100%", "a-b", "oh!", "two words"]


def content(score: Score) -> dict[str, object]:
    """All that ABC keeps of a score: everything but velocities, which MusicXML keeps too."""
    fields = {name: getattr(score, name) for name in score.__dataclass_fields__}
    fields["parts"] = [
        (p.name, p.program, [replace(note, velocity=80) for note in sorted(p.notes)])
        for p in score.parts
    ]
    fields["provenance"] = dict(score.provenance)
    return fields


def cut_ticks(random: Random, score: Score) -> list[int]:
    """Ticks where notes may start: multiples of 3, or of 4 inside one division of the bar."""
    cuts = {0, score.length}
    for bar in score.grid():
        origin, size = bar.end - bar.meter.bar_ticks, bar.meter.division_ticks
        for low in range(origin, bar.end, size):
            places = range(0, size, random.choice([3, 4, 6, 6, 12, 12, 24]))
            chosen = random.sample(places, min(len(places), random.randint(0, 4)))
            cuts |= {low + place for place in chosen if bar.start <= low + place}
    return sorted(cuts)


def random_part(random: Random, score: Score) -> Part:
    """A monophonic part on the notatable grid with at least one note."""
    cuts = cut_ticks(random, score)
    notes: list[Note] = []
    for low, high in zip(cuts, cuts[1:]):
        kind = random.choice(["note", "note", "rest", "longer"])
        if kind == "longer" and notes and notes[-1].end == low:
            notes[-1] = replace(notes[-1], length=high - notes[-1].start)
        elif kind != "rest" or (high == score.length and not notes):
            lyric = random.choice(SYLLABLES)
            pitch, velocity = random.randint(36, 96), random.randint(1, 127)
            notes.append(Note(low, high - low, pitch, velocity, lyric))
    return Part(tuple(notes), random.choice(["", "Flute", "Trumpet 1"]), random.randint(0, 127))


def random_score(seed: int, parts: int = 1) -> Score:
    """A score with monophonic parts, a pick-up, and changes of meter, key, tempo and chord."""
    random = Random(seed)
    bars = random.randint(1, 6)
    first = random.choice(METERS)
    meters = {1: first, random.randint(1, bars): random.choice([first, *METERS])}
    pickup = random.choice([0, 0, 6, 12, 16, 18, 24, 30])
    score = Score(
        (Part(),), bars, _changes(meters, 1), pickup=pickup if pickup < meters[1].bar_ticks else 0
    )
    made = tuple(random_part(random, score) for _ in range(random.randint(1, parts)))
    ticks = cut_ticks(random, score)[:-1]
    some = [random.sample(ticks, min(len(ticks), random.randint(0, 4))) for _ in range(3)]
    return replace(
        score,
        parts=made,
        keys=_changes({tick: random.choice(KEYS) for tick in [0, *some[0][:2]]}, 0),
        tempos=_changes({t: random.randint(3000, 25000) / 100 for t in [0, *some[1][:2]]}, 0),
        chords=tuple(ChordMark(tick, random.choice(CHORDS)) for tick in sorted(some[2])),
        title=random.choice(["", "The Sea", "50% of a Reel", 'A "Jig", The', "海"]),
        style=random.choice(["", "jig"]),
        composer=random.choice(["", "Anna & Ben <x>"]),
        provenance=random.choice([{}, {"model": "melody", "seed": 7, "data": ["a%b", "é"]}]),
    )


def scores(parts: int = 1) -> st.SearchStrategy[Score]:
    """Random scores with up to so many parts."""
    return st.builds(lambda seed: random_score(seed, parts), st.integers(0, 2**32))


def _changes(table: dict[int, Any], first: int) -> tuple[tuple[int, Any], ...]:
    """A table of changes in order that starts at `first`, without those that change nothing."""
    kept = [(first, table[first])]
    for at in sorted(table):
        if table[at] != kept[-1][1]:
            kept.append((at, table[at]))
    return tuple(kept)
