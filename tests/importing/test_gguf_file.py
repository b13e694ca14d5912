"""GGUF files of strangers: read as the package `gguf` reads them, or refused in one line."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muse.importing.gguf_checkpoint import open_gguf_checkpoint
from muse.importing.gguf_file import open_gguf
from muse.works.base import WishError

from .making import tiny_gguf, write_gguf


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", kind="Q4_0")


def test_reads_what_the_package_reads(tmp_path: Path) -> None:
    told: dict[str, Any] = {
        "a.text": "Grüße\n春", "a.yes": True, "a.no": False, "a.number": 7,
        "a.rate": 1e-5, "a.words": ["a", "", "海"], "a.numbers": [1, -2, 3], "a.rates": [0.5, -0.25],
        "general.alignment": 64,
    }  # fmt: skip
    tensors = {"one": np.arange(5, dtype=np.float32), "two": np.ones((3, 32), np.float32)}
    written = write_gguf(tmp_path / "a.gguf", tensors, told, "Q8_0")
    found, theirs = open_gguf(written), gguf.GGUFReader(written)
    assert found.metadata == told | {"general.architecture": "llama"}
    for tensor in theirs.tensors:
        place = found.tensors[tensor.name]
        assert (place.start, place.size) == (tensor.data_offset, tensor.n_bytes)
        expected = gguf.dequantize(tensor.data, tensor.tensor_type)
        assert np.array_equal(found.tensor(tensor.name), expected)
        assert np.allclose(expected, tensors[tensor.name], rtol=1e-3)
    assert found.kinds() == "F32 x 1, Q8_0 x 1"


def number(value: int) -> bytes:
    return struct.pack("<Q", value)


def text(value: bytes) -> bytes:
    return number(len(value)) + value


def header(tensors: int = 0, keys: int = 0, version: int = 3, magic: bytes = b"GGUF") -> bytes:
    return magic + struct.pack("<IQQ", version, tensors, keys)


def tensor(name: bytes, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    sizes = b"".join(map(number, shape))
    return text(name) + struct.pack("<I", len(shape)) + sizes + struct.pack("<IQ", kind, offset)


U32, TEXT, ARRAY = (struct.pack("<I", kind) for kind in (4, 8, 9))
HUGE = 2**63
HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "has 0 bytes"),
    "a picture": (b"\x89PNG" + bytes(60), "does not begin with GGUF"),
    "version 1": (header(version=1), "version is 1"),
    "big-endian": (header(version=3 << 24), "version is 50331648"),
    "endless keys": (header(keys=HUGE), "9223372036854775808 keys"),
    "endless tensors": (header(tensors=HUGE), "tensors and 0 keys"),
    "keys that are not there": (header(keys=5), "is the file whole"),
    "an endless key": (header(keys=1) + number(HUGE), "a text of 9223372036854775808 bytes"),
    "a key past the end": (header(keys=1) + number(900) + b"x", "is the file whole"),
    "an endless text": (header(keys=1) + text(b"k") + TEXT + number(2**40), "a text of"),
    "an endless list": (
        header(keys=1) + text(b"k") + ARRAY + U32 + number(HUGE) + bytes(64), "a list of 92"
    ),
    "a long list that is not there": (
        header(keys=1) + text(b"k") + ARRAY + U32 + number(4_000_000) + bytes(64), "is the file whole"
    ),
    "texts that are not there": (
        header(keys=1) + text(b"k") + ARRAY + TEXT + number(4_000_000) + bytes(64), "is the file whole"
    ),
    "a list of lists": (
        header(keys=1) + text(b"k") + ARRAY + ARRAY + number(1) + bytes(64), "lists of type 9"
    ),
    "an unknown type": (header(keys=1) + text(b"k") + struct.pack("<I", 99), "values of type 99"),
    "no UTF-8": (header(keys=1) + text(b"\xff\xfe") + U32 + bytes(4), "not UTF-8"),
    "a key twice": (header(keys=2) + (text(b"k") + U32 + bytes(4)) * 2, "'k' stands there twice"),
    "no alignment": (
        header(keys=1) + text(b"general.alignment") + U32 + bytes(4), "general.alignment is '0'"
    ),
    "many dimensions": (header(1) + text(b"t") + struct.pack("<I", 2**31), "2147483648 dimensions"),
    "an endless tensor": (header(1) + tensor(b"t", (HUGE, HUGE)), "lies beyond its end"),
    "an empty tensor": (header(1) + tensor(b"t", (0, 4)), r"has the shape \(4, 0\)"),
    "a far tensor": (header(1) + tensor(b"t", (4,), offset=HUGE), "lies beyond its end"),
    "broken blocks": (header(1) + tensor(b"t", (33,), kind=2), r"has the shape \(33,\), .* of 32"),
    "an unknown kind of tensor": (header(1) + tensor(b"t", (4,), kind=77), "unknown type 77"),
    "a tensor twice": (header(2) + tensor(b"t", (4,)) * 2 + bytes(96), "'t' stands there twice"),
    "tensors on one another": (
        header(9) + b"".join(tensor(b"t%d" % i, (64,)) for i in range(9)) + bytes(512),
        "lies beyond its end",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "words"), HOSTILE.values(), ids=HOSTILE)
def test_lying_headers_are_refused_and_cost_nothing(
    tmp_path: Path, data: bytes, words: str
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(WishError, match=words) as raised:
            open_gguf(bad)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert "\n" not in str(raised.value) and str(bad) in str(raised.value)


def test_names_of_strangers_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(header(1) + tensor(b"\x1b[2J\nevil" + b"x" * 500, (4,), kind=77))
    with pytest.raises(WishError) as raised:
        open_gguf(bad)
    assert str(raised.value).isprintable() and len(str(raised.value)) < 300


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(WishError, match=r"cannot read .*none.gguf: No such file"):
        open_gguf(tmp_path / "none.gguf")


def opens_or_refuses(path: Path, data: bytes) -> None:
    """Read all of a file; nothing but WishError may come of it, in one line."""
    path.write_bytes(data)
    try:
        checkpoint = open_gguf_checkpoint(path)
        for name in ("model.norm.weight", "model.layers.1.self_attn.q_proj.weight"):
            checkpoint.read(name)
    except WishError as error:
        assert "\n" not in str(error) and len(str(error)) < 1000


@pytest.fixture(scope="module")
def whole(path: Path) -> bytes:
    return path.read_bytes()


FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUZZ
@given(data=st.binary(max_size=400))
def test_random_bytes(tmp_path: Path, data: bytes) -> None:
    opens_or_refuses(tmp_path / "f.gguf", data)
    opens_or_refuses(tmp_path / "f.gguf", header(2, 2) + data)


@FUZZ
@given(share=st.floats(0, 1))
def test_cut_files(tmp_path: Path, whole: bytes, share: float) -> None:
    opens_or_refuses(tmp_path / "f.gguf", whole[: int(share * len(whole))])


@settings(FUZZ, max_examples=150)
@given(
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from([1, 4, 8]), st.integers(0, 2**64 - 1)),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_changed_headers(
    tmp_path: Path, whole: bytes, changes: list[tuple[float, int, int]]
) -> None:
    data = bytearray(whole)
    end = whole.index(b"blk.1.ffn_up.weight") + 100
    for share, size, value in changes:
        at = int(share * (end - size))
        data[at : at + size] = (value % 256**size).to_bytes(size, "little")
    opens_or_refuses(tmp_path / "f.gguf", bytes(data))


@FUZZ
@given(number=st.integers(0, 40), value=st.sampled_from([0, 1, 2**31, 2**32 - 1]))
def test_changed_numbers_of_the_network(
    tmp_path: Path, whole: bytes, number: int, value: int
) -> None:
    """Every whole number that the metadata state, one at a time, becomes absurd."""
    keys = sorted(key for key, old in open_gguf_keys(tmp_path, whole).items() if type(old) is int)
    key = keys[number % len(keys)]
    at = whole.index(text(key.encode())) + 8 + len(key) + 4
    opens_or_refuses(
        tmp_path / "f.gguf", whole[:at] + struct.pack("<I", value) + whole[at + 4 :]
    )  # fmt: skip


def open_gguf_keys(folder: Path, whole: bytes) -> dict[str, Any]:
    (folder / "whole.gguf").write_bytes(whole)
    return open_gguf(folder / "whole.gguf").metadata
