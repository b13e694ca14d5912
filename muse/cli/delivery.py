"""How verbs hand over what they made: into files, as JSON, or in the terminal."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from muse.cli.showing import summary, work_text
from muse.makers.voice_choice import SOUND_SUFFIXES
from muse.works.base import WishError, Work
from muse.works.score import Score

FOLDER_SUFFIXES = {"Score": (".mid", ".musicxml", ".svg"), "Poem": (".txt", ".html"),
                   "Script": (".fountain", ".pdf"), "Story": (".txt", ".html"),
                   "Picture": (".png",)}  # fmt: skip
"""What a folder gets of each work."""


def check_outputs(outputs: Sequence[str], kind: str) -> None:
    """Refuse outputs that no work of the kind can be written to, before anything is drawn.

    Raises:
        WishError: the message lists the suffixes.
    """
    from muse.works.formats import WRITERS, suffix_of

    for out in outputs:
        suffix = suffix_of(Path(out))
        if not out.endswith("/") and suffix not in WRITERS[kind]:
            known = " ".join(WRITERS[kind])
            raise WishError(f"-o {out}: the suffix must be one of {known}, or end in / (a folder)")


def deliver(
    made: Work | Sequence[Work], options: argparse.Namespace, name: Callable[[Work], str]
) -> None:
    """Write, or show, what was made.

    Args:
        made: one work, or several.
        options: of the command line: `out` and `json`.
        name: what a work's file is called in a folder, without its suffix.
    """
    works = [made] if isinstance(made, Work) else list(made)
    written: list[list[Path]] = [[] for _ in works]
    for out in options.out:
        for number, work in enumerate(works, 1):
            place = number if len(works) > 1 else None
            written[number - 1] += _written(work, out, place, name)
    if options.json:
        found = [summary(work, paths) for work, paths in zip(works, written)]
        print(json.dumps(found[0] if isinstance(made, Work) else found, ensure_ascii=False))
    elif options.out:
        for path in [path for paths in written for path in paths]:
            print(path)
    else:
        print("\n\n".join(work_text(work) for work in works))


def _written(work: Work, out: str, number: int | None, name: Callable[[Work], str]) -> list[Path]:
    """Write one work as `out` says; `number` is told in the name where there are several."""
    from muse.works.formats import suffix_of

    path = Path(out)
    if out.endswith("/"):
        stem = name(work) + (f"-{number}" if number else "")
        return [work.save(path / f"{stem}{s}") for s in FOLDER_SUFFIXES[type(work).__name__]]
    if number is not None:
        suffix = path.name[len(path.name) - len(suffix_of(path)) :]
        path = path.with_name(f"{path.name.removesuffix(suffix)}-{number}{suffix}")
    if isinstance(work, Score) and path.suffix.lower() in SOUND_SUFFIXES:
        from muse.cli.rendering import played

        return [(played(work) or work).save(path)]
    return [work.save(path)]


def seeded(work: Work) -> str:
    """A file's name from the verb and the seed."""
    return f"{work.provenance.get('verb', 'work')}-seed{work.provenance.get('seed', 0)}"
