"""Muse writes melodies, poems and scripts, with one small engine that runs on a laptop CPU.

    composer = muse.load("melody")
    tune = composer.compose(bars=16, key="D", meter="6/8", seed=7)
    tune.save("tune.mid")

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from muse.evaluate.copy_report import Originality
    from muse.makers.composer import Composer
    from muse.works.base import Work

__version__ = "0.2.0"

_HOMES = {
    "Score": "muse.works.score",
    "Part": "muse.works.score",
    "Note": "muse.works.score",
    "ChordMark": "muse.works.score",
    "Poem": "muse.works.poem",
    "Script": "muse.works.script",
    "Speech": "muse.works.script",
    "Direction": "muse.works.script",
    "SceneHeading": "muse.works.script",
    "Transition": "muse.works.script",
    "Story": "muse.works.story",
    "Picture": "muse.works.picture",
    "Audio": "muse.works.audio",
    "Work": "muse.works.base",
    "WishError": "muse.works.base",
    "Key": "muse.theory.keys",
    "Meter": "muse.theory.meter",
    "Chord": "muse.theory.chords",
}
"""Names of the front door and the modules they live in."""


def load(name: str, engine: str = "auto") -> Composer:
    """The maker of a bundle: a name on the shelves, a folder's path, or `hf:owner/name`.

    Args:
        name: of the bundle.
        engine: what draws from it: "native", "torch", or "auto" for the faster that is here.

    Raises:
        WishError: if there is no such bundle, it is damaged, or the engine is not here.
    """
    from muse.makers import load_maker

    return load_maker(name, engine)


def open(path: str | Path) -> Work:
    """Any file that Muse knows as its work.

    MIDI, MusicXML and ABC are a Score, Fountain and Final Draft a Script. A text is a Poem if it
    looks like verse, a Script if it is laid out as plays are, else a Story. JSON says what it is.

    Raises:
        WishError: if it cannot be read; the message names the file and what would be right.
    """
    from muse.works.formats import open_work

    return open_work(path)


def originality(work: Work, corpus: str | None = None) -> Originality:
    """What a work shares with the works that a model learned from.

    Args:
        work: a score, poem, script or story.
        corpus: the model's bundle; without it the one that the work was made by, or by its kind.

    Raises:
        WishError: if the bundle is not there or brings no index of its corpus.
    """
    from muse.evaluate.copy_check import originality

    return originality(work, corpus)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'muse' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
