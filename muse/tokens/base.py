"""What a tokenizer is, and the vocabulary of named tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

W = TypeVar("W")


class Tokenizer(Protocol[W]):
    """Turns a work into ids and ids into a work."""

    @property
    def vocabulary(self) -> Vocabulary: ...

    def encode(self, work: W) -> list[int]:
        """The ids of `work`. Raises ValueError for what the tokens cannot say."""
        ...

    def decode(self, ids: Iterable[int]) -> W:
        """A valid work for any ids at all."""
        ...


@dataclass(frozen=True)
class Vocabulary:
    """Named tokens such as `Pitch_+3`: an id is the place of a name."""

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names):
            raise ValueError("a vocabulary names a token twice")

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def _families(self) -> dict[str, range]:
        """Families that were asked for: grammars ask at every step."""
        return {}

    def __getitem__(self, name: str) -> int:
        """The id of a name. Raises KeyError."""
        return self._places[name]

    def get(self, name: str) -> int | None:
        """The id of a name, None if there is none."""
        return self._places.get(name)

    def family(self, prefix: str) -> range:
        """The ids of all tokens `prefix_...`, which stand together."""
        if prefix not in self._families:
            places = [i for i, name in enumerate(self.names) if name.startswith(prefix + "_")]
            self._families[prefix] = range(places[0], places[-1] + 1)
        return self._families[prefix]

    def spell(self, ids: Sequence[int]) -> str:
        """The names of `ids`, for people."""
        return " ".join(self.names[i] if 0 <= i < len(self) else f"?{i}" for i in ids)
