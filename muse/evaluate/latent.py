"""Measures of a latent space of melodies: reconstruction, interpolation, directions.

Conventions:
    * Steps are sixteenths. The classes of a step are MusicVAE's (Roberts et al. 2018): 0 nothing new, 1 a
      note stops, 2 to 89 a note of MIDI pitch 21 to 108 begins. Onsets between steps go to the nearer one.
    * Accuracy is the share of steps whose class is right: long notes and rests count as many steps, so it
      flatters. The F-scores beside it count onsets alone: at the right step, and at the right
      step with the right pitch.
    * The distance of two tunes is Levenshtein's over their events (pitch and length of a note, length of a
      rest), over the longer one's number of events: 0 the same to 1 nothing alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from muse.works.score import Note, Part, Score

STEP_TICKS = 6
CLASSES = 90
NOTHING, STOP, FIRST_PITCH, LOWEST = 0, 1, 2, 21

Steps = NDArray[np.int64]


def step_classes(score: Score) -> Steps:
    """The class of each sixteenth of a melody, (S,); pitches outside of a piano's are moved by octaves."""
    count = max(1, round(score.length / STEP_TICKS))
    found = np.zeros(count, dtype=np.int64)
    for note in score.melody.notes:
        first = min(round(note.start / STEP_TICKS), count - 1)
        last = max(round(note.end / STEP_TICKS), first + 1)
        pitch = note.pitch
        while pitch < LOWEST:
            pitch += 12
        while pitch > LOWEST + CLASSES - FIRST_PITCH - 1:
            pitch -= 12
        found[first:last] = NOTHING
        found[first] = FIRST_PITCH + pitch - LOWEST
        if last < count:
            found[last] = STOP
    return found


def score_of_steps(steps: Sequence[int] | Steps, like: Score) -> Score:
    """The melody that classes of steps say, in the bars, meter and key of another score."""
    notes: list[Note] = []
    begun: tuple[int, int] | None = None
    end = min(len(steps) * STEP_TICKS, like.length)
    for place, kind in enumerate([*map(int, steps), STOP]):
        tick = min(place * STEP_TICKS, end)
        if kind == NOTHING:
            continue
        if begun is not None and tick > begun[0]:
            notes.append(Note(begun[0], tick - begun[0], begun[1]))
        begun = (tick, kind - FIRST_PITCH + LOWEST) if kind >= FIRST_PITCH and tick < end else None
    return replace(like, parts=(Part(tuple(notes)),), chords=())


def step_accuracy(found: Steps, wanted: Steps) -> float:
    """Share of steps whose class is right."""
    same = min(len(found), len(wanted))
    return float((found[:same] == wanted[:same]).sum() / max(len(found), len(wanted)))


def onset_f1(found: Steps, wanted: Steps, pitched: bool) -> float:
    """F-score of onsets at the right step; `pitched`: with the right pitch, too."""
    sets = []
    for steps in (found, wanted):
        places = np.flatnonzero(steps >= FIRST_PITCH).tolist()
        sets.append({(place, int(steps[place]) if pitched else 0) for place in places})
    if not sets[0] and not sets[1]:
        return 1.0
    return 2 * len(sets[0] & sets[1]) / (len(sets[0]) + len(sets[1]))


def reconstruction(pairs: Sequence[tuple[Steps, Steps]]) -> dict[str, float]:
    """Means over (found, wanted) of accuracy and F-scores, accuracy over all steps, exact share."""
    right = sum(step_accuracy(a, b) * max(len(a), len(b)) for a, b in pairs)
    return {
        "windows": len(pairs),
        "step_accuracy": right / sum(max(len(a), len(b)) for a, b in pairs),
        "onset_f1": float(np.mean([onset_f1(a, b, False) for a, b in pairs])),
        "pitch_f1": float(np.mean([onset_f1(a, b, True) for a, b in pairs])),
        "exact_share": float(np.mean([len(a) == len(b) and (a == b).all() for a, b in pairs])),
    }


def events(score: Score) -> list[tuple[int, int]]:
    """A melody as (pitch, ticks) of its notes and (-1, ticks) of its rests."""
    found, now = [], 0
    for note in score.melody.notes:
        if note.start > now:
            found.append((-1, note.start - now))
        found.append((note.pitch, note.length))
        now = note.end
    return found


def distance(a: Score, b: Score) -> float:
    """Levenshtein's distance of two melodies' events, over the longer one's number."""
    first, second = events(a), events(b)
    if not first and not second:
        return 0.0
    names = {event: number for number, event in enumerate({*first, *second})}
    wanted = np.array([names[event] for event in second], dtype=np.int64)
    row = np.arange(len(second) + 1)
    places = np.arange(len(second) + 1)
    for number, event in enumerate(first, 1):
        cheapest = np.empty_like(row)
        cheapest[0] = number
        cheapest[1:] = np.minimum(row[1:] + 1, row[:-1] + (wanted != names[event]))
        # Insertions run along the row: the least of what stands before, plus the way from there.
        row = np.minimum.accumulate(cheapest - places) + places
    return float(row[-1]) / max(len(first), len(second))


def smoothness(tunes: Sequence[Score]) -> dict[str, float]:
    """How a path goes from its first tune to its last.

    Returns:
        `monotonic`: share of steps that go away from the first tune and towards the last, standing
        still included; `unevenness`: spread of the lengths of the steps over their mean (0: all alike);
        `largest_step`: the longest step.
    """
    away = np.array([distance(tunes[0], tune) for tune in tunes])
    towards = np.array([distance(tune, tunes[-1]) for tune in tunes])
    good = np.concatenate((np.diff(away) >= 0, np.diff(towards) <= 0))
    steps = np.array([distance(a, b) for a, b in zip(tunes, tunes[1:])])
    mean = steps.mean()
    return {
        "monotonic": float(good.mean()),
        "unevenness": float(steps.std() / mean) if mean else 0.0,
        "largest_step": float(steps.max()),
    }


def crossfade(a: Steps, b: Steps, part: float, rng: np.random.Generator) -> Steps:
    """Each step from b with probability `part`, else from a: the baseline of MusicVAE's paper."""
    count = min(len(a), len(b))
    return np.where(rng.random(count) < part, b[:count], a[:count])


def ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Ranks from 0, ties at their mean."""
    array = np.asarray(values, dtype=np.float64)
    order = np.sort(array)
    return (np.searchsorted(order, array) + np.searchsorted(order, array, "right") - 1) / 2


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Rank correlation; nan if one of them does not vary."""
    first, second = ranks(a), ranks(b)
    first, second = first - first.mean(), second - second.mean()
    size = math.sqrt(float(first @ first) * float(second @ second))
    return float(first @ second) / size if size else math.nan
