"""Planted quotations are found, in any key and note value, and nothing that is not there."""

from __future__ import annotations

import random

import pytest

from muse.evaluate.originality import Corpus, steps_of
from muse.works.score import Note


def random_melody(seed: int, count: int = 80) -> list[Note]:
    rng = random.Random(seed)
    notes, at, pitch = [], 0, 64
    for _ in range(count):
        length = rng.choice([6, 12, 12, 18, 24, 36])
        pitch = min(max(pitch + rng.choice([-7, -5, -4, -2, -1, 1, 2, 3, 4, 5, 7]), 45), 90)
        notes.append(Note(at, length, pitch))
        at += length
    return notes


def moved(notes: list[Note], start: int, semitones: int = 0, stretch: float = 1.0) -> list[Note]:
    """Notes from tick `start` on, in another key and at other note values."""
    first = notes[0].start
    return [
        Note(start + int((n.start - first) * stretch), int(n.length * stretch), n.pitch + semitones)
        for n in notes
    ]


def longest_by_brute_force(one: list[Note], works: list[list[Note]]) -> int:
    a, best = steps_of(one), 0
    for work in works:
        b = steps_of(work)
        for i in range(len(a.intervals)):
            for j in range(len(b.intervals)):
                run = 0
                while (
                    i + run < len(a.intervals)
                    and j + run < len(b.intervals)
                    and a.intervals[i + run] == b.intervals[j + run]
                    and (not run or a.proportions[i + run] == b.proportions[j + run])
                ):
                    run += 1
                best = max(best, run)
    return best + 1 if best else 0


WORKS = [random_melody(seed) for seed in range(12)]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus(WORKS)


@pytest.mark.parametrize("semitones, stretch", [(0, 1.0), (5, 1.0), (-12, 2.0), (3, 0.5)])
@pytest.mark.parametrize("length", [13, 24, 40])
def test_a_planted_quotation_is_found(
    corpus: Corpus, length: int, semitones: int, stretch: float
) -> None:
    quoted = WORKS[7][21 : 21 + length]
    before = random_melody(100, 30)
    start = before[-1].end
    middle = moved(quoted, start, semitones, stretch)
    after = moved(random_melody(101, 25), middle[-1].end)
    found = corpus.longest_run([*before, *middle, *after])
    # A note more may agree by chance on either side.
    assert length <= found.notes <= length + 2
    assert found.work == 7
    assert found.start - 30 == found.work_start - 21
    assert 30 - found.start <= 2


def test_a_changed_rhythm_breaks_the_run(corpus: Corpus) -> None:
    quoted = WORKS[3][10:40]
    late = [Note(n.start + (3 if i >= 15 else 0), 3, n.pitch) for i, n in enumerate(quoted)]
    assert 14 <= corpus.longest_run(late).notes <= 17


def test_it_agrees_with_brute_force(corpus: Corpus) -> None:
    for seed in range(200, 206):
        tune = random_melody(seed, 40)
        found = corpus.longest_run(tune)
        assert found.notes == longest_by_brute_force(tune, WORKS)
        assert found.work is not None
        a = steps_of(tune[found.start : found.start + found.notes])
        b = steps_of(WORKS[found.work][found.work_start :][: found.notes])
        assert a.intervals.tolist() == b.intervals.tolist()
        assert a.proportions.tolist() == b.proportions.tolist()


def test_runs_do_not_cross_works(corpus: Corpus) -> None:
    joined = WORKS[0][-20:] + moved(WORKS[1][:20], WORKS[0][-1].end)
    assert 20 <= corpus.longest_run(joined).notes <= 22


def test_a_whole_work_is_found_whole(corpus: Corpus) -> None:
    found = corpus.longest_run(moved(WORKS[5], 48, 2))
    assert (found.notes, found.start, found.work, found.work_start) == (80, 0, 5, 0)


def test_short_and_empty_tunes_and_corpora(corpus: Corpus) -> None:
    assert corpus.longest_run([]).notes == 0
    assert corpus.longest_run(WORKS[0][:1]).notes == 0
    assert corpus.longest_run(WORKS[0][:2]).notes == 2
    assert Corpus([]).longest_run(WORKS[0]).notes == 0
    assert Corpus([[], WORKS[2][:1], WORKS[2]]).longest_run(WORKS[2]).work == 2
