"""A work against the corpus of a bundle: which bundle, where its index is."""

from __future__ import annotations

from pathlib import Path

from muse.evaluate.copy_index import FILE_NAME, CopyIndex, read_index, to_bytes
from muse.evaluate.copy_report import Originality, compared
from muse.evaluate.shingles import text_lines
from muse.hub import find_bundle
from muse.works.base import WishError, Work, write_atomically
from muse.works.lines import is_chinese
from muse.works.poem import Poem
from muse.works.score import Score
from muse.works.script import Script
from muse.works.story import Story

FOUR_VOICES = 4


def originality(work: Work, corpus: str | None = None) -> Originality:
    """How much of a work stands in what a model learned from.

    Args:
        work: a score, poem, script or story.
        corpus: a bundle's name or folder; without it the one that the work says it was made by,
            else the one for works of its kind.

    Raises:
        WishError: if the bundle is not there, has no index, or is for other works.
    """
    name = corpus or usual_corpus(work)
    return compared(work, index_of(find_bundle(name), name), name)


def originality_by(work: Work, file: Path) -> Originality:
    """As `originality`, against the index in a file."""
    return compared(work, read_index(file), file.name)


def index_of(folder: Path, name: str) -> CopyIndex:
    """The index that a bundle brings. Raises WishError if it has none."""
    path = folder / FILE_NAME
    if not path.is_file():
        raise WishError(
            f"the bundle {name} has no {FILE_NAME}; make it with: "
            f"muse originality --build {name} --from-shards FOLDER"
        )
    return read_index(path)


def usual_corpus(work: Work) -> str:
    """The bundle that a work says it was made by, if that is here and has an index, or is for it."""
    made_by = str(work.provenance.get("model", "")).rpartition(" ")[0]
    if made_by and "/" not in made_by:  # a file may not choose a folder
        try:
            if (find_bundle(made_by) / FILE_NAME).is_file():
                return made_by
        except WishError:
            pass
    if isinstance(work, Score):
        return "chorale" if len(work.parts) == FOUR_VOICES else "melody"
    if not isinstance(work, Poem | Script | Story):
        raise WishError(f"a {type(work).__name__} has neither notes nor words to compare")
    return "verse-zh" if is_chinese("".join(text_lines(work))) else "verse-en"


def write_index(folder: Path, index: CopyIndex) -> Path:
    """Put an index into a bundle's folder. Raises WishError if it cannot be written."""
    path = folder / FILE_NAME
    write_atomically(path, to_bytes(index))
    return path
