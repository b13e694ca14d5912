"""Bundles from strangers: whatever stands in their files, they load or are refused in one line."""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muse.bundle import load_bundle, save_bundle
from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.melody import melody_vocabulary
from muse.works.base import WishError

SECONDS = 10
PLACES = (
    "config.json", "model.safetensors", "generation_config.json", "tokenizer/vocab.json",
)  # fmt: skip
WORDS = (b"0", b"-1", b"1000000", b"99999999999999999999", b"1e999", b"null", b"[]", b"{}", b"\xff")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a good bundle."""
    folder = tmp_path_factory.mktemp("good")
    torch.manual_seed(0)
    config = DecoderConfig(
        vocab_size=len(melody_vocabulary()), hidden_size=8, intermediate_size=8,
        num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, head_dim=4,
    )  # fmt: skip
    save_bundle(
        folder, kind="melody", config=config, weights=Decoder(config).state_dict(),
        about={"version": "1", "licence": "none"}, sampling={}, card="# a\n",
    )  # fmt: skip
    return {place: (folder / place).read_bytes() for place in PLACES}


def laid(folder: Path, files: dict[str, bytes]) -> Path:
    for place, data in files.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(data)
    return folder


def without_checksum(data: bytes) -> bytes:
    """A config that vouches for nothing, so that what is behind it is looked at."""
    keys = json.loads(data)
    del keys["muse"]["sha256"]
    return json.dumps(keys).encode()


def refused_or_loaded(folder: Path) -> None:
    began = time.monotonic()
    try:
        load_bundle(folder)
    except WishError as error:
        assert "\n" not in str(error)
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("place", PLACES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_is_told_in_one_line(
    tmp_path: Path, files: dict[str, bytes], place: str, seed: int
) -> None:
    rng = random.Random(seed)
    held = files | {"config.json": without_checksum(files["config.json"])}
    data = held[place]
    for _ in range(rng.choice([1, 2, 4])):
        numbers = list(re.finditer(rb"\d+|\"[^\"]*\"|true|false", data[:60_000])) or [None]
        found = rng.choice(numbers)
        start = rng.randrange(max(len(data), 1))
        data = rng.choice(
            [
                data[:start],
                data[:start] + bytes([rng.randrange(256)]) + data[start + 1 :],
                data[:start] + data[start + rng.choice([1, 8, 100]) :],
                data[: found.start()] + rng.choice(WORDS) + data[found.end() :] if found else b"",
            ]
        )
    refused_or_loaded(laid(tmp_path, held | {place: data}))


def header(table: object, size: int | None = None) -> bytes:
    text = json.dumps(table).encode()
    return (len(text) if size is None else size).to_bytes(8, "little") + text


NAME = "model.norm.weight"
WEIGHTS: dict[str, bytes] = {
    "a header of exabytes": header({}, 2**63),
    "a header as long as it says it is": (90_000_000).to_bytes(8, "little") + b" " * 1000,
    "a tensor of exabytes": header(
        {NAME: {"dtype": "F32", "shape": [2**40, 2**20], "data_offsets": [0, 2**62]}}
    ),
    "a shape that overflows": header(
        {NAME: {"dtype": "F32", "shape": [2**33, 2**33], "data_offsets": [0, 0]}}
    ),
    "offsets before the file": header(
        {NAME: {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}
    ),
    "tensors upon each other": header(
        {n: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for n in (NAME, "b")}
    ) + b"\0" * 8,
    "an unknown type": header({NAME: {"dtype": "X99", "shape": [1], "data_offsets": [0, 4]}}),
    "a deep header": b"\xff\xff\0\0\0\0\0\0" + b"[" * 65_535,
    "a zip, as torch saves pickles": b"PK\x03\x04" + b"\0" * 100,
    "a pickle": b"\x80\x04cos\nsystem\n(S'touch exploded'\ntR.",
}  # fmt: skip


@pytest.mark.parametrize("data", WEIGHTS.values(), ids=WEIGHTS)
def test_absurd_weights_are_refused(
    tmp_path: Path, files: dict[str, bytes], data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = without_checksum(files["config.json"])
    folder = laid(tmp_path / "b", files | {"config.json": config, "model.safetensors": data})
    with pytest.raises(WishError, match=r"model\.safetensors") as raised:
        load_bundle(folder)
    assert "\n" not in str(raised.value)
    assert not Path("exploded").exists()


SHAPES = {
    "wide": {"hidden_size": 1_000_000, "num_attention_heads": 1_000_000},
    "deep": {"num_hidden_layers": 1000},
    "long": {"max_position_embeddings": 100_000_000},
    "endless": {"rms_norm_eps": 1e999},
    "a word": {"hidden_size": "8; import os"},
    "a class": {"auto_map": {"AutoModel": "evil.Evil"}, "trust_remote_code": True},
}


@pytest.mark.parametrize("keys", SHAPES.values(), ids=SHAPES)
def test_absurd_shapes_spend_no_memory(
    tmp_path: Path, files: dict[str, bytes], keys: dict[str, object]
) -> None:
    config = json.dumps(json.loads(files["config.json"]) | keys).encode()
    refused_or_loaded(laid(tmp_path, files | {"config.json": config}))


SPECIAL: dict[str, Callable[[Path], None]] = {
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a circle": lambda path: path.symlink_to(path),
    "a link to nowhere": lambda path: path.symlink_to("/nowhere/at/all"),
    "a link to a secret": lambda path: path.symlink_to("/etc/passwd"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL)
def test_what_is_no_plain_file_is_refused(
    tmp_path: Path, files: dict[str, bytes], place: str, make: Callable[[Path], None]
) -> None:
    folder = laid(tmp_path / "b", files)
    (folder / place).unlink()
    make(folder / place)
    with pytest.raises(WishError) as raised:
        load_bundle(folder)
    assert "\n" not in str(raised.value)
    assert "root:" not in str(raised.value)
