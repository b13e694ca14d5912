"""What a work shares with the works that a model learned from: passages, names, human yardsticks.

A *passage* is a chain of shingles of a work that stand in one work of the corpus. In tunes each
shingle follows on the one before, so a passage is a run of notes. In verse, of which the index knows
every second line's end alone, at most `GAP` units lie between; what lies there was not compared.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from muse.evaluate.copy_index import CopyIndex
from muse.evaluate.shingles import CHARACTERS, NOTES, WORDS, Run, runs_of
from muse.works.base import WishError, Work, write_atomically
from muse.works.score import Note, Score
from muse.works.wording import plain

GAP = {"notes": 1, "words": 24, "characters": 20}
"""How far two shingles of a passage may lie apart, in units."""

SHINGLE = {"notes": NOTES, "words": WORDS, "characters": CHARACTERS}
MOST_PASSAGES = 5


@dataclass(frozen=True)
class Passage:
    """What a work shares with one work of the corpus.

    Attributes:
        length: from its first to its last unit.
        hits: shingles that were found; two of one work are hardly ever chance.
        where: its bars, or its words.
        title, author, source: the work of the corpus; empty where the corpus does not say.
    """

    length: int
    hits: int
    where: str
    title: str
    author: str
    source: str

    @property
    def work(self) -> str:
        """The corpus's work in words."""
        by = f" by {self.author}" if self.author else ""
        return plain(f"{self.title or 'untitled'}{by} ({self.source})", 120)


@dataclass(frozen=True)
class Originality:
    """How much of a work stands in what a model learned from.

    Attributes:
        title: of the work.
        corpus: the bundle whose corpus it was compared with.
        unit: what is counted: notes, words or characters.
        length: units of the work.
        longest: units of the longest passage; 0 if none is found.
        share: of its units, how many lie in passages, 0 to 1.
        passages: the longest ones, of different works.
        human_longest, human_share: median, 90th and 99th percentile of held-out works of people.
        percentile: how many per cent of those have no longer passage; None if it is not known.
        human_works: how many held-out works that is measured on.
        chance: of one false shingle anywhere in a work of this length.
    """

    title: str
    corpus: str
    unit: str
    length: int
    longest: int
    share: float
    passages: tuple[Passage, ...]
    human_longest: tuple[float, ...]
    human_share: tuple[float, ...]
    percentile: int | None
    human_works: int
    chance: float

    def to_json(self) -> str:
        """The report as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as `.json`, or as it is shown as `.txt`. Raises WishError."""
        path = Path(path)
        texts = {".json": self.to_json, ".txt": self.__str__}
        if path.suffix not in texts:
            raise WishError(f"cannot write a report as {path.suffix!r}; use .json or .txt")
        write_atomically(path, (texts[path.suffix]() + "\n").encode())
        return path

    def __str__(self) -> str:
        size = SHINGLE[self.unit]
        if not self.passages:
            lines = [f"No {size} {self.unit} in a row were found in the corpus of {self.corpus}."]
        else:
            lines = [
                f"Longest passage shared with the corpus of {self.corpus}: {self.longest} of "
                f"{self.length} {self.unit}; {self.share:.0%} of the {self.unit} lie in passages."
            ]
        for each in self.passages:
            lines.append(f"  {each.length:4} {self.unit}  {each.where}: as in {each.work}")
        if self.percentile is not None:
            middle, high, top = (f"{value:.0f}" for value in self.human_longest)
            lines.append(
                f"Of {self.human_works:,} held-out works of people half share {middle} {self.unit} "
                f"or fewer with it, 90 % {high}, 99 % {top}; {self.percentile} % share no more "
                "than this one."
            )
        lines.append(
            f"The index holds hashes: the chance of one false hit of {size} {self.unit} in a work "
            f"of this length is {self.chance:.1%}; two in a row are hardly ever chance."
        )
        return "\n".join(lines)


@dataclass(frozen=True)
class Chain:
    """Shingles `first` to `last` of run `run` that stand in work `work`; `hits` were found."""

    run: int
    first: int
    last: int
    hits: int
    work: int

    def length(self, size: int) -> int:
        """Units from the first to the last, where a shingle has `size`."""
        return self.last - self.first + size


