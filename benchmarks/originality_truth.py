"""How far the index of a training corpus can be believed: false hits, missed copies, sizes.

    python benchmarks/originality_truth.py BUNDLE SHARDS [--count 300]

BUNDLE is a folder with `originality.index`, SHARDS the data that it was made of. Figures:

* false: of the passages that the index finds in held-out works, how many do not stand in the work
  that it names (looked up in the shards, unit by unit of their first shingle).
* shuffled: shingles found in held-out works whose units were shuffled, of all looked up, beside the
  chance that the index's size gives. Shuffled works still hold true commonplaces.
* planted: a passage of a training work is put into the middle of a held-out one (tunes: moved by 3
  semitones and written in doubled values); how often the longest passage found is of that work.
* exact (tunes): the longest run by the index beside the one by exact search in the whole corpus.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from muse.data.shards import Shard
from muse.evaluate.copy_corpus import named_runs, reader
from muse.evaluate.copy_index import FILE_NAME, CopyIndex, read_index
from muse.evaluate.copy_report import SHINGLE, chains, longest_and_share
from muse.evaluate.originality import Corpus
from muse.evaluate.shingles import Run, text_run, tune_run
from muse.works.score import Note

PLANTED = {"notes": (8, 12, 16, 24), "words": (8, 16, 24), "characters": (10, 14, 20, 28)}


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("shards", type=Path)
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    index = read_index(options.bundle / FILE_NAME)
    pieces = options.bundle / "tokenizer" / "pieces.model"
    read = reader(index.kind, pieces if pieces.is_file() else None)
    train = defaultdict(list)
    for name, runs in named_runs(Shard(options.shards / "train.bin"), read):
        train[name] += runs
    held_out = [runs for _, runs in named_runs(Shard(options.shards / "valid.bin"), read)]
    rng = np.random.default_rng(0)
    chosen = [held_out[n] for n in rng.permutation(len(held_out))[: options.count]]
    found = {
        "bytes": (options.bundle / FILE_NAME).stat().st_size,
        "works": len(index.names),
        "shingles": len(index.hashes),
        "false": false_passages(index, chosen, train),
        "shuffled": shuffled(index, chosen, rng),
        "planted": {
            length: planted(index, chosen, train, length, rng) for length in PLANTED[index.unit]
        },
    }
    if index.unit == "notes":
        found["exact"] = against_exact(index, chosen, train)
    print(json.dumps(found, indent=1))


def false_passages(
    index: CopyIndex, works: list[list[Run]], train: dict[tuple[str, str, str], list[Run]]
) -> dict[str, int]:
    """How many passages there are, and how many do not stand where the index says."""
    counts = {"passages": 0, "false": 0}
    known: dict[int, set[int]] = {}
    for runs in works:
        for chain in chains(index, runs):
            if chain.work not in known:
                held = train[index.names[chain.work]]
                known[chain.work] = {int(h) for run in held for h in run.hashes}
            counts["passages"] += 1
            # All 64 bits: a meeting of these by chance has a probability below 1e-13.
            counts["false"] += int(runs[chain.run].hashes[chain.first]) not in known[chain.work]
    return counts


def shuffled(
    index: CopyIndex, works: list[list[Run]], rng: np.random.Generator
) -> dict[str, float]:
    """Hits among works of shuffled units."""
    looked_up = hits = 0
    for runs in works:
        for run in runs:
            mixed = again([run.units[n] for n in rng.permutation(len(run.units))], index.unit)
            looked_up += len(mixed.hashes)
            hits += len(index.found(mixed.hashes))
    return {"looked up": looked_up, "found": hits, "by chance": looked_up * index.false_hit}


def planted(
    index: CopyIndex, works: list[list[Run]], train: dict[tuple[str, str, str], list[Run]],
    length: int, rng: np.random.Generator,
) -> float:  # fmt: skip
    """Share of planted passages whose work is named as the longest passage's."""
    names = [n for n, runs in train.items() if any(len(run.units) > length for run in runs)]
    right = 0
    for runs in works:
        name = names[int(rng.integers(len(names)))]
        source = next(run for run in train[name] if len(run.units) > length)
        first = int(rng.integers(len(source.units) - length))
        copy = list(source.units[first : first + length])
        host = list(runs[0].units)
        middle = len(host) // 2
        if index.unit == "notes":
            copy = _moved(copy, host[middle].start)
            later = copy[-1].start + 24 - host[middle].start
            host[middle:] = [replace(note, start=note.start + later) for note in host[middle:]]
            run = tune_run([*host[:middle], *copy, *host[middle:]])
        else:
            run = again([*host[:middle], *copy, *host[middle:]], index.unit)
        inside = [
            chain for chain in chains(index, [run])
            if chain.first >= middle - 2 and chain.last <= middle + length
        ]  # fmt: skip
        right += any(index.names[chain.work] == name for chain in inside)
    return round(right / len(works), 3)


def again(units: list, unit: str) -> Run:
    """A run of units in another order; notes keep the times that there were."""
    if unit == "notes":
        times = sorted(note.start for note in units)
        return tune_run([replace(note, start=time) for note, time in zip(units, times)])
    return text_run([("" if unit == "characters" else " ").join(units)], unit)


def _moved(notes: list[Note], start: int) -> list[Note]:
    """Notes three semitones higher in doubled values, the first at `start`."""
    origin = notes[0].start
    return [
        replace(note, pitch=min(note.pitch + 3, 127), start=start + 2 * (note.start - origin))
        for note in notes
    ]


def against_exact(
    index: CopyIndex, works: list[list[Run]], train: dict[tuple[str, str, str], list[Run]]
) -> dict[str, float]:
    """The longest run by the index and by exact search."""
    corpus = Corpus([list(run.units) for runs in train.values() for run in runs])
    size = SHINGLE["notes"]
    pairs = [
        (longest_and_share(index, runs)[0], max(corpus.longest_run(run.units).notes for run in runs))
        for runs in works
    ]  # fmt: skip
    told = [(mine, exact) for mine, exact in pairs if exact >= size]
    return {
        "works": len(told),
        "equal": sum(mine == exact for mine, exact in told) / max(len(told), 1),
        "largest difference": max((abs(mine - exact) for mine, exact in told), default=0),
    }


if __name__ == "__main__":
    main()
