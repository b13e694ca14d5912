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
    files that were renamed before it are put back.

    Raises:
        WishError: if a folder cannot be made or written; the message names the file.
    """
    waiting: list[tuple[str, Path]] = []
    before: list[tuple[Path, bytes | None]] = []
    path = files[0][0]
    try:
        for path, data in files:
            waiting.append((_written_aside(path, data), path))
        while waiting:
            temporary, path = waiting[0]
            old = path.read_bytes() if len(waiting) > 1 and path.exists() else None
            os.replace(temporary, path)
            before.append((path, old))
            del waiting[0]
    except BaseException as error:
        for temporary, _ in waiting:
            Path(temporary).unlink(missing_ok=True)
        for done, old in before:
            if old is None:
                done.unlink(missing_ok=True)
            else:
                done.write_bytes(old)
        if isinstance(error, OSError):
            raise WishError(f"cannot write {path}: {error.strerror or error}") from error
        raise


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
