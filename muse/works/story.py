"""A story: paragraphs of prose, each without a line break in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from muse.works.base import Work
from muse.works.lines import LONGEST_PARAGRAPH, blocks_of, checked_line, clean_lines, is_chinese
from muse.works.poem import LANGUAGES

MOST_PARAGRAPHS = 20_000


@dataclass(frozen=True)
class Story(Work):
    """Paragraphs of prose.

    Attributes:
        paragraphs: the prose; white space at both ends of a paragraph is cut.
        author: who wrote it, or empty.
        language: `"en"` or `"zh"`.
        theme: what it was to be about, or empty.
    """

    paragraphs: tuple[str, ...]
    author: str = field(default="", kw_only=True)
    language: str = field(default="en", kw_only=True)
    theme: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if isinstance(self.paragraphs, str) or not self.paragraphs:
            raise ValueError("a story has at least one paragraph")
        if len(self.paragraphs) > MOST_PARAGRAPHS:
            raise ValueError(f"a story has at most {MOST_PARAGRAPHS:,} paragraphs")
        paragraphs = tuple(
            checked_line(text, f"paragraph {number}", longest=LONGEST_PARAGRAPH).strip()
            for number, text in enumerate(self.paragraphs, 1)
        )
        object.__setattr__(self, "paragraphs", paragraphs)
        for name in ("title", "author", "theme"):
            text = checked_line(getattr(self, name), name, may_be_empty=True)
            object.__setattr__(self, name, text.strip())
        if self.language not in LANGUAGES:
            raise ValueError(f"language is to be one of {', '.join(LANGUAGES)}")

    @classmethod
    def from_text(cls, text: str, **others: Any) -> Story:
        """The story whose paragraphs are parted by empty lines in `text`; no line is a title.

        Lines that stand together are one paragraph; so Chinese ones are joined without a space.

        Args:
            text: the prose. Control characters are left out.
            **others: other fields. The language is told by the letters if it is not given.

        Raises:
            ValueError: if there is no word in it, or too many.
        """
        others.setdefault("language", "zh" if is_chinese(text) else "en")
        joint = "" if others["language"] == "zh" else " "
        blocks = blocks_of(clean_lines(text))
        return cls(tuple(joint.join(line.strip() for line in block) for block in blocks), **others)

    @property
    def text(self) -> str:
        """The paragraphs, an empty line between them; without the title."""
        return "\n\n".join(self.paragraphs)

    def __str__(self) -> str:
        from muse.works.text_terminal import story_text

        return story_text(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the prose as HTML without any script, else plain text."""
        from muse.works.pages import story_html

        return {"text/html": story_html(self), "text/plain": str(self)}
