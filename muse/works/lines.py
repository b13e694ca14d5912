"""Lines of text in works: what a line may hold, and strangers' text made clean.

A line of a work holds no line break, no control character and no sign that reorders text, so it may
stand in a terminal, and in XML once it is escaped. White space at its end means nothing and is cut.
"""

from __future__ import annotations

import re

LONGEST_LINE = 1_000
"""Characters of a line of verse, a heading, a name."""

LONGEST_PARAGRAPH = 20_000
"""Characters of a paragraph of prose."""

_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)
"""Control characters, half characters, non-characters, and what turns the direction of reading."""

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def checked_line(
    text: str, what: str, *, longest: int = LONGEST_LINE, may_be_empty: bool = False
) -> str:
    """A line as a work holds it, without white space at its end.

    Args:
        text: the line.
        what: what it is, for the message: `"line 3"`.
        longest: how many characters it may have.
        may_be_empty: whether there may be nothing in it.

    Raises:
        ValueError: if it is no text, is empty, too long, or holds a line break or control sign.
    """
    if not isinstance(text, str):
        raise ValueError(f"{what} is to be text, not {type(text).__name__}")
    text = text.rstrip()
    if not text and not may_be_empty:
        raise ValueError(f"{what} is empty")
    if len(text) > longest:
        raise ValueError(f"{what} has {len(text):,} characters; at most {longest:,}")
    wrong = _FORBIDDEN.search(text)
    if wrong:
        name = "a line break" if _BREAK.match(wrong[0]) else f"the sign U+{ord(wrong[0]):04X}"
        raise ValueError(f"{what} holds {name}")
    return text


def clean_lines(text: str) -> list[str]:
    """Text in lines, tabs as spaces, without what a line may not hold; empty lines stay.

    Control characters are left out: a reader that wants to refuse them looks for them before.
    """
    return [clean(line).rstrip() for line in split_lines(text)]


def split_lines(text: str) -> list[str]:
    """Text at its line breaks, of whatever kind."""
    return _BREAK.split(text)


def clean(line: str) -> str:
    """A line with tabs as spaces, without what it may not hold."""
    return _FORBIDDEN.sub("", line.expandtabs(4))


def control_character(text: str) -> tuple[int, str] | None:
    """The first sign that belongs in no text file: its line, from 1, and its code."""
    wrong = re.search("[\x00-\x08\x0e-\x1b\x1f\x7f\x80-\x84\x86-\x9f]", text)
    if not wrong:
        return None
    return len(_BREAK.findall(text, 0, wrong.start())) + 1, f"U+{ord(wrong[0]):04X}"


def blocks_of(lines: list[str]) -> list[list[str]]:
    """Lines that stand together, without the empty lines between them."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def is_chinese(text: str) -> bool:
    """Whether most letters are Han characters."""
    letters = sum(letter.isalpha() for letter in text)
    return 2 * len(_HAN.findall(text)) > letters


def holds_han(text: str) -> bool:
    """Whether there is a Han character in the text."""
    return bool(_HAN.search(text))


def columns(text: str) -> int:
    """Columns of a terminal that the text takes: two for each wide character."""
    return sum(2 if _is_wide(letter) else 1 for letter in text)


def _is_wide(letter: str) -> bool:
    code = ord(letter)
    return (
        0x2E80 <= code <= 0xA4CF or 0xAC00 <= code <= 0xD7A3 or 0xF900 <= code <= 0xFAFF
        or 0xFE30 <= code <= 0xFE6F or 0xFF01 <= code <= 0xFF60 or code >= 0x1F300
    )  # fmt: skip
