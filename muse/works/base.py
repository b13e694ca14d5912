"""What every work has: provenance, and saving by suffix."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

W = TypeVar("W", bound="Work")


class WishError(ValueError):
    """A wish or an input that cannot be met; the message says what would be right.

    The command line prints the message alone, in one line, and leaves with code 2.
    """


@dataclass(frozen=True)
class Work:
    """A thing that was made, and where it came from.

    Attributes:
        title: what the work is called; may be empty.
        provenance: how it was made: model, version, seed, settings, data licences. Empty for a
            work that a person made. JSON values only.
    """

    title: str = field(default="", kw_only=True)
    provenance: Mapping[str, Any] = field(default_factory=dict, kw_only=True, compare=False)

    def with_provenance(self: W, provenance: Mapping[str, Any]) -> W:
        """The same work with another account of how it was made."""
        return replace(self, provenance=dict(provenance))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the work; the suffix chooses the format. The file appears whole or not at all.

        Beside a plain text the account of how it was made is written too, as `NAME.txt.json`.

        Returns:
            The path that was written, of the work itself.

        Raises:
            WishError: if no format of this work has that suffix, or the place cannot be written.
        """
        from muse.works.formats import encode_files, suffix_of

        path = Path(path)
        write_together(encode_files(self, path, suffix_of(path)))
        return path


def read_whole(path: Path, most: int) -> bytes:
    """What a file from a stranger holds, never more than `most` bytes of it in memory.

    Raises:
        WishError: if it is missing, no plain file (a device or a pipe may have no end), or larger;
            the message names the file.
    """
    try:
        if path.exists() and not path.is_file():
            raise WishError(f"cannot read {path}: it is no plain file")
        with path.open("rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            size = path.stat().st_size
            raise WishError(f"{path} has {size:,} bytes; Muse reads at most {most:,}: too large")
    except OSError as error:
        raise WishError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        if isinstance(error, WishError):
            raise
        raise WishError(f"cannot read {str(path)!r}: {error}") from error
    return data


def usual_mode() -> int:
    """The permissions of a new file; temporary files are born with fewer."""
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` under a temporary name in the same folder, then rename it to `path`.

    Raises:
        WishError: if the folder cannot be made or written.
    """
    write_together([(path, data)])


def write_together(files: Sequence[tuple[Path, bytes]]) -> None:
    """Write files that belong together: all of them appear, or everything stays as it was.

    All are written under temporary names before the first is renamed. Should a renaming fail, the
    files that were renamed before it are put back, for which no room on the disk is needed.

    Raises:
        WishError: if a folder cannot be made or written; the message names the file.
    """
    waiting: list[tuple[str, Path]] = []
    before: list[tuple[Path, str | bytes | None]] = []
    path = files[0][0]
    try:
        for path, data in files:
            waiting.append((_written_aside(path, data), path))
        while waiting:
            temporary, path = waiting[0]
            old = _kept(path, temporary) if len(waiting) > 1 else None
            before.append((path, old))
            os.replace(temporary, path)
            del waiting[0]
        for _, old in before:
            if isinstance(old, str):
                Path(old).unlink(missing_ok=True)
    except BaseException as error:
        for temporary, _ in waiting:
            Path(temporary).unlink(missing_ok=True)
        renamed = [path for path, _ in before if path not in [path for _, path in waiting]]
        for done, old in before:
            if isinstance(old, str):
                # To rename one name of a file to its other name does nothing: both would stay.
                os.replace(old, done)
                Path(old).unlink(missing_ok=True)
            elif done in renamed and old is None:
                done.unlink(missing_ok=True)
            elif done in renamed:
                done.write_bytes(old or b"")
        if isinstance(error, OSError):
            raise WishError(f"cannot write {path}: {error.strerror or error}") from error
        raise


def _kept(path: Path, temporary: str) -> str | bytes | None:
    """A file under a second name, to be put back; its bytes where there are no second names.

    None if there is no such file.
    """
    if not path.is_file():
        return None
    try:
        os.link(path, temporary + ".old")
    except OSError:
        return path.read_bytes()
    return temporary + ".old"


def _written_aside(path: Path, data: bytes) -> str:
    """Write `data` in the folder of `path` under a temporary name, which is returned."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, usual_mode())
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return temporary
