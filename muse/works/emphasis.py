r"""Fountain's inline marks: `*italic*`, `**bold**`, `***both***`, `_underlined_`, and `\*`, `\_`.

As in Markdown, a mark opens only before a sign and closes only after one that is no space, so
`he dialed *69 and then *23` holds none. Reading takes time in proportion to the text.

https://fountain.io/syntax (section Emphasis)
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ITALIC, BOLD, UNDERLINE = "italic", "bold", "underline"

Span = tuple[str, frozenset[str]]
"""Text and its styles."""

_STYLES = {"*": {ITALIC}, "**": {BOLD}, "***": {BOLD, ITALIC}, "_": {UNDERLINE}}
_MARK = re.compile(r"\\[*_]|\*+|_")


def spans(text: str) -> list[Span]:
    """The text in pieces of one style each, without its marks."""
    marks = list(_MARK.finditer(text))
    if not marks:
        return [(text, frozenset())] if text else []
    turns = _turns(text, marks)
    found: list[Span] = []
    styles: frozenset[str] = frozenset()
    at = 0
    for place, mark in enumerate(marks):
        found.append((text[at : mark.start()], styles))
        at = mark.end()
        if place in turns:
            styles = styles ^ turns[place]
        else:
            found.append((mark[0].removeprefix("\\"), styles))
    found.append((text[at:], styles))
    return _joined(found)


def _turns(text: str, marks: list[re.Match[str]]) -> dict[int, set[str]]:
    """Which marks open or close something, and what."""
    turns: dict[int, set[str]] = {}
    opened: dict[str, int] = {}
    for place, mark in enumerate(marks):
        sign = mark[0]
        if sign not in _STYLES:
            continue
        opens = not text[mark.end() : mark.end() + 1].isspace() and mark.end() < len(text)
        closes = mark.start() > 0 and not text[mark.start() - 1].isspace()
        if closes and sign in opened:
            turns[opened.pop(sign)] = turns[place] = _STYLES[sign]
        elif closes and sign == "***" and "*" in opened and "**" in opened:
            turns[opened.pop("*")], turns[opened.pop("**")] = {ITALIC}, {BOLD}
            turns[place] = _STYLES[sign]
        elif opens:
            opened[sign] = place
    return turns


def bare(text: str) -> str:
    """The text without its marks."""
    return "".join(piece for piece, _ in spans(text))


def escaped(text: str) -> str:
    """Text whose stars and underscores are meant as they are, for where marks are read."""
    if spans(text) == _joined([(text, frozenset())]):
        return text
    return re.sub(r"[*_]", r"\\\g<0>", text)


def marked(pieces: Iterable[Span]) -> str:
    """The text with marks that `spans` reads; without them where marks cannot say it."""
    pieces = _joined(pieces)
    if len(pieces) == 1 and not pieces[0][1]:
        return escaped(pieces[0][0])
    text = ""
    for piece, styles in pieces:
        words = piece.strip()
        start = "_" * (UNDERLINE in styles) + "**" * (BOLD in styles) + "*" * (ITALIC in styles)
        if not words or not start:
            text += escaped(piece)
            continue
        left = piece[: len(piece) - len(piece.lstrip())]
        right = piece[len(piece.rstrip()) :]
        text += left + start + re.sub(r"[*_]", r"\\\g<0>", words) + start[::-1] + right
    whole = "".join(piece for piece, _ in pieces)
    return text if bare(text) == whole else escaped(whole)


def _joined(pieces: Iterable[Span]) -> list[Span]:
    """Pieces without empty ones; neighbours of one style are one."""
    runs: list[tuple[list[str], frozenset[str]]] = []
    for text, styles in pieces:
        if text and runs and runs[-1][1] == styles:
            runs[-1][0].append(text)
        elif text:
            runs.append(([text], styles))
    return [("".join(texts), styles) for texts, styles in runs]
