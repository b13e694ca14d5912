"""Shards: pieces as token ids in one memory-mapped file, with an index beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from muse.works.base import WishError, write_atomically


class PieceInfo(msgspec.Struct, frozen=True):
    """Where a piece came from: source, file and title, tune family, number of notes."""

    source: str
    title: str
    family: str
    notes: int
    style: str = ""


class ShardIndex(msgspec.Struct, frozen=True):
    """What a shard holds: `offsets` has one entry more than there are pieces."""

    tokenizer: str
    vocabulary: int
    offsets: list[int]
    pieces: list[PieceInfo]


class Shard:
    """The pieces of one split. Indexing gives the ids of a piece, (T,) int64."""

    def __init__(self, path: Path) -> None:
        """Open `path` (`train.bin`) and its index (`train.json`). Raises WishError."""
        try:
            self.index = msgspec.json.decode(
                path.with_suffix(".json").read_bytes(), type=ShardIndex
            )
            self._ids = np.memmap(path, dtype=np.uint16, mode="r")
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise WishError(f"cannot read the shard {path}: {error}; prepare the data") from error
        if self.index.offsets[-1] != len(self._ids):
            raise WishError(f"the shard {path} and its index disagree; prepare the data again")

    def __len__(self) -> int:
        return len(self.index.pieces)

    def __getitem__(self, place: int) -> np.ndarray:
        first, last = self.index.offsets[place : place + 2]
        return self._ids[first:last].astype(np.int64)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[place] for place in range(len(self)))


def write_shard(
    path: Path, pieces: Iterable[tuple[list[int], PieceInfo]], tokenizer: str, vocabulary: int
) -> dict[str, Any]:
    """Write pieces to `path` and its index; returns the numbers of pieces, tokens and notes."""
    ids: list[np.ndarray] = []
    infos, offsets = [], [0]
    for piece, info in pieces:
        ids.append(np.asarray(piece, dtype=np.uint16))
        infos.append(info)
        offsets.append(offsets[-1] + len(piece))
    joined = np.concatenate(ids) if ids else np.zeros(0, np.uint16)
    write_atomically(path, joined.tobytes())
    index = ShardIndex(tokenizer, vocabulary, offsets, infos)
    write_atomically(path.with_suffix(".json"), msgspec.json.encode(index))
    return {"pieces": len(infos), "tokens": offsets[-1], "notes": sum(i.notes for i in infos)}
