"""Makers and files for all visitors: each bundle is loaded once, engraving is done one at a time."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from muse.works.base import WishError, Work

_LOADING = threading.Lock()
_ENCODING = threading.Lock()

KEPT_SECONDS = 1800.0
"""How long a file waits to be downloaded."""

FORMATS = {
    "Score": (".mid", ".musicxml", ".abc", ".svg", ".pdf", ".wav"),
    "Poem": (".txt", ".md", ".html", ".pdf", ".json"),
    "Script": (".fountain", ".fdx", ".pdf", ".html", ".txt"),
}
"""What a work of each kind is offered as."""


def maker(name: str) -> Any:
    """The maker of a bundle, loaded once. Raises WishError if there is none."""
    with _LOADING:
        return _loaded(name)


@lru_cache(maxsize=8)
def _loaded(name: str) -> Any:
    from muse.makers import load_maker

    return load_maker(name)


def dramatist() -> Any:
    """Who writes scenes: with `script-en`, else with `verse-en`. Raises WishError."""
    from muse.hub import bundle_folders
    from muse.makers.dramatist import USUAL, Dramatist

    name = next((each for each in USUAL if each in bundle_folders()), USUAL[-1])
    found = maker(name)
    return found if isinstance(found, Dramatist) else Dramatist(found.bundle)


def encoded(work: Work, suffix: str) -> bytes:
    """The bytes of a file of a work; the libraries that engrave are asked by one thread at a time."""
    from muse.works.formats import encode_work

    with _ENCODING:
        return encode_work(work, suffix)


@lru_cache(maxsize=1)
def _temporary() -> tempfile.TemporaryDirectory[str]:
    """The folder of visitors' files, which goes when the studio does."""
    return tempfile.TemporaryDirectory(prefix="muse-studio-")


def files_of(work: Work) -> list[str]:
    """Paths of the work in every format that its kind is offered in, in a new temporary folder.

    A format that cannot hold this work (a picture of a very long score) is left out.

    Raises:
        WishError: if no format can hold it.
    """
    root = Path(_temporary().name)
    for old in root.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=root))
    stem = re.sub(r"[^\w-]+", "-", work.title.lower()).strip("-")[:40] or "muse"
    found, fault = [], "nothing to write"
    for suffix in FORMATS[type(work).__name__]:
        try:
            with _ENCODING:
                found.append(str(work.save(folder / f"{stem}{suffix}")))
        except WishError as error:
            fault = str(error)
    if not found:
        raise WishError(fault)
    return found
