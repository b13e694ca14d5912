"""Text to stanzas: which lines stand together, and which only name the poem or a part of it."""

from __future__ import annotations

import re
import unicodedata

NumberedLine = tuple[int, str]

_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\.?")
_BYLINE = re.compile(r"(?i:by) +[^\W\d_]")
_END = (",", ";", ":", "—", "-", "!", "?", "…")


def stanzas_of(text: str) -> tuple[list[NumberedLine], list[list[NumberedLine]]]:
    """Headings, and stanzas as lists of lines; each line with its number in the text, from 1.

    Empty lines part stanzas. A line that stands alone is a heading if it is a number, marked with
    "#", all in capitals, or the first of a text whose other stanzas are longer and that does not
    end as a verse in the middle of a sentence does; so is the author's "by Anna" after it.
    """
    text = unicodedata.normalize("NFC", text.lstrip("\ufeff"))
    blocks: list[list[NumberedLine]] = [[]]
    for number, line in enumerate(text.splitlines(), 1):
        line = "".join(each for each in line.expandtabs(4) if each.isprintable()).rstrip()
        if line:
            blocks[-1].append((number, line))
        elif blocks[-1]:
            blocks.append([])
    blocks = [block for block in blocks if block]
    byline = len(blocks) > 2 and len(blocks[1]) == 1 and _BYLINE.match(blocks[1][0][1])
    shouted = text.isupper()
    headings, stanzas = [], []
    for place, block in enumerate(blocks):
        while block and _is_marked(block[0][1]):
            headings.append(block[0])
            block = block[1:]
        capitals = len(block) == 1 and block[0][1].isupper() and not shouted
        rest = blocks[2:] if byline else blocks[1:]
        title = place == 0 and len(blocks) > 1 and all(len(each) > 1 for each in rest)
        title = title or (place == 1 and bool(byline) and len(headings) == 1)
        if capitals or (len(block) == 1 and title and not block[0][1].endswith(_END)):
            headings.append(block[0])
        elif block:
            stanzas.append(block)
    if not stanzas and headings:
        return [], [headings]
    return headings, stanzas


def _is_marked(line: str) -> bool:
    """Whether a line is a heading by its looks: a number, "# Title"."""
    bare = line.strip(" .*_[]()")
    return (
        line.lstrip().startswith("#") or bare.isdecimal() or bool(bare and _ROMAN.fullmatch(bare))
    )
