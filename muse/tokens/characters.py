"""Characters as tokens, for the published tables of character-level modelling.

One character is one id; the vocabulary is read from the training text and kept beside the shards.
A character that is not in it is `UNK`. So that tables of several vocabularies mean the same, an `UNK`
costs, beside its own nats, the nats of saying which character it is: uniformly one of Unicode's.

A text begins with `BOS`, or with `Other` where it is learned from beside the texts of the table
(shi beside ci). Neither it nor anything but characters is ever predicted: that a text ends is told
by its own last characters.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from muse.tokens.base import Vocabulary
from muse.works.base import WishError, write_atomically

MARKS = ("PAD", "BOS", "UNK", "Other")
UNKNOWN_SHOWN = "\ufffd"
UNICODE_CHARACTERS = 149_813
"""The assigned characters of Unicode 15.1."""

MOST_CHARACTERS = 60_000
"""Ids are kept as 16-bit numbers."""


@dataclass(frozen=True)
class CharacterTokenizer:
    """A text as the ids of its characters, and back."""

    vocabulary: Vocabulary

    def __post_init__(self) -> None:
        names = self.vocabulary.names
        if names[: len(MARKS)] != MARKS or any(len(name) != 1 for name in names[len(MARKS) :]):
            raise ValueError(f"a vocabulary of characters is {' '.join(MARKS)}, then characters")
        if len(names) > MOST_CHARACTERS:
            raise ValueError(f"{len(names)} characters are more than {MOST_CHARACTERS}")

    @property
    def unknown_nats(self) -> float:
        """What it costs to say which character an `UNK` is."""
        return math.log(UNICODE_CHARACTERS - (len(self.vocabulary) - len(MARKS)))

    def encode(self, work: str, begin: str = "BOS") -> list[int]:
        """The ids of a text behind the mark `begin`."""
        find, unknown = self.vocabulary.get, self.vocabulary["UNK"]
        found = [find(character) for character in work]
        return [self.vocabulary[begin], *(unknown if id is None else id for id in found)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of any ids; `UNK` is shown as U+FFFD, other marks and strange ids as nothing."""
        names, unknown = self.vocabulary.names, self.vocabulary["UNK"]
        return "".join(
            UNKNOWN_SHOWN if id == unknown else names[id]
            for id in ids
            if id == unknown or len(MARKS) <= id < len(names)
        )


def characters_of(texts: Iterable[str], fewest: int = 1) -> CharacterTokenizer:
    """The characters that stand in `texts` at least `fewest` times, in Unicode's order."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    kept = sorted(character for character, count in counts.items() if count >= fewest)
    return CharacterTokenizer(Vocabulary((*MARKS, *kept)))


def save_characters(tokenizer: CharacterTokenizer, path: Path) -> None:
    """Write the characters as a JSON string. Raises WishError if the place cannot be written."""
    characters = "".join(tokenizer.vocabulary.names[len(MARKS) :])
    write_atomically(path, msgspec.json.encode(characters))


def load_characters(path: Path) -> CharacterTokenizer:
    """Read what `save_characters` wrote. Raises WishError."""
    try:
        if path.stat().st_size > 16 * MOST_CHARACTERS:
            raise ValueError("it is too large")
        characters = msgspec.json.decode(path.read_bytes(), type=str)
        return CharacterTokenizer(Vocabulary((*MARKS, *characters)))
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise WishError(f"cannot read the characters {path}: {error}; prepare the data") from error
