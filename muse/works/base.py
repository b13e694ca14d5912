"""What every work has: provenance, and saving by suffix."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
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

        Returns:
            The path that was written.

        Raises:
            WishError: if no format of this work has that suffix, or the place cannot be written.
        """
        from muse.works.formats import encode_work, suffix_of

        path = Path(path)
        data = encode_work(self, suffix_of(path))
        write_atomically(path, data)
        return path


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` under a temporary name in the same folder, then rename it to `path`.

    Raises:
        WishError: if the folder cannot be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise WishError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise WishError(f"cannot write {path}: {error.strerror or error}") from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
