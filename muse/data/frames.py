"""The published frame data sets as shards, in their published splits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from muse.data.loader import Draw
from muse.data.recipe import checksum, find_files, load_dataset_recipe
from muse.data.shards import PieceInfo, write_shard
from muse.tokens.frames import (
    HIGHEST,
    LOWEST,
    SILENT,
    FrameCodec,
    Frames,
    frame_vocabulary,
    transposed,
)
from muse.works.base import WishError, write_atomically

CODECS = {"jsb16": "voices", "jsb-sets": "sets", "nottingham-sets": "sets"}
"""Name of a table's data recipe and training recipe -> kind of its frames (`FrameCodec`)."""

SPLITS = ("train", "valid", "test")


def prepare_frames(
    sources: Sequence[str], folder: Path | None, out: Path
) -> dict[str, dict[str, int]]:
    """Write the shards of a table's data and `report.json` below `out`.

    Args:
        sources: the one data recipe of the table.
        folder: where its file lies.
        out: folder of the shards.

    Returns:
        The counts of each split; "notes" are frames.

    Raises:
        WishError: if `sources` is not one table, or its file is not there or not as published.
    """
    if len(sources) != 1 or sources[0] not in CODECS:
        raise WishError(f"frames come from one source of {' '.join(CODECS)}, not {[*sources]}")
    recipe = load_dataset_recipe(sources[0])
    path = find_files(recipe, folder)[0]
    found, kind = checksum([path]), CODECS[recipe.name]
    codec, report = FrameCodec(kind), {}
    for split, pieces in read_frames(path, kind).items():
        rows = [
            (codec.encode(frames), PieceInfo(recipe.name, f"{split} {place}", "", len(frames)))
            for place, frames in enumerate(pieces)
        ]
        report[split] = write_shard(
            out / f"{split}.bin", rows, recipe.name, len(frame_vocabulary())
        )
    source = {
        "title": recipe.title, "licence": recipe.licence, "files": 1, "sha256": found,
        "as_in_recipe": not recipe.sha256 or recipe.sha256 == found,
    }  # fmt: skip
    told = {"sources": {recipe.name: source}, "splits": report}
    write_atomically(out / "report.json", msgspec.json.format(msgspec.json.encode(told)))
    return report


def read_frames(path: Path, kind: str) -> dict[str, list[Frames]]:
    """The pieces of each split of a published file, `.json` or `.mat`.

    Args:
        path: the file.
        kind: "voices" or "sets", as `FrameCodec` has it.

    Raises:
        WishError: if it cannot be read or holds something else.
    """
    try:
        splits = _read_json(path) if path.suffix == ".json" else _read_matlab(path)
    except Exception as error:  # scipy raises errors of any type for damaged files
        raise WishError(f"cannot read {path} as frames: {error!r}") from error
    for split, pieces in splits.items():
        for number, frames in enumerate(pieces):
            if not frames or not all(_fits(frame, kind) for frame in frames):
                raise WishError(
                    f"{path}: piece {number} of {split} is not made of frames of {kind}, "
                    f"pitches {LOWEST} to {HIGHEST}"
                )
    return splits


def _read_json(path: Path) -> dict[str, list[Frames]]:
    found = json.loads(path.read_text(encoding="utf-8"))
    return {split: [[list(frame) for frame in piece] for piece in found[split]] for split in SPLITS}


def _read_matlab(path: Path) -> dict[str, list[Frames]]:
    """Piano rolls whose columns are the 88 keys, the lowest (MIDI 21) first."""
    from scipy.io import loadmat

    found: dict[str, Any] = loadmat(path)
    return {
        split: [
            [(np.flatnonzero(row) + LOWEST).tolist() for row in roll]
            for roll in found[f"{split}data"][0]
        ]
        for split in SPLITS
    }


def _fits(frame: list[int], kind: str) -> bool:
    """Whether a frame is one of a kind: four voices, or different pitches."""
    silence = {SILENT} if kind == "voices" else set()
    right = len(frame) == 4 if kind == "voices" else len(set(frame)) == len(frame)
    return right and all(
        type(pitch) is int and (LOWEST <= pitch <= HIGHEST or pitch in silence) for pitch in frame
    )


def frame_draw(name: str) -> Draw:
    """How a piece of the table `name` is shown: in any key, and a part of it if it is long.

    Raises:
        WishError: if there is no such table.
    """
    if name not in CODECS:
        raise WishError(f"no table of frames is called {name!r}; there are: {' '.join(CODECS)}")
    codec = FrameCodec(CODECS[name])

    def draw(piece: np.ndarray, most: int, rng: np.random.Generator) -> list[int]:
        frames = codec.decode(piece.tolist())
        low, high = codec.most_transposed
        with suppress(ValueError):  # a piece that would leave the piano stays in its key
            frames = transposed(frames, int(rng.integers(low, high + 1)))
        ids = codec.encode(frames)
        if len(ids) <= most:
            return ids
        # A part begins at a frame whose number is a multiple of sixteen, so marks stay true.
        shift = 16 * int(rng.integers(0, len(frames) // 16))
        shift = shift if rng.random() < 0.7 else 0
        return codec.encode(frames[shift:])[:most]

    return draw
