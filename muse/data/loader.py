"""Batches of packed rows: the same at every run of a seed, resumable, one part for each rank."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from muse.data.shards import Shard
from muse.tokens.excerpt import excerpt
from muse.tokens.holes import flatten_with_holes, random_holes, renumbered, without_chords
from muse.tokens.melody import Sheet, melody_vocabulary
from muse.tokens.melody_reading import read_sheet


@dataclass(frozen=True)
class Batch:
    """Packed rows: ids (B, T) and for each token the number of its piece in the row, (B, T)."""

    ids: np.ndarray
    pieces: np.ndarray


Draw = Callable[[np.ndarray, int, np.random.Generator], list[int]]
"""(ids of a piece, most tokens, generator) -> the ids that are trained on this time."""


def melody_draw(drop: float) -> Draw:
    """How a score is shown: cropped to fit, some conditions unsaid, some lines as holes.

    Args:
        drop: how often each condition (style, tempo, chords) is left unsaid.
    """

    def draw(piece: np.ndarray, most: int, rng: np.random.Generator) -> list[int]:
        sheet = read_sheet(piece.tolist())
        if rng.random() < drop:
            sheet = without_chords(sheet)
        names = melody_vocabulary().names
        header = [
            i
            for i in sheet.header
            if not names[i].startswith(("Style_", "Tempo_")) or rng.random() >= drop
        ]
        sheet = cropped(replace(sheet, header=header), most, rng)
        return flatten_with_holes(sheet, random_holes(sheet, rng))[:most]

    return draw


def cropped(sheet: Sheet, most: int, rng: np.random.Generator) -> Sheet:
    """A run of whole bars that fits into `most` tokens with room for the marks of holes.

    The header says the meter and key that hold where the run begins. A cut at the end leaves the
    bars counting down from the piece's true length.
    """
    sizes = [len(b.head) * 2 + sum(len(line or ()) + 1 for line in b.lines) for b in sheet.bars]
    room = most - len(sheet.header) - 4
    if sum(sizes) <= room:
        return sheet
    total, last_start = 0, len(sizes)
    while last_start > 0 and total + sizes[last_start - 1] <= room:
        last_start -= 1
        total += sizes[last_start]
    first = 0 if rng.random() < 0.4 else int(rng.integers(0, last_start + 1))
    end, used = first, 0
    while end < len(sizes) and used + sizes[end] <= room:
        used += sizes[end]
        end += 1
    found = excerpt(sheet, range(first, end))
    return renumbered(found.header, found.bars) if end == len(sheet.bars) else found


class Loader:
    """Packs the pieces of a shard into rows, epoch after epoch.

    The rows of an epoch depend on the seed and the epoch alone; a run that was stopped goes on at
    any step with the rows it would have had.
    """

    def __init__(
        self, shard: Shard, draw: Draw, *, rows: int, length: int, seed: int,
        rank: int = 0, world: int = 1,
    ) -> None:  # fmt: skip
        """Args:
        shard: the pieces.
        draw: how a piece is shown.
        rows: rows a step over all ranks; a multiple of `world`.
        length: tokens a row; batches carry one more, the last target.
        seed: of order and of what is drawn.
        rank: this process, of `world`.
        """
        if rows % world:
            raise ValueError(f"{rows} rows do not divide over {world} processes")
        self.shard, self.draw = shard, draw
        self.rows, self.length, self.seed = rows, length, seed
        self.rank, self.world = rank, world

    def epoch(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """All rows of an epoch, ids and piece numbers, each (rows, length + 1)."""
        width = self.length + 1
        order = np.random.default_rng((self.seed, number)).permutation(len(self.shard))
        rows: list[list[list[int]]] = []
        open_rows: list[tuple[int, int]] = []  # (room left, row), the rows that still take pieces
        for place in order:
            rng = np.random.default_rng((self.seed, number, int(place)))
            ids = self.draw(self.shard[int(place)], width, rng)
            fitting = [entry for entry in open_rows if entry[0] >= len(ids)]
            if fitting:
                entry = min(fitting)
                open_rows.remove(entry)
                room, row = entry
                rows[row].append(ids)
            else:
                room, row = width, len(rows)
                rows.append([ids])
            if room - len(ids) >= 24:
                open_rows.append((room - len(ids), row))
                if len(open_rows) > 128:
                    open_rows.remove(min(open_rows))
        packed = np.zeros((len(rows), width), np.int64)
        pieces = np.full((len(rows), width), -1, np.int64)
        for number_of_row, found in enumerate(rows):
            at = 0
            for number_in_row, piece in enumerate(found):
                packed[number_of_row, at : at + len(piece)] = piece
                pieces[number_of_row, at : at + len(piece)] = number_in_row
                at += len(piece)
        shuffled = np.random.default_rng((self.seed, number, 1)).permutation(len(rows))
        return packed[shuffled], pieces[shuffled]

    def batches(self, first_step: int = 0) -> Iterator[Batch]:
        """This rank's part of each step's rows, without end, from step `first_step` on."""
        epoch, skip = 0, first_step
        while True:
            ids, pieces = self.epoch(epoch)
            steps = len(ids) // self.rows
            if not steps:
                raise ValueError(f"the shard fills {len(ids)} rows, fewer than {self.rows} a step")
            for step in range(min(skip, steps), steps):
                mine = slice(step * self.rows + self.rank, (step + 1) * self.rows, self.world)
                yield Batch(ids[mine], pieces[mine])
            skip = max(0, skip - steps)
            epoch += 1
