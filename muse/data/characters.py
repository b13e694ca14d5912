"""Texts as shards of characters, and batches of one long text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from muse.data.loader import Batch
from muse.data.shards import PieceInfo, write_shard
from muse.data.songci import published_songci, songci, songci_and_shi
from muse.data.texts import Corpus, tiny_shakespeare
from muse.tokens.characters import characters_of, save_characters
from muse.works.base import WishError, write_atomically

CORPORA: dict[str, Callable[[Path], Corpus]] = {
    "tinyshakespeare": tiny_shakespeare,
    "songci": songci,
    "songci-plus": songci_and_shi,
    "songci-published": published_songci,
}
"""Name of a training recipe -> reader of its texts below a folder."""

VOCABULARY = "characters.json"
"""The file beside the shards that holds their characters."""


def prepare_characters(name: str, folder: Path, out: Path) -> dict[str, Any]:
    """Write the shards of a table's texts below `out`; returns the counts of each split.

    Raises:
        WishError: if `name` is no such table, or its texts do not lie below `folder`.
    """
    if name not in CORPORA:
        raise WishError(f"no texts are known by the name {name!r}; there are: {' '.join(CORPORA)}")
    return write_corpus(CORPORA[name](folder), out)


def write_corpus(corpus: Corpus, out: Path) -> dict[str, Any]:
    """Write shards, `characters.json` and `report.json`; returns the counts of each split."""
    own = (text.characters for text in corpus.splits["train"] if text.begin == "BOS")
    tokenizer = characters_of(own, corpus.fewest)
    save_characters(tokenizer, out / VOCABULARY)
    unknown_id, report = tokenizer.vocabulary["UNK"], {}
    for split, texts in corpus.splits.items():
        pieces, unknown = [], 0
        for text in texts:
            ids = tokenizer.encode(text.characters, text.begin)
            unknown += ids.count(unknown_id)
            info = PieceInfo(text.source, text.title, "", len(text.characters))
            pieces.append((ids, info))
        found = write_shard(out / f"{split}.bin", pieces, "characters", len(tokenizer.vocabulary))
        report[split] = {
            "texts": found["pieces"], "characters": found["notes"], "unknown characters": unknown,
        }  # fmt: skip
    told = {"sources": corpus.sources, "splits": report, "vocabulary": len(tokenizer.vocabulary)}
    write_atomically(out / "report.json", msgspec.json.format(msgspec.json.encode(told)))
    return report


def text_draw(piece: np.ndarray, most: int, rng: np.random.Generator) -> list[int]:
    """How a poem is shown: whole, or a part from anywhere if it is longer than `most`."""
    start = int(rng.integers(0, max(0, len(piece) - most) + 1))
    return piece[start : start + most].tolist()


class WindowLoader:
    """Windows of one long text, epoch after epoch: the same for a seed, one part for each rank.

    An epoch cuts the text, from a random place on, into windows that stand side by side, and
    shows them in random order; so it shows nearly every character as a target once, where windows
    from anywhere would leave out a third. What it does depends on the seed and the epoch alone.
    """

    def __init__(
        self, text: np.ndarray, *, rows: int, length: int, seed: int, rank: int = 0, world: int = 1
    ) -> None:
        """Args:
        text: its ids, (T,).
        rows: windows a step over all ranks; a multiple of `world`.
        length: characters a window; batches carry one more, the last target.
        seed: of where windows begin and of their order.
        rank: this process, of `world`.
        """
        if rows % world:
            raise ValueError(f"{rows} rows do not divide over {world} processes")
        if len(text) < length * (rows + 1):
            raise ValueError(
                f"the text has {len(text)} ids, too few for {rows} windows of {length}"
            )
        self.text, self.rows, self.length, self.seed = text, rows, length, seed
        self.rank, self.world = rank, world

    def starts(self, epoch: int) -> np.ndarray:
        """Where the windows of an epoch begin, in the order in which they are shown."""
        rng = np.random.default_rng((self.seed, epoch))
        first = int(rng.integers(0, self.length))
        return rng.permutation(np.arange(first, len(self.text) - self.length, self.length))

    def batches(self, first_step: int = 0) -> Iterator[Batch]:
        """This rank's part of each step's windows, without end, from step `first_step` on."""
        epoch, skip = 0, first_step
        span = np.arange(self.length + 1)
        while True:
            starts = self.starts(epoch)
            steps = len(starts) // self.rows
            for step in range(min(skip, steps), steps):
                mine = starts[step * self.rows + self.rank : (step + 1) * self.rows : self.world]
                ids = self.text[mine[:, None] + span]
                yield Batch(ids, np.zeros_like(ids))
            skip = max(0, skip - steps)
            epoch += 1
