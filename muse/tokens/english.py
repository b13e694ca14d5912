"""English verse, scenes and stories as ids.

A poem is written as

    BOS Form_sonnet Metre_iambic Order_backward Author … Title … Theme … And … Body
        Left_2 Stanza_8   Rhyme_open Syllables_10 <units>   Rhyme_open Syllables_11 <units> …
        Left_1 Stanza_6   …
    EOS

* The text of a line is its units (`units.py`): a word is pieces that begin with ▁, a mark is one piece
  without. With `Order_backward` the units of each line stand from its last to its first, so the word
  that rhymes is chosen first; a unit's own pieces always stand in order.
* `Left_k` says how many stanzas are left, this one included. A stanza over 16 lines is a
  `Stanza_n` and then `Run_16`, sixteen more lines of the same stanza, each with its own `Left_k`.
* A line's label stands before it: `Rhyme_2` rhymes with the line two back, `Rhyme_open` waits for a
  rhyme. A poem without rhyme labels has no `Rhyme` tokens at all.
* A hole is `Rhyme_x Syllables_x Hole`; after the last line `Fill` and the missing lines follow.

A scene's speeches are `Left_k Speaker_i Verse|Prose` and text, always forward, with `Direction …
EndDirection` inside; a direction that stands alone after a speech has `Paragraph` before it.
Members of the cast are `Speaker_i` wherever they are named. A story's paragraphs are
`Left_k Words_n` and text. Names and labels that a header leaves out are simply not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from muse.theory.lexicon import dictionary
from muse.tokens.english_values import (
    FORMS,
    LONGEST_STANZA,
    METRES,
    MOST_LEFT,
    MOST_SPEAKERS,
    MOST_SYLLABLES,
    MOST_TENS_OF_WORDS,
    RHYMES,
)
from muse.tokens.text import LARGEST_MODEL_BYTES, TextPieces, load_pieces
from muse.tokens.units import (
    MARKS,
    capitalised,
    first_word,
    spaced,
    uncapitalised,
    units_of,
)
from muse.works.base import WishError, read_whole

WORD_START = "▁"
_AMBIGUOUS = frozenset("’-")
"""Marks that also stand inside words; as marks they are written as words of one letter."""
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def english_tags() -> list[str]:
    """Names of the tags, in the order of their ids."""
    names = [f"Form_{form}" for form in FORMS]
    names += [f"Metre_{metre}" for metre in METRES]
    names += ["Order_forward", "Order_backward"]
    names += ["Author", "Title", "Theme", "And", "Setting", "Cast", "Body"]
    names += [f"Left_{left}" for left in range(1, MOST_LEFT + 1)]
    names += [f"Stanza_{lines}" for lines in range(1, LONGEST_STANZA + 1)]
    names += ["Run_16"]
    names += [f"Rhyme_{rhyme}" for rhyme in RHYMES]
    names += [f"Syllables_{count}" for count in range(1, MOST_SYLLABLES + 1)]
    names += ["Syllables_any", "Hole", "Fill", "Line"]
    names += [f"Speaker_{number}" for number in range(1, MOST_SPEAKERS + 1)]
    names += ["Verse", "Prose", "NewLine", "Paragraph", "Direction", "EndDirection"]
    names += [f"Words_{tens}" for tens in range(1, MOST_TENS_OF_WORDS + 1)]
    return names


class EnglishPieces:
    """Units of English text as ids, and ids as units.

    Args:
        pieces: the SentencePiece model.
        proper: words that keep their capital at the start of a line.
    """

    holds_blanks = False
    """Words are spelled in one way wherever they stand."""

    def __init__(self, pieces: TextPieces, proper: Iterable[str] = ()) -> None:
        self.pieces = pieces
        self.vocabulary = pieces.vocabulary
        self.proper = frozenset(proper)
        self.marks = {
            mark: pieces[mark]
            for mark in MARKS
            if mark not in _AMBIGUOUS and pieces.vocabulary.get(mark) is not None
        }
        names = self.vocabulary.names
        marks = set(self.marks.values())
        self.starts = np.array(
            [(name.startswith(WORD_START) or i in marks) for i, name in enumerate(names)]
        )
        """Whether an id begins a unit, (V,) bool."""
        self.is_tag = np.zeros(len(names), bool)
        self.is_tag[sorted(pieces.tags)] = True
        self.unit_ids = lru_cache(maxsize=200_000)(self._unit_ids)
        self.unit_text = lru_cache(maxsize=200_000)(self._unit_text)

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __getitem__(self, name: str) -> int:
        return self.vocabulary[name]

    def _unit_ids(self, unit: str) -> tuple[int, ...]:
        """The ids of one unit."""
        if unit in self.marks:
            return (self.marks[unit],)
        return tuple(self.pieces.encode(unit))

    def is_plain(self, ids: tuple[int, ...]) -> bool:
        """Whether a model goes on with a word that it has begun: ours have learned these pieces."""
        return True

    def spellings(self, words: Sequence[str]) -> tuple[list[tuple[int, ...]], ...]:
        """The ids of words; none of one that does not begin a unit, or that tags spell."""
        found = [tuple(ids) for ids in self.pieces.encode_each(words)]
        starts, tags = self.starts.tolist(), self.is_tag.tolist()
        return (
            [
                ids
                if ids and starts[ids[0]] and not tags[ids[0]]
                and not any(starts[each] or tags[each] for each in ids[1:])
                else ()
                for ids in found
            ],
        )  # fmt: skip

    def _unit_text(self, ids: tuple[int, ...]) -> str:
        """The unit that the ids between two starts say; empty if they say none."""
        text = self.pieces.decode(ids)
        return "".join(each for each in text if each.isprintable() and not each.isspace())

    def lowered(self, word: str) -> str:
        """A word without the capital that it has only because it begins a line or is in a title."""
        return lowered(word, self.proper)

    def line_units(self, text: str, begins: bool = True) -> list[tuple[int, ...]]:
        """The ids of each unit of a line, the capital that begins it taken away."""
        units = units_of(text)
        place = first_word(units) if begins else None
        if place is not None:
            units[place] = self.lowered(units[place])
        return [self.unit_ids(unit) for unit in units]

    def title_units(self, text: str) -> list[tuple[int, ...]]:
        """The ids of each unit of a title: only names keep their capitals."""
        return [self.unit_ids(self.lowered(unit)) for unit in units_of(text)]

    def split(self, ids: Iterable[int]) -> list[tuple[int, ...]]:
        """Ids cut into those of each unit. Tags and ids out of range are passed over."""
        units: list[list[int]] = []
        for each in ids:
            if not 0 <= each < len(self.is_tag) or self.is_tag[each]:
                continue
            if self.starts[each] or not units or units[-1][0] in self._mark_ids:
                units.append([each])
            else:
                units[-1].append(each)
        return [tuple(unit) for unit in units]

    @property
    def _mark_ids(self) -> frozenset[int]:
        return self.__dict__.setdefault("_marks_as_set", frozenset(self.marks.values()))

    def texts(self, units: Iterable[tuple[int, ...]]) -> list[str]:
        """The units that ids say, those that say nothing left out."""
        return [text for unit in units if (text := self.unit_text(unit))]

    def line_text(self, units: Iterable[tuple[int, ...]], begins: bool = True) -> str:
        """The text of a line, with a capital at its start."""
        texts = self.texts(units)
        return spaced(capitalised(texts) if begins else texts)


def lowered(word: str, proper: frozenset[str]) -> str:
    """A word without its capital, unless it is a name, `I`, or no word of the dictionary."""
    small = uncapitalised(word)
    if small == word or word in proper or word == "I" or word.startswith("I’"):
        return word
    plain = small.replace("’", "'")
    bare = plain.strip("'")
    base = bare.removesuffix("'s").removesuffix("'d").removesuffix("'st")
    known = dictionary()
    parts = all(part in known for part in base.split("-"))
    capital = base[:1].upper() + base[1:]
    return small if (plain in known or bare in known or parts) and capital not in proper else word


def load_english(path: Path) -> EnglishPieces:
    """The pieces of a file `pieces.model`, with `proper.txt` beside it. Raises WishError."""
    names = path.with_name("proper.txt")
    try:
        proper = read_whole(names, LARGEST_MODEL_BYTES).decode("utf-8").split()
    except UnicodeDecodeError as error:
        raise WishError(f"cannot read {names}: {error}") from error
    return EnglishPieces(load_pieces(path), proper)


def joined(units: Sequence[tuple[int, ...]], backward: bool = False) -> list[int]:
    """The ids of units one after the other, the last unit first if `backward`."""
    ordered = reversed(units) if backward else units
    return [each for unit in ordered for each in unit]
