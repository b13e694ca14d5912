"""Files: one module a format. A table says which module reads or writes which suffix."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from muse.works.base import WishError

if TYPE_CHECKING:
    from muse.works.base import Work
    from muse.works.score import Score

READERS = {
    ".mid": "midi", ".midi": "midi",
    ".musicxml": "musicxml", ".xml": "musicxml", ".mxl": "musicxml",
    ".abc": "abc",
    ".json": "json",
}  # fmt: skip
"""Suffix -> module with `decode(data: bytes, name: str) -> Work`."""

WRITERS = {
    "Score": {
        ".mid": "midi", ".midi": "midi", ".musicxml": "musicxml", ".xml": "musicxml",
        ".abc": "abc", ".svg": "engraving", ".png": "engraving", ".pdf": "engraving",
        ".roll.svg": "roll_picture", ".roll.png": "roll_picture", ".wav": "wav", ".flac": "wav", ".json": "json",
    },
}  # fmt: skip
"""Kind of work -> suffix -> module with `encode(work, suffix: str) -> bytes`."""

LARGEST_FILE_BYTES = 16 * 1024 * 1024
"""A file from a stranger that is larger is refused before it is read."""


def suffix_of(path: Path) -> str:
    """What says a file's format: `.mid`, or both of `.roll.svg`."""
    double = "".join(path.suffixes[-2:]).lower()
    return double if any(double in table for table in WRITERS.values()) else path.suffix.lower()


def encode_work(work: Work, suffix: str) -> bytes:
    """The bytes of `work` in the format of `suffix`. Raises WishError if there is none."""
    table = WRITERS.get(type(work).__name__, {})
    if suffix not in table:
        known = " ".join(table)
        raise WishError(f"cannot write a {type(work).__name__} as {suffix!r}; use one of {known}")
    module = import_module(f"{__name__}.{table[suffix]}")
    return module.encode(work, suffix)


def open_score(path: str | Path) -> Score:
    """Read a file that holds music. Raises WishError as `open_work` does, and if it holds none."""
    from muse.works.score import Score

    work = open_work(path)
    if not isinstance(work, Score):
        raise WishError(f"{path} holds no music")
    return work


def open_work(path: str | Path) -> Work:
    """Read any file that Muse knows into its work.

    Raises:
        WishError: if the file is missing, too large, of an unknown format or not what its suffix
            says. The message names the file.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise WishError(f"cannot read {path}: unknown suffix {suffix!r}; use {' '.join(READERS)}")
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            raise WishError(f"{path} has {size:,} bytes; Muse reads at most {LARGEST_FILE_BYTES:,}")
        data = path.read_bytes()
    except OSError as error:
        raise WishError(f"cannot read {path}: {error.strerror or error}") from error
    module = import_module(f"{__name__}.{READERS[suffix]}")
    return module.decode(data, str(path))
