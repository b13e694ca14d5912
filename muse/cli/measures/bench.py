"""What measures share: the bundle, the shards, what was drawn once, and the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from muse.bundle import Bundle, load_bundle
from muse.cli.measures.tunes import matched_tunes, run_bundle
from muse.data.shards import Shard
from muse.evaluate.likelihood import Likelihood
from muse.evaluate.originality import Corpus
from muse.evaluate.verse_likelihood import TextLikelihood
from muse.hub import find_bundle
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.score import Score

TUNES = 500
"""Tunes that are drawn, if nothing else is asked for."""


@dataclass(frozen=True)
class Row:
    """A line of the table: what, its value in words, and what it is of."""

    what: str
    value: str
    of: str


@dataclass
class Bench:
    """What measures share: the bundle, the shards, and tunes that were drawn once.

    Attributes:
        name: a bundle's name or folder, or the `best.safetensors` of a run.
        shards: folder of `train.bin`, `valid.bin`, `test.bin`.
        count: how many tunes or draws; None: each measure's own.
        rows: the table so far.
        scores: likelihoods by model and split, to be compared piece by piece.
        texts: the network's likelihoods of verse, by texts and reading.
    """

    name: str
    shards: Path
    count: int | None
    rows: list[Row] = field(default_factory=list)
    scores: dict[tuple[str, str], Likelihood] = field(default_factory=dict)
    texts: dict[tuple[str, str], TextLikelihood] = field(default_factory=dict)

    @cached_property
    def bundle(self) -> Bundle:
        """The bundle that is measured."""
        if self.name.endswith(".safetensors"):
            return run_bundle(Path(self.name))
        return load_bundle(find_bundle(self.name), self.name)

    def shard(self, split: str) -> Shard:
        """The pieces of a split. Raises WishError."""
        return Shard(self.shards / f"{split}.bin")

    @cached_property
    def training_melodies(self) -> Corpus:
        """The runs of notes of all training pieces."""
        return Corpus(MelodyTokenizer().decode(p).melody.notes for p in self.shard("train"))

    @cached_property
    def tunes(self) -> tuple[list[Score], list[Score], int]:
        """Tunes drawn under the conditions of held-out tunes, those tunes, how many were cut off."""
        return matched_tunes(self.bundle, self.shard("test"), self.count or TUNES)

    def say(self, what: str, value: str, of: str) -> None:
        """Put a line into the table."""
        self.rows.append(Row(what, value, of))
