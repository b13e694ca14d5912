"""Labelled pictures: the published formats, the split, the order of batches."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import numpy as np
import pytest

from muse.data.pictures import PictureShard, picture_batches, prepare_digits, read_digits
from muse.works.base import WishError
from tests.train.toy_pictures import toy_digits, toy_picture_shards


def _idx(array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return b"\0\0\x08" + bytes([array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def _published(folder: Path, kind: str) -> Path:
    train, test = toy_digits(120, 0), toy_digits(30, 1)
    if kind == "npz":
        np.savez(
            folder / "mnist.npz", x_train=train[0], y_train=train[1].astype(np.uint8),
            x_test=test[0], y_test=test[1].astype(np.uint8),
        )  # fmt: skip
        return folder
    for name, (pixels, labels) in (("train", train), ("t10k", test)):
        for what, array in (("images-idx3", pixels), ("labels-idx1", labels)):
            data, path = _idx(array), folder / f"{name}-{what}-ubyte"
            if kind == "gz":
                data, path = gzip.compress(data), path.with_name(path.name + ".gz")
            path.write_bytes(data)
    return folder


@pytest.mark.parametrize("kind", ["npz", "idx", "gz"])
def test_published_formats_are_read_and_split(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "shards"
    report = prepare_digits(["mnist"], _published(tmp_path, kind), out, validation=20)
    assert {name: each["pictures"] for name, each in report.items()} == {
        "train": 100, "valid": 20, "test": 30,
    }  # fmt: skip
    train, valid = (PictureShard(out / f"{split}.npy") for split in ("train", "valid"))
    pixels, labels = toy_digits(120, 0)
    together = np.concatenate((train.pixels, valid.pixels))
    assert sorted(map(bytes, together)) == sorted(map(bytes, pixels))
    assert sorted(np.concatenate((train.labels, valid.labels))) == sorted(labels)
    # Each picture kept its own label: the bar's place says it.
    rows = train.pixels[:, :, 2].argmax(axis=1)
    assert np.array_equal((rows - 2) // 2, train.labels)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    _published(tmp_path, "idx")
    files = sorted(tmp_path.glob("*-ubyte"))
    for path in files:
        data = path.read_bytes()
        for wrong in (b"", data[:-1], b"\0\0\x09" + data[3:], data[:4] + b"\xff" * 12):
            path.write_bytes(wrong)
            with pytest.raises(WishError, match=path.name):
                read_digits(files)
        path.write_bytes(data)
    (tmp_path / "mnist.npz").write_bytes(b"PK nonsense")
    with pytest.raises(WishError, match=r"mnist\.npz"):
        read_digits([tmp_path / "mnist.npz"])
    with pytest.raises(WishError):
        read_digits(files[:2])


def test_batches_go_on_at_any_step_and_part_among_ranks(tmp_path: Path) -> None:
    shard = PictureShard(toy_picture_shards(tmp_path, 50) / "train.npy")
    whole = list(itertools.islice(picture_batches(shard, rows=8, seed=3), 15))
    assert [batch.step for batch in whole] == list(range(15))
    for first in (0, 4, 6, 11):
        batch = next(picture_batches(shard, rows=8, seed=3, first_step=first))
        assert np.array_equal(batch.pixels, whole[first].pixels)
    # An epoch of 6 steps shows 48 different pictures; the next has another order.
    shown = np.concatenate([batch.pixels for batch in whole[:6]])
    assert len({bytes(each) for each in shown}) == len({bytes(each) for each in shard.pixels}) or (
        len(shown) == 48
    )
    assert not np.array_equal(whole[0].pixels, whole[6].pixels)
    parts = [next(picture_batches(shard, rows=8, seed=3, rank=r, world=2)) for r in (0, 1)]
    together = sorted(bytes(each) for part in parts for each in part.pixels)
    assert together == sorted(bytes(each) for each in whole[0].pixels)
    with pytest.raises(ValueError):
        next(picture_batches(shard, rows=51, seed=0))
