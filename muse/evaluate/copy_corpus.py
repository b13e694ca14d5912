"""The works of a corpus's shards as runs of shingles, and the index that is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from muse.data.shards import Shard
from muse.evaluate.copy_index import CopyIndex, indexed
from muse.evaluate.copy_report import longest_and_share
from muse.evaluate.shingles import UNITS, UNKNOWN, Run, runs_of, text_run
from muse.tokens.chinese import POINTS
from muse.tokens.english import EnglishPieces, load_english
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.tokens.text import TextPieces, load_pieces
from muse.works.base import WishError

Named = tuple[tuple[str, str, str], list[Run]]


def build_index(shards: Path, kind: str, pieces: Path | None = None) -> CopyIndex:
    """The index of the training split, with the figures of the validation and test splits.

    Args:
        shards: folder of `train.bin`, `valid.bin` and `test.bin`.
        kind: of the bundle that was trained on them.
        pieces: the file `pieces.model` that the shards were written with, of a kind that writes
            text.

    Raises:
        WishError: if a shard cannot be read, or works of this kind have no index.
    """
    if kind not in UNITS:
        raise WishError(f"there is no index for {kind!r}; kinds are {', '.join(UNITS)}")
    read = reader(kind, pieces)
    index = indexed(kind, named_runs(Shard(shards / "train.bin"), read), {})
    found = [
        longest_and_share(index, runs)
        for split in ("valid", "test")
        if (shards / f"{split}.bin").is_file()
        for _, runs in named_runs(Shard(shards / f"{split}.bin"), read)
        if any(len(run.hashes) for run in runs)
    ]
    if found:
        values = np.array(found, dtype=np.float64)
        longest, share = np.percentile(values, np.arange(101), axis=0, method="inverted_cdf").T
        index.human.update(
            longest=[int(value) for value in longest],
            share=[round(float(value), 4) for value in share],
            works=len(found),
        )
    return index


def named_runs(shard: Shard, read: Callable[[np.ndarray], list[Run]]) -> Iterator[Named]:
    """Name (title, author, source) and runs of each piece of a shard."""
    for info, ids in zip(shard.index.pieces, shard):
        title, author = info.title, info.family
        before, colon, after = title.partition("：")
        if colon and before == author:
            title = after
        elif ":" in author or author.startswith("play "):
            author = ""  # a family of tunes is named by a file, one of scenes by its play
        elif author.isascii():
            author = " ".join(word.capitalize() for word in author.split())
        yield (title, author, info.source), read(ids)


def reader(kind: str, pieces: Path | None) -> Callable[[np.ndarray], list[Run]]:
    """What turns the ids of a piece into its runs. Raises WishError."""
    if UNITS[kind] == "notes":
        tokenizer = MelodyTokenizer()
        return lambda ids: runs_of(tokenizer.decode(ids.tolist()), "notes")
    if pieces is None:
        raise WishError(f"an index of {kind} needs the file pieces.model of its tokens")
    if kind == "verse-en":
        english = load_english(pieces)
        return lambda ids: [text_run(english_lines(ids.tolist(), english), "words")]
    signs = chinese_signs(load_pieces(pieces))
    return lambda ids: [text_run(chinese_lines(ids.tolist(), signs), "characters")]


def english_lines(ids: list[int], pieces: EnglishPieces) -> list[str]:
    """The lines of a poem or scene, as a shard holds it: forward, without holes."""
    body = pieces["Body"]
    lines: list[list[int]] = [[]]
    for each in ids[ids.index(body) + 1 if body in ids else 0 :]:
        if pieces.is_tag[each]:
            lines.append([])
        else:
            lines[-1].append(each)
    return [" ".join(pieces.texts(pieces.split(line))) for line in lines if line]


def chinese_signs(pieces: TextPieces) -> list[str]:
    """What each id says: its character; a line feed where a line begins; nothing for the rest."""
    signs = []
    for number, name in enumerate(pieces.vocabulary.names):
        if name.startswith(("Plain_", "Rhymed_")):
            signs.append("\n")
        elif number in pieces.tags or name in POINTS or number < 3:
            signs.append("")
        else:
            signs.append(name if len(name) == 1 else UNKNOWN)
    return signs


def chinese_lines(ids: list[int], signs: list[str]) -> list[str]:
    """The lines of a poem, as a shard holds it; what stands before the first is no verse."""
    return "".join([signs[each] for each in ids]).split("\n")[1:]
