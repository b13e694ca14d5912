"""Fountain to scripts. Any text is some script: what is nothing else is a direction."""

from __future__ import annotations

import re
from dataclasses import dataclass

from muse.works.base import WishError
from muse.works.formats import fountain_rules as rules
from muse.works.formats.fountain_title import script_fields, title_page
from muse.works.formats.text_files import text_of
from muse.works.lines import clean, split_lines
from muse.works.script import (
    MOST_ELEMENTS,
    Direction,
    Element,
    Lyrics,
    PageBreak,
    SceneHeading,
    Script,
    Section,
    Speech,
    Synopsis,
    Transition,
)

# Signs that stand in a text for what was taken out of it; a text file that is read holds none.
_REMOVED, _REMOVED_BREAK, _VERSE, _PROSE = "\x01", "\x02", "\x03", "\x04"
_HINTS = {rules.VERSE: _VERSE, rules.PROSE: _PROSE}


@dataclass(frozen=True, slots=True)
class _Line:
    """A line, its number in the file, and what a note at it says of verse."""

    text: str
    number: int
    hint: str = ""

    @property
    def blank(self) -> bool:
        return not self.text.strip()

    @property
    def start(self) -> str:
        """The line without its indent."""
        return self.text.strip()


def decode(data: bytes, name: str) -> Script:
    """The script in a Fountain file.

    Raises:
        WishError: if it is no text in UTF-8, empty, or too long; the message names file and line.
    """
    text = text_of(data, name)
    raw = split_lines(text)
    entries = title_page(raw)
    head = 0
    while entries and head < len(raw) and raw[head].strip():
        head += 1
    elements = _elements(_lines(_without_notes("\n".join(raw[head:])), head), name)
    if not elements:
        raise WishError(f"{name} holds no script: there is nothing but a title page and notes")
    try:
        return Script(tuple(elements), **script_fields(entries))
    except ValueError as error:
        raise WishError(f"{name}: {error}") from error


def _without_notes(text: str) -> str:
    """The text with signs in the place of boneyards and notes. Each sign is looked at once."""
    text = _cut(text, "/*", "*/", across=True)
    return _cut(text, "[[", "]]", across=False)


def _cut(text: str, opening: str, closing: str, across: bool) -> str:
    """The text without what stands between two marks; `across`: over empty lines too."""
    kept, at = [], 0
    while (start := text.find(opening, at)) >= 0:
        end = text.find(closing, start + 2)
        if end < 0:
            break
        gap = -1 if across else text.find("\n\n", start, end)
        if gap >= 0:
            kept.append(text[at:gap])
            at = gap
            continue
        end += 2
        inside = text[start:end]
        sign = _HINTS.get(inside, _REMOVED) + _REMOVED_BREAK * inside.count("\n")
        kept += [text[at:start], sign]
        at = end
    return "".join([*kept, text[at:]])


def _lines(text: str, number: int) -> list[_Line]:
    """The lines of the body; those that held nothing but notes are left out."""
    found = []
    for row in text.split("\n"):
        number += 1
        hint = next((sign for sign in (_VERSE, _PROSE) if sign in row), "")
        line = clean(row)
        if line.strip() or hint or not any(sign in row for sign in (_REMOVED, _REMOVED_BREAK)):
            found.append(_Line(line, number, hint))
        number += row.count(_REMOVED_BREAK)
    return found


def _elements(lines: list[_Line], name: str) -> list[Element]:
    """All elements of the body. Raises WishError."""
    elements: list[Element] = []
    at, verse = 0, False
    while at < len(lines):
        if lines[at].blank:
            at += 1
            continue
        end = at + 1
        try:
            element, end = _element(lines, at, verse)
        except ValueError as error:
            raise WishError(f"{name}: line {lines[at].number}: {error}") from error
        if element is not None:
            elements.append(element)
        if isinstance(element, Speech):
            verse = element.verse
        if len(elements) > MOST_ELEMENTS:
            raise WishError(f"{name}: more than {MOST_ELEMENTS:,} elements; give it in parts")
        at = end
    return elements