def chains(index: CopyIndex, runs: Sequence[Run]) -> list[Chain]:
    """All maximal chains of a work's shingles in works of the corpus, the longest first."""
    gap = GAP[index.unit]
    done: list[Chain] = []
    for number, run in enumerate(runs):
        going: dict[int, Chain] = {}
        for place, works in index.found(run.hashes):
            for work in works.tolist():
                before = going.get(work)
                if before is not None and place - before.last <= gap:
                    going[work] = Chain(number, before.first, place, before.hits + 1, work)
                    continue
                if before is not None:
                    done.append(before)
                going[work] = Chain(number, place, place, 1, work)
        done += going.values()
    return sorted(done, key=lambda chain: (chain.first - chain.last, chain.run, chain.first))


def longest_and_share(index: CopyIndex, runs: Sequence[Run]) -> tuple[int, float]:
    """Units of the longest passage, and which share of the units lies in passages."""
    return _measured(chains(index, runs), index, runs)


def _measured(found: Sequence[Chain], index: CopyIndex, runs: Sequence[Run]) -> tuple[int, float]:
    size = SHINGLE[index.unit]
    covered = [np.zeros(len(run.units), bool) for run in runs]
    for chain in found:
        covered[chain.run][chain.first : chain.last + size] = True
    total = sum(len(run.units) for run in runs)
    share = sum(int(each.sum()) for each in covered) / max(total, 1)
    return (found[0].length(size) if found else 0), share


def compared(work: Work, index: CopyIndex, corpus: str) -> Originality:
    """The report of a work against an index.

    Args:
        work: a score or a text.
        index: of the corpus.
        corpus: what the corpus is called: the name of its bundle.

    Raises:
        WishError: if the work is not of the kind of the index, or the index is damaged.
    """
    runs = runs_of(work, index.unit)
    found = chains(index, runs)
    longest, share = _measured(found, index, runs)
    passages: dict[int, Passage] = {}
    for chain in found:
        if len(passages) == MOST_PASSAGES:
            break
        if chain.work not in passages:
            passages[chain.work] = _passage(chain, index, runs, work)
    human = {name: index.human.get(name) or [] for name in ("longest", "share")}
    told = {
        name: tuple(values[place] for place in (50, 90, 99)) if values else ()
        for name, values in human.items()
    }
    percentile = None
    if human["longest"]:
        percentile = int(np.searchsorted(human["longest"], longest, side="right")) - 1
    looked_up = sum(len(run.hashes) for run in runs)
    return Originality(
        work.title, corpus, index.unit, sum(len(run.units) for run in runs), longest,
        round(share, 4), tuple(passages.values()), told["longest"], told["share"],
        None if percentile is None else max(percentile, 0), int(index.human.get("works", 0)),
        1 - (1 - index.false_hit) ** looked_up,
    )  # fmt: skip


def _passage(chain: Chain, index: CopyIndex, runs: Sequence[Run], work: Work) -> Passage:
    if chain.work >= len(index.names):
        raise WishError("an index of works is damaged: it names fewer works than it has")
    size = SHINGLE[index.unit]
    units = runs[chain.run].units[chain.first : chain.last + size]
    if isinstance(work, Score):
        notes = [note for note in units if isinstance(note, Note)]
        where = _bars(work, notes[0].start, notes[-1].start)
        if len(runs) > 1:
            where += f" of part {chain.run + 1}"
    else:
        where = ("" if index.unit == "characters" else " ").join(str(unit) for unit in units)
        where = f'"{plain(where, 80)}"'
    return Passage(chain.length(size), chain.hits, where, *index.names[chain.work])


def _bars(score: Score, first: int, last: int) -> str:
    """The bars from one tick to another in words."""
    numbers = [bar.number for bar in score.grid() if bar.end > first and bar.start <= last]
    low, high = numbers[0], numbers[-1]
    return f"bar {low}" if low == high else f"bars {low} to {high}"
