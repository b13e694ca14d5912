"""Works as shingles: hashes of all runs of a few notes, words or characters.

Conventions:
    * A tune's shingle is a run of `NOTES` notes as its intervals in semitones and the proportions of
      its inter-onset times: the same in any key and at any note value (as `originality.py`).
    * A text's shingle is a run of `WORDS` words in small letters without marks, or of `CHARACTERS`
      Chinese characters without points. Runs cross the ends of lines, not those of works.
    * Hashes are 64 bits, of which an index keeps the upper ones (Broder 1997, "On the resemblance and
      containment of documents", has the idea of shingles).
    * A text's *anchors* are the shingles that end with every second line. An index of verse keeps
      those alone; a text is looked up with all of its shingles. So whatever shares two neighbouring
      lines with a poem is found, however it is broken into lines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from muse.evaluate.originality import steps_of
from muse.tokens.units import is_word, units_of
from muse.works.base import WishError, Work
from muse.works.poem import Poem
from muse.works.score import Note, Score
from muse.works.script import Script
from muse.works.story import Story

NOTES, WORDS, CHARACTERS = 7, 5, 5
"""Units of a shingle."""

LONGEST_LINE, PROSE_LINE = 16, 8
"""A line of more words is prose; it has an anchor every eight words."""

UNITS = {"melody": "notes", "chorale": "notes", "verse-en": "words", "verse-zh": "characters"}
"""Kinds of bundles that have an index, and what their works are counted in."""


@dataclass(frozen=True, eq=False)
class Run:
    """A voice of a score, or a text, as shingles.

    Attributes:
        hashes: of the shingle that begins with each unit, (N - K + 1,) uint64.
        anchors: which of them an index keeps, (N - K + 1,) bool.
        units: what it is made of: the notes, words or characters, N of them.
    """

    hashes: np.ndarray
    anchors: np.ndarray
    units: Sequence[Note] | Sequence[str]


def runs_of(work: Work, unit: str) -> list[Run]:
    """The runs of a work: one for each part of a score, or the whole text.

    Args:
        work: a score, poem, script or story.
        unit: `"notes"`, `"words"` or `"characters"`.

    Raises:
        WishError: if the work is not made of such units.
    """
    if isinstance(work, Score) and unit == "notes":
        return [tune_run(highest_notes(part.notes)) for part in work.parts]
    if unit == "notes" or not isinstance(work, Poem | Script | Story):
        raise WishError(f"a {type(work).__name__} is not made of {unit}: choose another --with")
    return [text_run(text_lines(work), unit)]


def highest_notes(notes: Iterable[Note]) -> list[Note]:
    """The highest of the notes that begin together, in order."""
    highest: dict[int, Note] = {}
    for note in notes:
        if note.start not in highest or note.pitch > highest[note.start].pitch:
            highest[note.start] = note
    return [highest[start] for start in sorted(highest)]


def text_lines(work: Work) -> list[str]:
    """The lines of a text without titles and names of speakers."""
    if isinstance(work, Poem):
        return [line for stanza in work.stanzas for line in stanza]
    if isinstance(work, Script):
        return [line for speech in work.speeches for line in speech.lines]
    return list(work.paragraphs) if isinstance(work, Story) else []


def tune_run(notes: Sequence[Note]) -> Run:
    """A melody's shingles; each is an anchor."""
    steps = steps_of(notes)
    first = _mixed(steps.intervals)
    later = _mixed(steps.intervals * (1 << 44) + steps.proportions + 1)
    hashes = _windows([first, *[later] * (NOTES - 2)])
    return Run(hashes, np.ones(len(hashes), bool), list(notes))


def text_run(lines: Iterable[str], unit: str) -> Run:
    """A text's shingles; `lines` is how it is broken into lines."""
    size = WORDS if unit == "words" else CHARACTERS
    units: list[str] = []
    ends: list[int] = []
    for line in lines:
        found = words_of(line) if unit == "words" else characters_of(line)
        for start in range(0, len(found), PROSE_LINE if len(found) > LONGEST_LINE else 1_000):
            last = len(found) if len(found) <= LONGEST_LINE else start + PROSE_LINE
            ends.append(len(units) + min(last, len(found)))
        units += found
    values = np.array([_word_hash(word) for word in units], dtype=np.uint64)
    hashes = _windows([values] * size)
    anchors = np.zeros(len(hashes), bool)
    kept = np.array(ends[1::2], dtype=np.int64) - size
    anchors[kept[(kept >= 0) & (kept < len(hashes))]] = True
    return Run(hashes, anchors, units)


def words_of(line: str) -> list[str]:
    """The words of an English line in small letters, apostrophes left out."""
    words = (unit.lower().replace("’", "").replace("'", "") for unit in units_of(line))
    return [word for word in words if word and is_word(word)]


def characters_of(line: str) -> list[str]:
    """The characters of a Chinese line without points and spaces."""
    return [sign for sign in line if sign.isalpha() or sign == UNKNOWN]


UNKNOWN = "□"
"""A character that the tokens of a corpus do not have."""


@lru_cache(maxsize=200_000)
def _word_hash(word: str) -> int:
    digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _windows(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Hashes of all windows; column j holds the values that count at place j of a window."""
    count = max(len(columns[0]) - len(columns) + 1, 0)
    total = np.zeros(count, np.uint64)
    for place, values in enumerate(columns):
        total = _mixed(total + values[place : place + count])
    return total


def _mixed(values: np.ndarray) -> np.ndarray:
    """Whole numbers spread over 64 bits (Steele et al. 2014, SplitMix64)."""
    x = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
