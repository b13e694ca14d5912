"""Whether a plain text is verse or prose, and which of its lines are title and author."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from muse.works.lines import blocks_of, clean_lines, is_chinese

Blocks = list[list[str]]

_POINTS = re.compile(r"[，。？！；,?!;]")
_CLAUSE = re.compile(r"[^，。？！；]*[，。？！；]+[”’」』）》]*|[^，。？！；]+$")
_BYLINE = re.compile(r"(?:by|—|–)\s+(\S.*)", re.IGNORECASE)
_NARROWEST_PROSE = 40
"""Prose is hardly ever wrapped into narrower lines."""

_NUMERAL = re.compile(r"[\W_]*(?:\d+|[IVXLCDM]+)[\W_]*")
_LONGEST_TITLE = 80
_STOPS = (".", "!", "?", "…", "”", '"')
_GOES_ON = (",", ";", ":", "—", "-", "”", '"')
_LONGEST_WRAPPED = 120
"""A longer line of prose is a paragraph by itself."""


@dataclass(frozen=True)
class PlainText:
    """A text in parts.

    Attributes:
        title, author: as its first lines have them, or empty.
        blocks: stanzas as lines, or paragraphs as the lines they are wrapped in, without title
            and author.
        chinese: whether it is Chinese.
        verse: whether the blocks are stanzas, else they are paragraphs.
    """

    title: str
    author: str
    blocks: Blocks
    chinese: bool
    verse: bool


def plain_text(text: str) -> PlainText:
    """Take a text apart.

    It is verse in English if its lines stand in groups, are rarely longer than 100 signs, and
    either begin with capitals or would have had room for the next word, which lines of wrapped
    prose have not; in Chinese if the lines are rarely longer than 40 characters, or all between
    two points are equally long.

    Raises:
        ValueError: if there is no line in it.
    """
    blocks = blocks_of(clean_lines(text))
    if not blocks:
        raise ValueError("there is no text in it")
    chinese = is_chinese(text)
    title, author, rest = _headed_zh(blocks) if chinese else _headed(blocks)
    verse = _is_verse_zh(rest) if chinese else looks_like_verse(rest)
    longest = max(len(line) for block in rest for line in block)
    if not verse and (chinese or longest > _LONGEST_WRAPPED):
        rest = [[line] for block in rest for line in block]
    elif chinese:
        rest = [[clause for line in block for clause in clauses(line)] for block in rest]
    return PlainText(title, author, rest, chinese, verse)


def clauses(line: str) -> list[str]:
    """A row of Chinese verse as its lines: each ends with the points that stand after it."""
    found = [clause.strip() for clause in _CLAUSE.findall(line)]
    return [clause for clause in found if clause] or [line]


def _headed(blocks: Blocks) -> tuple[str, str, Blocks]:
    """Title and author of an English text, and what follows them."""
    title = author = ""
    rest = blocks
    if len(rest) > 1 and len(rest[0]) <= 2 and _is_title(rest[0][0], rest[1:]):
        byline = _BYLINE.fullmatch(rest[0][1].strip()) if len(rest[0]) == 2 else None
        if len(rest[0]) == 1 or byline:
            title, author = rest[0][0].strip(" #\t"), byline[1] if byline else ""
            rest = rest[1:]
    if len(rest) > 1 and len(rest[0]) == 1 and not author:
        byline = _BYLINE.fullmatch(rest[0][0].strip())
        if byline and len(byline[1]) < _LONGEST_TITLE:
            author, rest = byline[1], rest[1:]
    return title, author, rest


def _is_title(line: str, later: Blocks) -> bool:
    """Whether the first line names the text: by its looks, or as it stands alone before stanzas."""
    line = line.strip()
    if len(line) > _LONGEST_TITLE or _NUMERAL.fullmatch(line) or line[0] in "([":
        return False
    if line.startswith("#") or line.isupper():
        return True
    if len(later[0]) == 1 and _BYLINE.fullmatch(later[0][0].strip()):
        return True
    quoted = line[0] in "\"“‘'" and line[-1] in "\"”’'"
    if any(len(block[0]) > _LONGEST_WRAPPED for block in later):  # paragraphs, each in one line
        return quoted or not line.endswith((*_GOES_ON, *_STOPS))
    grouped = sum(len(block) > 1 for block in later)
    return 2 * grouped >= len(later) and (quoted or not line.endswith(_GOES_ON))


def _headed_zh(blocks: Blocks) -> tuple[str, str, Blocks]:
    """Title and author of a Chinese text, and what follows them."""
    rows = [row.strip(" #\t\u3000") for block in blocks for row in block]
    if any(_POINTS.search(row) for row in rows):
        heads = list(takewhile(lambda row: not _POINTS.search(row) and len(row) <= 20, rows[:3]))
    else:  # bare verse: titles stand alone, and are not as long as the verse
        alone = takewhile(lambda block: len(block) == 1, blocks[:2])
        heads = [block[0].strip(" #\t\u3000") for block in alone]
        heads = list(takewhile(lambda head: len(head) not in map(len, rows[2:]), heads))
    if not heads or len(heads) == len(rows):
        return "", "", blocks
    left, rest = len(heads), []
    for block in blocks:
        kept = block[left:]
        left -= len(block) - len(kept)
        rest += [kept] * bool(kept)
    return heads[0], heads[1] if len(heads) > 1 else "", rest


def looks_like_verse(blocks: Blocks) -> bool:
    """Whether lines in English that stand in groups are verse, not prose wrapped into lines."""
    lines = [line.strip() for block in blocks for line in block]
    if sum(len(line) > 100 for line in lines) > len(lines) / 10:
        return False
    grouped = [block for block in blocks if len(block) > 1]
    if 2 * sum(map(len, grouped)) < len(lines):
        ended = sum(line.endswith(_STOPS) for line in lines)
        return len(lines) == 1 or 2 * ended < len(lines)
    pairs = [(a.strip(), b.strip()) for block in grouped for a, b in zip(block, block[1:])]
    if 5 * sum(_begins_large(after) for _, after in pairs) >= 3 * len(pairs):
        return True
    width = max(len(line) for pair in pairs for line in pair)
    filled = sum(len(line) + 1 + len(after.split()[0]) > width for line, after in pairs)
    return filled < 0.9 * len(pairs) or width <= _NARROWEST_PROSE


def _begins_large(line: str) -> bool:
    """Whether the first letter of a line is a capital."""
    first = next((letter for letter in line if letter.isalpha()), "")
    return first.isupper()


def _is_verse_zh(blocks: Blocks) -> bool:
    rows = [row.strip() for block in blocks for row in block]
    long = sum(len(row) for row in rows if len(row) > 40)
    if 5 * long < sum(map(len, rows)):
        return True
    sizes = {len(clause.strip("，。？！；、：")) for row in rows for clause in clauses(row)}
    return len(sizes) == 1 and sizes <= {4, 5, 6, 7}
