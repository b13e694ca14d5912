"""Files: one module a format. A table says which module reads or writes which suffix."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from muse.works.base import WishError, read_whole

if TYPE_CHECKING:
    from muse.works.base import Work
    from muse.works.score import Score

READERS = {
    ".mid": "midi", ".midi": "midi",
    ".musicxml": "musicxml", ".xml": "musicxml", ".mxl": "musicxml",
    ".abc": "abc",
    ".json": "json_works",
    ".txt": "plain_text", ".text": "plain_text",
    ".md": "markdown", ".markdown": "markdown",
    ".fountain": "fountain", ".spmd": "fountain", ".fdx": "fdx",
    ".png": "png",
    ".wav": "sound", ".flac": "sound", ".ogg": "sound", ".mp3": "sound",
}  # fmt: skip
"""Suffix -> module with `decode(data: bytes, name: str) -> Work`."""

WRITERS = {
    "Score": {
        ".mid": "midi", ".midi": "midi", ".musicxml": "musicxml", ".xml": "musicxml",
        ".abc": "abc", ".svg": "engraving", ".png": "engraving", ".pdf": "engraving",
        ".roll.svg": "roll_picture", ".roll.png": "roll_picture", ".wav": "wav", ".flac": "wav",
        ".ogg": "wav", ".mp3": "wav", ".json": "json",
    },
    "Poem": {
        ".txt": "plain_text", ".md": "markdown", ".html": "web_page",
        ".vertical.html": "web_page", ".pdf": "printed_poem", ".json": "writing_json",
    },
    "Script": {
        ".fountain": "fountain", ".fdx": "fdx", ".pdf": "screenplay", ".html": "web_page",
        ".txt": "plain_text", ".json": "writing_json",
    },
    "Story": {
        ".txt": "plain_text", ".md": "markdown", ".html": "web_page", ".json": "writing_json",
    },
    "Audio": {".wav": "sound", ".flac": "sound", ".ogg": "sound", ".mp3": "sound"},
    "Picture": {".png": "png", ".svg": "traced"},
}  # fmt: skip
"""Kind of work -> suffix -> module with `encode(work, suffix: str) -> bytes`."""

ACCOUNTED_BESIDE = ("plain_text",)
"""Modules whose formats have no place for provenance: it is written in a second file."""

LARGEST_FILE_BYTES = 16 * 1024 * 1024
"""A file from a stranger that is larger is refused before it is read."""


def suffix_of(path: Path) -> str:
    """What says a file's format: `.mid`, or both of `.roll.svg`."""
    double = "".join(path.suffixes[-2:]).lower()
    return double if any(double in table for table in WRITERS.values()) else path.suffix.lower()


def encode_work(work: Work, suffix: str) -> bytes:
    """The bytes of `work` in the format of `suffix`, labelled if a model made it.

    Raises:
        WishError: if this kind of work has no such format.
    """
    from muse.works.formats.picture_account import with_account
    from muse.works.provenance import labelled

    table = WRITERS.get(type(work).__name__, {})
    if suffix not in table:
        known = " ".join(table)
        raise WishError(f"cannot write a {type(work).__name__} as {suffix!r}; use one of {known}")
    module = import_module(f"{__name__}.{table[suffix]}")
    work = labelled(work)
    return with_account(module.encode(work, suffix), suffix, work.provenance)


def encode_files(work: Work, path: Path, suffix: str) -> list[tuple[Path, bytes]]:
    """The files that saving `work` as `path` writes, `path` itself the last. Raises WishError."""
    data = encode_work(work, suffix)
    if WRITERS[type(work).__name__][suffix] not in ACCOUNTED_BESIDE:
        return [(path, data)]
    from muse.works.formats.text_files import encode_sidecar, sidecar_path
    from muse.works.provenance import labelled

    return [(sidecar_path(path), encode_sidecar(labelled(work), data)), (path, data)]


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
    data = read_bytes(path)
    module = import_module(f"{__name__}.{READERS[suffix]}")
    if READERS[suffix] in ACCOUNTED_BESIDE:
        return module.decode(data, str(path), _beside(path))
    return module.decode(data, str(path))


def read_bytes(path: Path) -> bytes:
    """What a file holds, of at most `LARGEST_FILE_BYTES`. Raises WishError as `read_whole` does."""
    return read_whole(path, LARGEST_FILE_BYTES)


def _beside(path: Path) -> bytes | None:
    """What stands beside a plain text, if there is something that can be read."""
    from muse.works.formats.text_files import sidecar_path

    beside = sidecar_path(path)
    try:
        small = beside.is_file() and beside.stat().st_size <= LARGEST_FILE_BYTES
        return beside.read_bytes() if small else None
    except OSError:
        return None
