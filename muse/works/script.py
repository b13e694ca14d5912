"""A script for stage or screen: directions, speeches in verse or prose, scene headings.

Conventions:
    Texts keep Fountain's inline marks: `*italic*`, `**bold**`, `_underlined_`, and a backslash
    before a star or an underscore that is meant as it is. `muse.works.emphasis` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from muse.works.base import Work
from muse.works.lines import LONGEST_PARAGRAPH, checked_line

MOST_ELEMENTS = 50_000
MOST_LINES = 10_000
"""Lines of one element."""

OWN_DETAILS = ("title", "author", "authors", "cast", "setting", "muse")
"""Names on a first page that have a field of their own."""

NUMBER = re.compile(r"[\w.\-]{1,40}")
"""What a scene may be numbered with: `12`, `1A`, `I-1-A`."""


def _set(value: object, name: str, text: object) -> None:
    """Put a field of a frozen value in its one right form, while it is made."""
    object.__setattr__(value, name, text)


def _short(value: object, name: str, *, may_be_empty: bool = True) -> str:
    text = checked_line(getattr(value, name), name, may_be_empty=may_be_empty).strip()
    if not text and not may_be_empty:
        raise ValueError(f"{name} is empty")
    _set(value, name, text)
    return text


@dataclass(frozen=True, slots=True)
class Direction:
    """What happens on the stage or the screen: one paragraph, of several lines if need be.

    Attributes:
        text: the words; `"\\n"` between its lines, none of them empty.
        centered: whether it stands in the middle of the page.
    """

    text: str
    centered: bool = False

    def __post_init__(self) -> None:
        found = [
            checked_line(line, "a line of a direction", longest=LONGEST_PARAGRAPH)
            for line in self.text.split("\n")
        ]
        if len(found) > MOST_LINES:
            raise ValueError(f"a direction has at most {MOST_LINES:,} lines")
        if self.centered:
            found = [line.strip() for line in found]
        _set(self, "text", "\n".join(found))

    @property
    def lines(self) -> list[str]:
        """The lines of the paragraph."""
        return self.text.split("\n")


@dataclass(frozen=True, slots=True)
class Speech:
    """What one person says.

    Attributes:
        speaker: the name over the speech, without brackets.
        lines: lines of verse, or paragraphs of prose. One wholly in round brackets is a direction
            within the speech; one that begins with `~` is sung; an empty one parts stanzas.
        verse: whether the lines are verse, so that each keeps a line of its own.
        parenthetical: how the speech begins to be said, without its brackets. A first line in
            round brackets becomes it.
        extension: what stands in brackets after the name: `"V.O."`.
        dual: whether it is said at the same time as the speech before. A script puts it right
            where there is no such speech.
    """

    speaker: str
    lines: tuple[str, ...]
    verse: bool = False
    parenthetical: str = ""
    extension: str = ""
    dual: bool = False

    def __post_init__(self) -> None:
        name = _short(self, "speaker", may_be_empty=False)
        if re.search(r"[()^\[\]]", name):
            raise ValueError(f"a speaker's name holds no brackets and no ^: {name[:40]!r}")
        if re.search(r"[()]", _short(self, "extension")):
            raise ValueError("an extension holds no brackets of its own")
        if isinstance(self.lines, str) or len(self.lines) > MOST_LINES:
            raise ValueError(f"a speech has lines, at most {MOST_LINES:,}")
        aside = _unbracketed(_short(self, "parenthetical"))
        found: list[str] = []
        for text in self.lines:
            line = checked_line(
                text, f"a line of {name}", longest=LONGEST_PARAGRAPH, may_be_empty=True
            ).strip()
            line = "~" + line[1:].strip() if line[:1] == "~" else line
            if not found and is_bracketed(line) and not aside:
                aside = _unbracketed(line)
            elif line not in ("", "~") or (found and found[-1]):
                found.append("" if line == "~" else line)
        if found and not found[-1]:
            found.pop()
        if not found and not aside:
            raise ValueError(f"{name} says nothing")
        _set(self, "lines", tuple(found))
        _set(self, "parenthetical", checked_line(aside, "a parenthetical", may_be_empty=True))

    @property
    def text(self) -> str:
        """The lines as text, without name and parenthetical."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class SceneHeading:
    """Where and when a scene is: `"INT. A SHIP - NIGHT"`, `"SCENE II. A ship."`.

    Attributes:
        text: the heading.
        number: the scene's number, as `"1A"`, or empty.
    """

    text: str
    number: str = ""

    def __post_init__(self) -> None:
        text = _short(self, "text", may_be_empty=False)
        text = re.sub(r"^[.\s]+", "", text)
        found = re.fullmatch(rf"(.*\S)\s*#({NUMBER.pattern})#", text)
        if found and not self.number:
            text = found[1]
            _set(self, "number", found[2])
        if self.number and not NUMBER.fullmatch(self.number):
            raise ValueError(f"a scene's number is letters, figures, . and -: {self.number!r}")
        _set(self, "text", checked_line(text, "a scene heading"))


