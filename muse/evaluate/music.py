"""Statistics of melodies: pitch, rhythm, repetition and form of one Score, each as one number.

Conventions:
    * Every measure is of the melody, the first part, and is nan where it is not defined (no
      notes, a single bar): a nan is left out of means and histograms, and counted.
    * Pitch is in semitones, time in quarter notes, entropy in bits. A note belongs to the bar in
      which it starts. A pick-up is a bar for pitch, but not for rhythm and form.
    * Entropy and grooving are those of Wu and Yang 2020 ("The Jazz Transformer on the front
      line"), over all windows and all pairs of bars, but counted on our grid: their 64 positions
      of a bar are here one for every 3 ticks (a thirty-second), 32 in 4/4; bars are compared with
      bars of their own length only.
    * The structureness indicator is theirs, too: the greatest fitness (Mueller, Jiang and Grosche
      2013) of a segment within a range of lengths. Adapted: fitness is computed from the score,
      not from sound, and on bars: two bars are alike by the share of their notes (place in
      the bar and pitch) that they have in common; alike by less than half counts as -2, their
      penalty; paths run bar by bar (no stretching in time), for scores have no rubato. Lengths are
      in bars, not seconds: short 2 to 3 bars, mid 4 to 7, long 8 and more (theirs: 3 to 8, 8 to 15,
      and over 15 seconds; a bar of 4/4 at 120 is two seconds). Exact repetition in another key
      or octave is not found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from muse.theory.keys import SCALES, Key
from muse.theory.meter import TICKS_PER_QUARTER
from muse.works.score import Bar, Score

POSITION_TICKS = 3
UNLIKE = -2.0
SEGMENT_BARS = {"short": (2, 3), "mid": (4, 7), "long": (8, 10**9)}

BarNotes = frozenset[tuple[int, int]]
"""(tick in the bar, MIDI pitch) of the notes that start in a bar."""


def statistics(score: Score) -> dict[str, float]:
    """All measures of a score, by name; the names carry the units."""
    forms = structureness(score)
    return {
        "pitch_class_entropy_1_bar_bits": pitch_class_entropy(score, 1),
        "pitch_class_entropy_4_bars_bits": pitch_class_entropy(score, 4),
        "grooving_similarity": grooving_similarity(score),
        "structureness_short": forms["short"],
        "structureness_mid": forms["mid"],
        "structureness_long": forms["long"],
        "pitch_range_semitones": pitch_range(score),
        "notes_per_quarter": note_density(score),
        "repeated_bars_share": repeated_bars(score),
        "longest_drone_notes": float(longest_drone(score)),
        "notes_in_scale_share": in_scale(score),
        "mean_interval_semitones": mean_interval(score),
    }


def bar_notes(score: Score) -> list[tuple[Bar, list[tuple[int, int]]]]:
    """Each bar with (tick in the bar, pitch) of the notes that start in it, in order."""
    notes, at, found = score.melody.notes, 0, []
    for bar in score.grid():
        inside = []
        while at < len(notes) and notes[at].start < bar.end:
            inside.append((notes[at].start - bar.start, notes[at].pitch))
            at += 1
        found.append((bar, inside))
    return found


def pitch_class_entropy(score: Score, bars: int) -> float:
    """Mean entropy, in bits, of the pitch classes in all runs of `bars` bars; 0 to 3.58.

    A piece that is shorter is one run. Runs without notes are left out.
    """
    counts = np.zeros((0, 12))
    rows = [
        np.bincount([pitch % 12 for _, pitch in inside], minlength=12)
        for _, inside in bar_notes(score)
    ]
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(rows, axis=0)])
    width = min(bars, len(rows))
    counts = sums[width:] - sums[:-width]
    counts = counts[counts.sum(axis=1) > 0]
    if not len(counts):
        return math.nan
    shares = counts / counts.sum(axis=1, keepdims=True)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    return float(-(shares * logs).sum(axis=1).mean())


def grooving_similarity(score: Score) -> float:
    """Mean share of positions, over all pairs of full bars, that agree on having an onset; 0 to 1."""
    by_length: dict[int, list[np.ndarray]] = {}
    for bar, inside in bar_notes(score):
        if bar.number:
            onsets = np.zeros(-(-(bar.end - bar.start) // POSITION_TICKS))
            onsets[[tick // POSITION_TICKS for tick, _ in inside]] = 1
            by_length.setdefault(len(onsets), []).append(onsets)
    total, pairs = 0.0, 0
    for positions, rows in by_length.items():
        grid = np.array(rows)
        agree = grid @ grid.T + (1 - grid) @ (1 - grid).T
        total += (agree.sum() - np.trace(agree)) / 2 / positions
        pairs += len(rows) * (len(rows) - 1) // 2
    return total / pairs if pairs else math.nan


def structureness(score: Score) -> dict[str, float]:
    """The greatest fitness of a short, a mid and a long segment; 0 (nothing recurs) to 1."""
    bars: list[BarNotes] = [frozenset(inside) for bar, inside in bar_notes(score) if bar.number]
    if len(bars) < 2:
        return dict.fromkeys(SEGMENT_BARS, math.nan)
    by_length = segment_fitness(bar_likeness(bars))
    return {
        name: max((by_length[n] for n in range(low, min(high, len(bars)) + 1)), default=0.0)
        for name, (low, high) in SEGMENT_BARS.items()
    }


def bar_likeness(bars: Sequence[BarNotes]) -> np.ndarray:
    """Share of notes that bars have in common (Jaccard's), `UNLIKE` below a half, (N, N).

    A bar without notes is like itself alone.
    """
    names = {note: place for place, note in enumerate(sorted(set().union(*bars)))}
    grid = np.zeros((len(bars), len(names)))
    for row, bar in enumerate(bars):
        grid[row, [names[note] for note in bar]] = 1
    both = grid @ grid.T
    sizes = np.diag(both)
    either = sizes[:, None] + sizes[None] - both
    share = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    likeness = np.where(share >= 0.5, share, UNLIKE)
    np.fill_diagonal(likeness, 1.0)
    return likeness


def segment_fitness(likeness: np.ndarray) -> list[float]:
    """The greatest fitness of the segments of each length 0 to N.

    For a segment of M bars, the family of disjoint runs of M bars that are together most like
    it is found by dynamic programming. Their likeness and the bars they cover, both less what the
    segment gives by being like itself, are made shares; fitness is the harmonic mean of the two.
    """
    count = len(likeness)
    best = [0.0] * (count + 1)
    for length in range(1, count // 2 + 1):
        starts = count - length + 1
        # runs[s, t]: likeness of the runs of bars that begin at s and at t.
        runs = np.zeros((starts, starts))
        for i in range(length):
            runs += likeness[i : i + starts, i : i + starts]
        score = np.zeros((count + 1, starts))  # of the best family within the first n bars
        covered = np.zeros((count + 1, starts))
        for end in range(1, count + 1):
            score[end], covered[end] = score[end - 1], covered[end - 1]
            if end >= length:
                with_run = score[end - length] + runs[:, end - length]
                better = with_run > score[end]
                score[end] = np.where(better, with_run, score[end])
                covered[end] = np.where(better, covered[end - length] + length, covered[end])
        total = np.maximum(covered[count], 1)
        likely = np.maximum(score[count] - length, 0) / total
        cover = np.maximum(covered[count] - length, 0) / count
        both = likely + cover
        fitness = np.divide(2 * likely * cover, both, out=np.zeros_like(both), where=both > 0)
        best[length] = float(fitness.max())
    return best


def pitch_range(score: Score) -> float:
    """Semitones from the lowest to the highest note."""
    pitches = [note.pitch for note in score.melody.notes]
    return float(max(pitches) - min(pitches)) if pitches else math.nan


def note_density(score: Score) -> float:
    """Notes that begin in each quarter note of the score's length, rests included."""
    return len(score.melody.notes) * TICKS_PER_QUARTER / score.length


def repeated_bars(score: Score) -> float:
    """Share of the full bars with notes whose notes, with their lengths, stood in an earlier one."""
    seen: set[tuple[tuple[int, int, int], ...]] = set()
    again = count = at = 0
    notes = score.melody.notes
    for bar in score.grid():
        begin = at
        while at < len(notes) and notes[at].start < bar.end:
            at += 1
        inside = tuple((n.start - bar.start, n.length, n.pitch) for n in notes[begin:at])
        if inside and bar.number:
            count += 1
            again += inside in seen
            seen.add(inside)
    return again / count if count else math.nan


def longest_drone(score: Score) -> int:
    """Most notes of one pitch in a row."""
    longest = run = 0
    last = None
    for note in score.melody.notes:
        run = run + 1 if note.pitch == last else 1
        longest, last = max(longest, run), note.pitch
    return longest


def home_pitch_classes(key: Key) -> frozenset[int]:
    """A key's scale; in minor the raised sixth and seventh steps are at home, too."""
    if key.mode == "minor":
        return frozenset((key.tonic + step) % 12 for step in SCALES["melodic-minor"])
    return key.pitch_classes


def in_scale(score: Score) -> float:
    """Share of notes in the scale of the key that the score states there."""
    notes = score.melody.notes
    if not notes:
        return math.nan
    scales = {key: home_pitch_classes(key) for _, key in score.keys}
    return sum(n.pitch % 12 in scales[score.key_at(n.start)] for n in notes) / len(notes)


def mean_interval(score: Score) -> float:
    """Mean size, in semitones, of the intervals between neighbouring notes; repeats count as 0."""
    pitches = [note.pitch for note in score.melody.notes]
    if len(pitches) < 2:
        return math.nan
    return float(np.abs(np.diff(pitches)).mean())
