"""Find the poems in a Chinese text: headings, paragraphs and the lines between points.

Conventions:
    A *paragraph* is one line of the text file; a *line* is a line of verse, what stands between two
    points (，。？！；：). The pause 、 stands inside a line. Only Chinese characters and □ (a lost one)
    are kept. A heading is a line without points before the verse: a title, a tune, an author.
    Blank lines part stanzas or poems; which, is judged by headings, shape and rhyme.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from muse.theory.rhyme_books import is_han, rhyme_groups
from muse.theory.tunes_zh import Tune, find_tune, tunes_of_length

LOST = "□"
_POINTS = re.compile(r"[，。？！；：,.?!;:…—\u2026]+")
_ENDS = re.compile(r"[，。？！；,?!;]")
_LONGEST_HEADING = 40


@dataclass(frozen=True, slots=True)
class PlainPoem:
    """A poem as it stands in the text.

    Attributes:
        headings: Title, tune, author: whatever stood before the verse.
        paragraphs: The lines of verse, by line of the file.
        stanzas: How many paragraphs each blank-line-separated stanza has.
    """

    headings: tuple[str, ...]
    paragraphs: tuple[tuple[str, ...], ...]
    stanzas: tuple[int, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines of verse."""
        return tuple(line for paragraph in self.paragraphs for line in paragraph)

    @property
    def tune(self) -> Tune | None:
        """The ci tune that a heading names, if any does."""
        for heading in self.headings:
            for part in re.split(r"[·・•．.\s（）()：:《》〈〉【】「」\[\]—-]+", heading):
                tune = find_tune(part) if part else None
                if tune:
                    return tune
        return None


def read_poems(text: str) -> tuple[PlainPoem, ...]:
    """The poems of a text, in order; empty when there is no Chinese in it."""
    poems: list[PlainPoem] = []
    waiting: tuple[str, ...] = ()
    for block in _blocks(text):
        for headings, rows in _parts(block):
            if not rows:
                waiting += headings
                continue
            paragraphs = tuple(verse_lines(row) for row in rows)
            poem = PlainPoem(waiting + headings, paragraphs, (len(paragraphs),))
            if poems and not poem.headings and _continues(poems[-1], poem):
                last = poems[-1]
                poems[-1] = replace(
                    last,
                    paragraphs=last.paragraphs + poem.paragraphs,
                    stanzas=last.stanzas + poem.stanzas,
                )
            else:
                poems.append(poem)
            waiting = ()
    if waiting:
        poems.append(PlainPoem((), tuple(verse_lines(h) for h in waiting), (len(waiting),)))
    return tuple(poem for poem in poems if poem.lines)


def verse_lines(row: str) -> tuple[str, ...]:
    """The lines of verse in one line of text, Chinese characters only."""
    kept = ("".join(c for c in part if is_han(c) or c == LOST) for part in _POINTS.split(row))
    return tuple(line for line in kept if line)


def even_shape(lines: Sequence[str]) -> tuple[int, int] | None:
    """(characters, lines) when all lines are equally long, else None."""
    lengths = {len(line) for line in lines}
    return (lengths.pop(), len(lines)) if len(lengths) == 1 else None


def _blocks(text: str) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for row in text.splitlines():
        row = row.strip().lstrip("#*>- \t")
        if not row:
            blocks.append([])
        elif any(map(is_han, row)):
            blocks[-1].append(row)
    return [block for block in blocks if block]


def _parts(block: list[str]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """A block as (headings, rows of verse), more than once when headings stand between verse."""
    pointed = [bool(_ENDS.search(row)) or len(row) > _LONGEST_HEADING for row in block]
    if not any(pointed):
        at = _verse_start(block)
        return [(tuple(block[:at]), tuple(block[at:]))]
    parts: list[tuple[list[str], list[str]]] = [([], [])]
    for index, row in enumerate(block):
        if pointed[index] or (parts[-1][1] and not any(pointed[index:])):
            parts[-1][1].append(row)
        elif parts[-1][1]:
            parts.append(([row], []))
        else:
            parts[-1][0].append(row)
    return [(tuple(headings), tuple(rows)) for headings, rows in parts]


def _verse_start(block: list[str]) -> int:
    """Where the verse begins in rows without points: after a title, a tune, an author."""
    sizes = [sum(map(is_han, row)) for row in block]
    for start in range(min(4, len(block))):
        rest = sizes[start:]
        if len(set(rest)) == 1 and 3 <= rest[0] <= 12 and len(rest) >= 2 and len(rest) % 2 == 0:
            return start
    for start in (1, 2, 3):
        named = PlainPoem(tuple(block[:start]), (), ()).tune
        if named and sum(sizes[start:]) in {v.characters for v in named.variants}:
            return start
    if len(block) == 1:
        return 1 if sizes[0] <= 12 else 0
    if PlainPoem((block[0],), (), ()).tune or any(mark in block[0] for mark in "《》·・"):
        return 1
    return 0


def _continues(last: PlainPoem, poem: PlainPoem) -> bool:
    """Whether a block without headings belongs to the poem before it."""
    one, two = even_shape(last.lines), even_shape(poem.lines)
    tune = last.tune
    size = len("".join(last.lines))
    if tune:
        return size < max(v.characters for v in tune.variants)
    if one and two and one[0] == two[0]:
        if one[1] + two[1] > 8 or one[1] % 2 or two[1] % 2:
            return False
        return bool(_rhymes(last.lines) & _rhymes(poem.lines))
    if not last.headings:
        return bool(tunes_of_length(size + len("".join(poem.lines))))
    return not any(shape and shape[0] in (5, 7) and shape[1] in (4, 8) for shape in (one, two))


def _rhymes(lines: Sequence[str]) -> set[int]:
    """The Cilin numbers that all the even lines share."""
    found = [{g.number for g in rhyme_groups(line[-1], "cilin")} for line in lines[1::2]]
    return set.intersection(*found) if found else set()