@dataclass(frozen=True, slots=True)
class Transition:
    """How one scene gives way to the next: `"CUT TO:"`, `"Exeunt."`."""

    text: str

    def __post_init__(self) -> None:
        text = _short(self, "text", may_be_empty=False)
        _set(self, "text", checked_line(re.sub(r"[<\s]+$", "", text), "a transition"))


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the script, as an act: level 1 to 6."""

    text: str
    level: int = 1

    def __post_init__(self) -> None:
        _short(self, "text", may_be_empty=False)
        if not 1 <= self.level <= 6:
            raise ValueError(f"a section's level is 1 to 6, not {self.level}")


@dataclass(frozen=True, slots=True)
class Synopsis:
    """What a section or a scene is about: for the writer, not for the page."""

    text: str

    def __post_init__(self) -> None:
        _short(self, "text", may_be_empty=False)


@dataclass(frozen=True, slots=True)
class Lyrics:
    """What is sung by nobody named."""

    lines: tuple[str, ...]

    def __post_init__(self) -> None:
        found = tuple(_unsung(checked_line(line, "a line of lyrics")) for line in self.lines)
        if not 1 <= len(found) <= MOST_LINES or not all(found):
            raise ValueError(f"lyrics have 1 to {MOST_LINES:,} lines, none of them empty")
        _set(self, "lines", found)


@dataclass(frozen=True, slots=True)
class PageBreak:
    """A new page."""


Element: TypeAlias = (
    Direction | Speech | SceneHeading | Transition | Section | Synopsis | Lyrics | PageBreak
)
ELEMENTS = (Direction, Speech, SceneHeading, Transition, Section, Synopsis, Lyrics, PageBreak)


@dataclass(frozen=True)
class Script(Work):
    """Elements in order, and what stands on the first page.

    Attributes:
        elements: directions, speeches, headings and the rest, in order.
        cast: names of the persons; those who speak, in order, if none are given.
        setting: where it plays, in one line, or empty.
        author: who wrote it, or empty.
        details: what else stands on the first page: (`"Draft date"`, `"2 May"`); lines of a
            value are parted by `"\\n"`.
    """

    elements: tuple[Element, ...]
    cast: tuple[str, ...] = ()
    setting: str = ""
    author: str = field(default="", kw_only=True)
    details: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        elements = tuple(self.elements)
        if not 1 <= len(elements) <= MOST_ELEMENTS:
            raise ValueError(f"a script has 1 to {MOST_ELEMENTS:,} elements, not {len(elements)}")
        for place, element in enumerate(elements, 1):
            if not isinstance(element, ELEMENTS):
                raise ValueError(f"element {place} is a {type(element).__name__}")
        _set(self, "elements", tuple(_paired(elements)))
        for name in ("title", "author", "setting"):
            _short(self, name)
        names = self.cast or dict.fromkeys(speech.speaker for speech in self.speeches)
        cast = tuple(checked_line(name, "a name of the cast").strip() for name in names)
        _set(self, "cast", cast)
        details = []
        for key, value in self.details:
            if not re.fullmatch(r"[^\W_][^:\n]{0,79}", key) or key != key.strip():
                raise ValueError(f"{key[:80]!r} is no name of a detail")
            if key.lower() in OWN_DETAILS:
                raise ValueError(f"{key!r} has a field of its own, it is no detail")
            lines = [checked_line(line, key).strip() for line in value.split("\n")]
            details.append((key, "\n".join(lines)))
        _set(self, "details", tuple(details))

    @property
    def speeches(self) -> tuple[Speech, ...]:
        """The speeches in order."""
        return tuple(element for element in self.elements if isinstance(element, Speech))

    def abreast(self) -> Iterator[Element | tuple[Speech, Speech]]:
        """The elements in order; two speeches that are said at the same time are one pair."""
        held: Element | None = None
        for element in self.elements:
            if isinstance(element, Speech) and element.dual and isinstance(held, Speech):
                yield (held, element)
                held = None
                continue
            if held is not None:
                yield held
            held = element
        if held is not None:
            yield held

    def __str__(self) -> str:
        from muse.works.text_terminal import script_text

        return script_text(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the script as HTML without any script, else plain text."""
        from muse.works.pages import script_html

        return {"text/html": script_html(self), "text/plain": str(self)}


def _paired(elements: tuple[Element, ...]) -> Iterator[Element]:
    """The elements; a speech is `dual` only right after one that is not."""
    open_pair = False
    for element in elements:
        if isinstance(element, Speech) and element.dual and not open_pair:
            element = replace(element, dual=False)
        open_pair = isinstance(element, Speech) and not element.dual
        yield element


def is_bracketed(line: str) -> bool:
    """Whether a line of a speech is a direction: wholly in round brackets."""
    return line[:1] == "(" and line[-1:] == ")"


def _unsung(line: str) -> str:
    """A line of a song without the signs that say so."""
    return re.sub(r"^[~\s]+|[~\s]+$", "", line)


def _unbracketed(text: str) -> str:
    """A direction without its round brackets; brackets inside stay."""
    text = text.strip()
    while len(text) > 1 and is_bracketed(text):
        text = text[1:-1].strip()
    return text
