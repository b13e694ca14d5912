"""Small labelled pictures: published files to shards, and shards to batches.

A split is two files beside each other, memory-mapped when they are read: `train.npy`, uint8
(N, H, W) or (N, H, W, C), and `train.labels.npy`, int64 (N,).
"""

from __future__ import annotations

import gzip
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from muse.data.recipe import checksum, find_files, load_dataset_recipe
from muse.works.base import WishError, write_atomically

SPLITS = ("train", "valid", "test")
VALIDATION = 5000
"""Training pictures that are held out, drawn with a fixed seed: the files are sorted by class."""

MOST_BYTES = 200_000_000
IDX_NAMES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]


def prepare_digits(
    sources: Sequence[str], folder: Path | None, out: Path, validation: int = VALIDATION
) -> dict[str, dict[str, int]]:
    """Write the shards of one source of labelled pictures and `report.json` below `out`.

    Args:
        sources: the one data recipe, whose reader is "digits".
        folder: where its files lie.
        out: folder of the shards.
        validation: how many training pictures are held out.

    Returns:
        How many pictures each split has.

    Raises:
        WishError: if there is not one source, or its files are not there or not as published.
    """
    if len(sources) != 1:
        raise WishError(f"pictures come from one source, not from {[*sources]}")
    recipe = load_dataset_recipe(sources[0])
    if recipe.reader != "digits":
        raise WishError(f"{recipe.name} is read as {recipe.reader}, not as labelled pictures")
    files = find_files(recipe, folder)
    found = read_digits(files)
    pixels, labels = found["train"]
    if len(pixels) <= validation:
        raise WishError(f"{recipe.name} has {len(pixels)} training pictures, {validation} held out")
    order = np.random.default_rng(0).permutation(len(pixels))
    splits = {
        "train": (pixels[order[validation:]], labels[order[validation:]]),
        "valid": (pixels[order[:validation]], labels[order[:validation]]),
        "test": found["test"],
    }
    report = {name: write_pictures(out / f"{name}.npy", *each) for name, each in splits.items()}
    source = {
        "title": recipe.title, "licence": recipe.licence, "files": len(files),
        "sha256": checksum(files),
    }  # fmt: skip
    told = {"sources": {recipe.name: source}, "splits": report}
    write_atomically(out / "report.json", msgspec.json.format(msgspec.json.encode(told)))
    return report


def read_digits(files: Sequence[Path]) -> dict[str, Labelled]:
    """The training and test pictures of `mnist.npz`, or of four IDX files, packed or not.

    Raises:
        WishError: if a file is missing, damaged, or holds something else.
    """
    for path in files:
        if path.suffix == ".npz":
            arrays = _npz(path)
            return {
                split: _checked(arrays[f"x_{split}"], arrays[f"y_{split}"], path)
                for split in ("train", "test")
            }
    by_name = {path.name.removesuffix(".gz").replace(".", "-"): path for path in files}
    found = {}
    for split, names in IDX_NAMES.items():
        missing = [name for name in names if name not in by_name]
        if missing:
            raise WishError(f"there is no mnist.npz and no {missing[0]} among the given files")
        pixels, labels = (_idx(by_name[name]) for name in names)
        found[split] = _checked(pixels, labels, by_name[names[0]])
    return found


def _npz(path: Path) -> dict[str, Any]:
    names = ("x_train", "y_train", "x_test", "y_test")
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in names}
    except Exception as error:  # zip and numpy raise errors of many types for damaged files
        raise WishError(f"cannot read {path} as {', '.join(names)}: {error}") from error


def _idx(path: Path) -> NDArray[np.uint8]:
    """An array of bytes in the IDX format: two zeros, the type 8, the rank, the sizes, the bytes."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise WishError(f"cannot read {path}: {error}") from error
    rank = data[3] if data[:3] == b"\0\0\x08" and len(data) > 3 else 0
    sizes = np.frombuffer(data[4 : 4 + 4 * rank], ">u4").tolist()
    if not 1 <= rank <= 3 or len(data) != 4 + 4 * rank + math.prod(sizes):
        raise WishError(f"{path} is no IDX file of bytes")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(sizes)


def _checked(pixels: Any, labels: Any, path: Path) -> Labelled:
    right = pixels.ndim == 3 and pixels.dtype == np.uint8 and labels.shape == pixels.shape[:1]
    if not right or not len(labels) or labels.min() < 0 or labels.max() > 9:
        raise WishError(f"{path} holds no labelled pictures: uint8 (N, H, W), labels 0 to 9")
    return pixels, labels.astype(np.int64)


def write_pictures(
    path: Path, pixels: NDArray[np.uint8], labels: NDArray[np.int64]
) -> dict[str, int]:
    """Write a split, `path` and `*.labels.npy` beside it; returns the number of pictures."""
    for name, array in ((path, pixels), (labels_path(path), labels)):
        held = io.BytesIO()
        np.save(held, array, allow_pickle=False)
        write_atomically(name, held.getvalue())
    return {"pictures": len(pixels)}


def labels_path(path: Path) -> Path:
    """Where the labels of a split lie."""
    return path.with_suffix(".labels.npy")


class PictureShard:
    """The pictures of one split.

    Attributes:
        pixels: (N, H, W) or (N, H, W, C) uint8, memory-mapped.
        labels: (N,) int64.
    """

    def __init__(self, path: Path) -> None:
        """Open `path` (`train.npy`) and its labels. Raises WishError."""
        try:
            self.pixels = np.load(path, mmap_mode="r", allow_pickle=False)
            self.labels = np.load(labels_path(path), allow_pickle=False)
        except (OSError, ValueError) as error:
            raise WishError(f"cannot read the shard {path}: {error}; prepare the data") from error
        if self.pixels.dtype != np.uint8 or self.pixels.ndim not in (3, 4):
            raise WishError(f"the shard {path} holds no pictures; prepare the data again")
        if self.labels.shape != self.pixels.shape[:1]:
            raise WishError(f"the shard {path} and its labels disagree; prepare the data again")

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class PictureBatch:
    """Pictures (B, H, W) or (B, H, W, C) uint8, their labels (B,), and the number of the step."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    step: int


def picture_batches(
    shard: PictureShard, *, rows: int, seed: int, first_step: int = 0, rank: int = 0, world: int = 1
) -> Iterator[PictureBatch]:
    """This rank's part of each step's pictures, without end, from `first_step` on.

    Each epoch has an order of its own, which depends on the seed and its number alone.

    Args:
        shard: the pictures.
        rows: pictures a step over all ranks; a multiple of `world`.
        seed: of the order.
        first_step: where a run that was stopped goes on.
        rank: this process, of `world`.

    Raises:
        ValueError: if the shard has fewer pictures than a step.
    """
    steps = len(shard) // rows
    if not steps:
        raise ValueError(f"the shard has {len(shard)} pictures, fewer than {rows} a step")
    step = first_step
    while True:
        order = np.random.default_rng((seed, step // steps)).permutation(len(shard))
        for at in range(step % steps, steps):
            # In the order of the file, which a memory map reads faster.
            places = np.sort(order[at * rows + rank : (at + 1) * rows : world])
            yield PictureBatch(np.asarray(shard.pixels[places]), shard.labels[places], step)
            step += 1
