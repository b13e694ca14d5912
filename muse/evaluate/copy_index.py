"""A compact index of a training corpus: which works have which shingles.

The index ships with a bundle as `originality.index`. It holds hashes, the numbers of works and
their names, and not a note or word of the works themselves. The file is in the format of
safetensors; each tensor is one stream of bytes, compressed by zlib (names by bzip2):

    hashes   upper bits of hashes in order, each as its distance from the one before, byte planes
    counts   how many works have the hash, at most `MOST_WORKS`
    works    numbers of those works, byte planes
    names    JSON by bzip2: all sources, all authors, and of each work its title and their numbers

and its metadata tells the kind, the unit and how much held-out works of people share with the corpus.
"""

from __future__ import annotations

import bz2
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from muse.evaluate.shingles import UNITS, Run
from muse.works.base import WishError

FILE_NAME = "originality.index"
VERSION = "1"

BITS = {"notes": 32, "words": 36, "characters": 36}
"""Bits that are kept of a hash. Tunes share thousands of runs that are no chance, verse few."""

MOST_WORKS = 255
"""Works that are kept of a shingle, the first ones; hardly any has so many."""

LARGEST_INDEX_BYTES = 32_000_000
_LARGEST_STREAM_BYTES = 64_000_000
_PLANES = 5
_WORK_BITS = np.uint64(24)


@dataclass(frozen=True, eq=False)
class CopyIndex:
    """Shingles of a corpus.

    Attributes:
        kind: of the bundle.
        hashes: sorted, all different, (H,) uint64.
        starts: where the works of each hash begin in `works`, (H + 1,).
        works: numbers of works, (P,).
        packed_names: the compressed names.
        human: "longest" and "share": 101 percentiles each over held-out works; "works": how many.
    """

    kind: str
    hashes: np.ndarray
    starts: np.ndarray
    works: np.ndarray
    packed_names: bytes
    human: dict[str, Any]

    @property
    def unit(self) -> str:
        """What is counted: "notes", "words" or "characters"."""
        return UNITS[self.kind]

    @property
    def false_hit(self) -> float:
        """The chance that a shingle of no work of the corpus is found in the index."""
        return len(self.hashes) / 2 ** BITS[self.unit]

    @cached_property
    def names(self) -> list[tuple[str, str, str]]:
        """Title, author and source of each work. Raises WishError if they are damaged."""
        try:
            reader = bz2.BZ2Decompressor()
            held = reader.decompress(self.packed_names, _LARGEST_STREAM_BYTES)
            told = json.loads(held)
            authors, sources = told["authors"], told["sources"]
            rows = zip(told["titles"], told["author"], told["source"], strict=True)
            return [(str(t), str(authors[a]), str(sources[s])) for t, a, s in rows]
        except (ValueError, TypeError, KeyError, IndexError, OSError, RecursionError) as error:
            raise WishError(f"the names of an index of works are damaged: {error}") from error

    def found(self, hashes: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """Which shingles stand in the corpus: place in `hashes` (64-bit) and numbers of works."""
        wanted = _upper(hashes, self.unit)
        if not len(self.hashes):
            return []
        places = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        hits = np.flatnonzero(self.hashes[places] == wanted)
        return [
            (int(hit), self.works[self.starts[place] : self.starts[place + 1]])
            for hit, place in zip(hits, places[hits].tolist())
        ]


def indexed(
    kind: str, works: Iterable[tuple[tuple[str, str, str], list[Run]]], human: dict[str, Any]
) -> CopyIndex:
    """The index of works, each given as its name and runs; works of one name are one work."""
    numbers: dict[tuple[str, str, str], int] = {}
    pairs = []
    for name, runs in works:
        number = numbers.setdefault(name, len(numbers))
        for run in runs:
            kept = _upper(run.hashes[run.anchors], UNITS[kind])
            pairs.append((kept << _WORK_BITS) | np.uint64(number))
    joined = np.unique(np.concatenate([np.zeros(0, np.uint64), *pairs]))
    hashes, first = np.unique(joined >> _WORK_BITS, return_index=True)
    counts = np.diff(np.append(first, len(joined)))
    rank = np.arange(len(joined)) - np.repeat(first, counts)
    kept_works = joined[rank < MOST_WORKS] & ((np.uint64(1) << _WORK_BITS) - np.uint64(1))
    starts = np.concatenate([[0], np.cumsum(np.minimum(counts, MOST_WORKS))])
    return CopyIndex(kind, hashes, starts, kept_works, _packed_names(list(numbers)), human)


def _packed_names(names: Sequence[tuple[str, str, str]]) -> bytes:
    """Names as columns, compressed; those of one author stand together mostly."""
    authors = {author: n for n, author in enumerate(dict.fromkeys(name[1] for name in names))}
    sources = {source: n for n, source in enumerate(dict.fromkeys(name[2] for name in names))}
    told = {
        "authors": list(authors), "sources": list(sources), "titles": [name[0] for name in names],
        "author": [authors[name[1]] for name in names],
        "source": [sources[name[2]] for name in names],
    }  # fmt: skip
    return bz2.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode())