def _element(lines: list[_Line], at: int, verse: bool) -> tuple[Element | None, int]:
    """The element that begins in line `at`, None for an empty one, and where the next begins."""
    start = lines[at].start
    alone = at + 1 == len(lines) or lines[at + 1].blank
    fresh = at == 0 or lines[at - 1].blank
    if re.fullmatch(r"={3,}", start):
        return PageBreak(), at + 1
    if start[0] == "#":
        text = start.lstrip("#")
        level = min(6, len(start) - len(text))
        return (Section(text, level) if text.strip() else None), at + 1
    if start[0] == "=":
        return (Synopsis(start[1:]) if start[1:].strip() else None), at + 1
    if start[0] == "~":
        end = _end(lines, at, "~")
        sung = tuple(line.start for line in lines[at:end] if line.start.strip("~ "))
        return (Lyrics(sung) if sung else None), end
    if start[0] == ">" and len(start) > 1:
        if start[-1] == "<":
            return _centered(lines, at)
        text = start[1:].strip()
        return (Transition(text) if text else None), at + 1
    if start[0] == "." and start[1:2].strip(" .") and start.strip(". "):
        return _heading(start), at + 1
    if start[0] == "@" and not alone:
        speech = _speech(lines, at, start[1:], verse)
        if speech:
            return speech
    if fresh and rules.is_heading(start, alone):
        return _heading(start), at + 1
    if fresh and alone and rules.is_transition(start):
        return Transition(start), at + 1
    if fresh and not alone and rules.is_cue(start) and start[0] != "!":
        speech = _speech(lines, at, start, verse)
        if speech:
            return speech
    end = at + 1
    while end < len(lines) and not lines[end].blank and not _begins(lines[end].start):
        end += 1
    return Direction("\n".join(map(_action, lines[at:end]))), end


def _begins(start: str) -> bool:
    """Whether a sign says that a new element begins in a line after a direction's."""
    return start[0] in "#=~>@" or (start[0] == "." and bool(start[1:2].strip(" .")))


def _action(line: _Line) -> str:
    """A line of a direction without the sign that forces it."""
    text = line.text if line.text.startswith("!") or line.start[0] != "!" else line.start
    words = text.removeprefix("!")
    return words if words.strip() else "!"


def _end(lines: list[_Line], at: int, sign: str) -> int:
    """Where the lines that begin with a sign end."""
    while at < len(lines) and lines[at].start[:1] == sign:
        at += 1
    return at


def _centered(lines: list[_Line], at: int) -> tuple[Element | None, int]:
    end, texts = at, []
    while end < len(lines) and lines[end].start[:1] == ">" and lines[end].start[-1:] == "<":
        text = lines[end].start[1:-1].strip()
        texts += [text] * bool(text)
        end += 1
    return (Direction("\n".join(texts), True) if texts else None), end


def _heading(start: str) -> SceneHeading:
    return SceneHeading(start)  # which takes its number out of the text


def _speech(lines: list[_Line], at: int, name: str, verse: bool) -> tuple[Speech, int] | None:
    """The speech under a name, and where the next element begins; None if it is none."""
    found = rules.cue(name)
    if not found:
        return None
    speaker, extension, dual = found
    end = at + 1
    while end < len(lines) and (not lines[end].blank or lines[end].text == "  "):
        end += 1
    said = [line.start for line in lines[at + 1 : end]]
    hint = next((line.hint for line in lines[at:end] if line.hint), "")
    try:
        speech = Speech(speaker, tuple(said), extension=extension, dual=dual)
    except ValueError:
        if any(said):
            raise
        return None
    kind = hint == _VERSE if hint else rules.is_verse(speech.lines, verse)
    return Speech(speaker, speech.lines, kind, speech.parenthetical, extension, dual), end
