"""The files of a bundle: weights with their checksum, and JSON; hostile until they are parsed."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from muse.works.base import WishError, read_whole, usual_mode, write_atomically

LARGEST_WEIGHTS_BYTES = 20_000_000_000
LARGEST_JSON_BYTES = 16_000_000


def write_weights(path: Path, weights: Mapping[str, NDArray[Any]]) -> str:
    """Write weights under a temporary name, then rename the file.

    They may be larger than what memory holds twice, so they are never one piece of bytes.

    Returns:
        The file's checksum.

    Raises:
        WishError: if the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as beside:
            written = Path(beside) / path.name
            save_file(dict(weights), written, {"format": "pt"})
            checksum = file_checksum(written)
            os.chmod(written, usual_mode())
            os.replace(written, path)
    except (OSError, SafetensorError) as error:
        raise WishError(f"cannot write {path}: {error}") from error
    return checksum


def read_weights(
    path: Path, shapes: Mapping[str, tuple[int, ...]], checksum: str | None
) -> dict[str, NDArray[np.float32]]:
    """Read the weights that a network has; all others in the file are left unread.

    Args:
        path: the file `model.safetensors`.
        shapes: of the network's tensors, by name.
        checksum: that the bundle recorded, None if it recorded none.

    Raises:
        WishError: if the file is damaged, or a tensor is missing or of another shape.
    """
    try:
        if path.exists() and not path.is_file():
            raise WishError(f"cannot read {path}: it is no plain file")
        if path.stat().st_size > LARGEST_WEIGHTS_BYTES:
            raise WishError(f"{path} is too large to be a bundle of Muse")
        found = file_checksum(path)
    except OSError as error:
        raise WishError(f"cannot read {path}: {error.strerror}") from error
    if checksum not in (None, found):
        raise WishError(f"{path} is damaged or was changed: its checksum is not the recorded one")
    weights: dict[str, NDArray[np.float32]] = {}
    try:
        with safe_open(path, framework="np") as file:
            held = set(file.keys())
            for name, shape in shapes.items():
                if name in held and tuple(file.get_slice(name).get_shape()) == tuple(shape):
                    weights[name] = np.asarray(file.get_tensor(name), dtype=np.float32)
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise WishError(f"{path}: {error}") from error
    for name, shape in shapes.items():
        if name not in weights:
            raise WishError(f"{path}: tensor {name} is missing or not {tuple(shape)}")
    return weights


def file_checksum(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON that people can read. Raises WishError."""
    write_atomically(path, json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n")


def read_json(path: Path, kind: type) -> Any:
    """Read a value of a JSON type. Raises WishError if it is none of that type, or too large."""
    try:
        found = json.loads(read_whole(path, LARGEST_JSON_BYTES))
    except WishError:
        raise
    except (ValueError, RecursionError) as error:
        raise WishError(f"cannot read {path}: {error}") from error
    if not isinstance(found, kind):
        raise WishError(f"{path} is no part of a bundle: it holds no JSON {kind.__name__}")
    return found