def to_bytes(index: CopyIndex) -> bytes:
    """The file of an index."""
    streams = {
        "hashes": _planes(np.diff(index.hashes.astype(np.int64), prepend=0)),
        "counts": zlib.compress(np.diff(index.starts).astype(np.uint8).tobytes(), 9),
        "works": _planes(index.works),
        "names": index.packed_names,
    }
    about = {
        "format": "muse-originality", "version": VERSION, "kind": index.kind,
        "sizes": json.dumps([len(index.hashes), len(index.works)]),
        "human": json.dumps(index.human),
    }  # fmt: skip
    return save({name: np.frombuffer(data, np.uint8) for name, data in streams.items()}, about)


def read_index(path: Path) -> CopyIndex:
    """Read an index from a file.

    Raises:
        WishError: if it is missing, too large, damaged, or of another version.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_INDEX_BYTES + 1)
    except OSError as error:
        raise WishError(f"cannot read {path}: {error.strerror or error}") from error
    if len(data) > LARGEST_INDEX_BYTES:
        raise WishError(f"{path} is too large to be an index of works")
    try:
        return _from_bytes(data)
    except (SafetensorError, ValueError, KeyError, TypeError, zlib.error, RecursionError) as error:
        raise WishError(f"{path} is no index of works, or damaged: {error}") from error


def _from_bytes(data: bytes) -> CopyIndex:
    """The index in a file. Raises ValueError, KeyError, TypeError, zlib.error, SafetensorError."""
    length = int.from_bytes(data[:8], "little")
    about = json.loads(data[8 : 8 + length])["__metadata__"]
    if about.get("format") != "muse-originality" or about.get("version") != VERSION:
        raise ValueError(f"it is not of version {VERSION} of the format")
    if about["kind"] not in UNITS:
        raise ValueError(f"unknown kind {about['kind']!r}")
    streams = {name: bytes(array) for name, array in load(data).items()}
    size, pairs = (int(each) for each in json.loads(about["sizes"]))
    hashes = np.cumsum(_from_planes(streams["hashes"], size).astype(np.int64))
    counts = np.frombuffer(_unpacked(streams["counts"]), np.uint8)
    works = _from_planes(streams["works"], pairs)
    starts = np.concatenate([[0], np.cumsum(counts.astype(np.int64))])
    if (
        len(counts) != size
        or starts[-1] != pairs
        or (hashes >= 1 << BITS[UNITS[about["kind"]]]).any()
    ):
        raise ValueError("its parts do not fit together")
    human = _percentiles(json.loads(about["human"]))
    return CopyIndex(
        about["kind"], hashes.astype(np.uint64), starts, works, streams["names"], human
    )


def _percentiles(human: Any) -> dict[str, Any]:
    """The figures of held-out works, checked. Raises ValueError."""
    if not isinstance(human, dict):
        raise ValueError("it has no figures of held-out works")
    for name in ("longest", "share"):
        values = human.get(name, [])
        if len(values) not in (0, 101) or not all(isinstance(v, int | float) for v in values):
            raise ValueError(f"the percentiles of {name!r} are to be 101 numbers")
    return human


def _upper(hashes: np.ndarray, unit: str) -> np.ndarray:
    """The bits of hashes that an index keeps."""
    return hashes >> np.uint64(64 - BITS[unit])


def _planes(values: np.ndarray) -> bytes:
    """Whole numbers below 2**40, all their lowest bytes first, compressed."""
    held = values.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :_PLANES]
    return zlib.compress(held.T.tobytes(), 9)


def _from_planes(data: bytes, count: int) -> np.ndarray:
    held = np.frombuffer(_unpacked(data), np.uint8)
    if count < 0 or len(held) != _PLANES * count:
        raise ValueError("a stream has another length than the index says")
    whole = np.zeros((count, 8), np.uint8)
    whole[:, :_PLANES] = held.reshape(_PLANES, count).T
    return whole.view("<u8").reshape(-1)


def _unpacked(data: bytes) -> bytes:
    """What was compressed, up to a bound. Raises ValueError or zlib.error."""
    reader = zlib.decompressobj()
    held = reader.decompress(data, _LARGEST_STREAM_BYTES)
    if reader.unconsumed_tail or not reader.eof:
        raise ValueError("a stream is cut off or too long")
    return held
