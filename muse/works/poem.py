"""A poem: stanzas of lines.

Conventions:
    Lines are counted from 1 through the whole poem; the space between two stanzas is no line.
    Indents at the beginning of a line are kept, white space at its end is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from muse.works.base import WishError, Work
from muse.works.lines import blocks_of, checked_line, clean_lines, is_chinese

LANGUAGES = ("en", "zh")
MOST_LINES = 10_000


@dataclass(frozen=True)
class Poem(Work):
    """Stanzas of lines, and what was wished of them.

    Attributes:
        stanzas: the lines of each stanza.
        author: who wrote it, or empty.
        language: `"en"` or `"zh"`.
        form: its form as its language calls it: "sonnet", "七绝", "浣溪沙"; or empty.
        theme: what it was to be about, or empty.
        locked: numbers of the lines that the writer fixed, from 1, in order.
    """

    stanzas: tuple[tuple[str, ...], ...]
    author: str = field(default="", kw_only=True)
    language: str = field(default="en", kw_only=True)
    form: str = field(default="", kw_only=True)
    theme: str = field(default="", kw_only=True)
    locked: tuple[int, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        stanzas, number = [], 0
        for place, stanza in enumerate(self.stanzas, 1):
            if isinstance(stanza, str) or not stanza:
                raise ValueError(f"stanza {place} is to be one line or more")
            if number + len(stanza) > MOST_LINES:
                raise ValueError(f"a poem has at most {MOST_LINES:,} lines")
            stanzas.append(
                tuple(checked_line(line, f"line {number + n}") for n, line in enumerate(stanza, 1))
            )
            number += len(stanza)
        if not stanzas:
            raise ValueError("a poem has at least one line")
        object.__setattr__(self, "stanzas", tuple(stanzas))
        for name in ("title", "author", "form", "theme"):
            text = checked_line(getattr(self, name), name, may_be_empty=True)
            object.__setattr__(self, name, text.strip())
        if self.language not in LANGUAGES:
            raise ValueError(f"language is to be one of {', '.join(LANGUAGES)}")
        for line in self.locked:
            if isinstance(line, bool) or not isinstance(line, int) or not 1 <= line <= number:
                raise ValueError(f"locked line {line!r}: the poem has lines 1-{number}")
        object.__setattr__(self, "locked", tuple(sorted(set(self.locked))))

    @classmethod
    def from_text(cls, text: str, **others: Any) -> Poem:
        """The poem whose stanzas are parted by empty lines in `text`; no line is a title.

        Args:
            text: the lines. Control characters are left out.
            **others: other fields. The language is told by the letters if it is not given.

        Raises:
            ValueError: if there is no line in it, or too many.
        """
        others.setdefault("language", "zh" if is_chinese(text) else "en")
        return cls(tuple(tuple(block) for block in blocks_of(clean_lines(text))), **others)

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines in order; line n is `lines[n - 1]`."""
        return tuple(line for stanza in self.stanzas for line in stanza)

    @property
    def text(self) -> str:
        """The lines as text, an empty line between stanzas; without the title."""
        return "\n\n".join("\n".join(stanza) for stanza in self.stanzas)

    def numbered(self) -> Iterator[list[tuple[int, str]]]:
        """The lines of each stanza with their numbers."""
        number = 0
        for stanza in self.stanzas:
            yield list(enumerate(stanza, number + 1))
            number += len(stanza)

    def with_line(self, number: int, text: str) -> Poem:
        """The poem with another line in the place of line `number`.

        Raises:
            WishError: if there is no such line, or `text` cannot be one.
        """
        count = len(self.lines)
        if not 1 <= number <= count:
            raise WishError(f"there is no line {number}; the poem has lines 1-{count}")
        try:
            line = checked_line(text, f"line {number}")
        except ValueError as error:
            raise WishError(str(error)) from error
        stanzas = tuple(
            tuple(line if n == number else old for n, old in stanza) for stanza in self.numbered()
        )
        return replace(self, stanzas=stanzas)

    def __str__(self) -> str:
        from muse.works.text_terminal import poem_text

        return poem_text(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the verse as HTML without any script, else plain text."""
        from muse.works.pages import poem_html

        return {"text/html": poem_html(self), "text/plain": str(self)}
