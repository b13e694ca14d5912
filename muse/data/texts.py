"""Texts that are learned character by character, in the splits of the published tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from muse.works.base import WishError

TINY_SHAKESPEARE = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
"""SHA-256 of char-rnn's `input.txt`."""


@dataclass(frozen=True)
class Text:
    """A text.

    Attributes:
        characters: the text itself.
        title: what it is called in the shard's index.
        source: where it came from.
        begin: the mark that it begins with: `BOS`, or `Other` for a text beside the table's.
    """

    characters: str
    title: str
    source: str
    begin: str = "BOS"


@dataclass(frozen=True)
class Corpus:
    """The texts of each split.

    Attributes:
        splits: "train", "valid" and, where there is one, "test".
        sources: of each source its title, licence and checksum, and what was left out.
        fewest: how often a character stands in the training texts that are the table's own
            (`BOS`) to be in the vocabulary.
    """

    splits: dict[str, list[Text]]
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    fewest: int = 1


def in_two(text: str, source: str, share: float = 0.9) -> dict[str, list[Text]]:
    """The first `share` of a text for training, its rest for validation (nanoGPT's split)."""
    cut = int(len(text) * share)
    return {
        "train": [Text(text[:cut], f"{source}, the first {share:.0%}", source)],
        "valid": [Text(text[cut:], f"{source}, the rest", source)],
    }


def tiny_shakespeare(folder: Path) -> Corpus:
    """Char-rnn's `input.txt`, wherever it lies below `folder`. Raises WishError."""
    for path in sorted(folder.rglob("input.txt")):
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() == TINY_SHAKESPEARE:
            about = {
                "title": "Tiny Shakespeare (char-rnn's input.txt)",
                "licence": "public domain",
                "sha256": TINY_SHAKESPEARE,
            }
            splits = in_two(data.decode(), "tinyshakespeare")
            return Corpus(splits, {"tinyshakespeare": about})
    raise WishError(
        f"no input.txt of char-rnn below {folder}: the file data/tinyshakespeare/input.txt of "
        f"github.com/karpathy/char-rnn, SHA-256 {TINY_SHAKESPEARE[:16]}…"
    )
