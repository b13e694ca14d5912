"""Scripts to Fountain. A sign forces only those lines that would be taken for something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from muse.works.base import WishError
from muse.works.emphasis import escaped
from muse.works.formats import fountain_rules as rules
from muse.works.formats.fountain_title import title_page, title_page_text
from muse.works.script import (
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


def encode(script: Script, suffix: str) -> bytes:
    """The script as UTF-8. Raises WishError for another suffix."""
    if suffix != ".fountain":
        raise WishError(f"no Fountain format {suffix!r}; use .fountain")
    parts, verse = [], False
    for element in script.elements:
        parts.append("\n".join(_kept(line) for line in _lines(element)))
        if isinstance(element, Speech):
            if element.verse != rules.is_verse(element.lines, verse):
                parts[-1] += " " + (rules.VERSE if element.verse else rules.PROSE)
            verse = element.verse
    body = "\n\n".join(parts) + "\n"
    head = title_page_text(script, escaped)
    if not head and title_page(body.split("\n")):  # an empty line says that there is no title page
        head = "\n"
    return (head + body).encode()


def _kept(line: str) -> str:
    """A line without what would begin a note or a boneyard."""
    return re.sub(r"/(?=\*)", "/ ", re.sub(r"\[(?=\[)", "[ ", line))


def _lines(element: Element) -> Iterator[str]:
    match element:
        case Speech():
            yield _cue(element)
            if element.parenthetical:
                yield f"({element.parenthetical})"
            yield from (line or "  " for line in element.lines)
        case Direction(centered=True):
            yield from (f"> {line} <" for line in element.lines)
        case Direction():
            yield from _direction(element.lines)
        case SceneHeading():
            number = f" #{element.number}#" if element.number else ""
            text = element.text + number
            yield text if rules.is_heading(text, True) else f".{text}"
        case Transition():
            text = element.text
            plain = rules.is_transition(text) and not rules.is_heading(text, True)
            yield text if plain and not text.startswith(rules.FORCING) else f"> {text}"
        case Section():
            yield "#" * element.level + f" {element.text}"
        case Synopsis():
            yield f"= {element.text}"
        case Lyrics():
            yield from (f"~{line}" for line in element.lines)
        case PageBreak():
            yield "==="


def _cue(speech: Speech) -> str:
    text = speech.speaker + (f" ({speech.extension})" if speech.extension else "")
    text += " ^" if speech.dual else ""
    plain = rules.is_cue(text) and not speech.speaker.startswith(rules.FORCING)
    return text if plain and not rules.is_heading(text, False) else f"@{text}"


def _direction(lines: list[str]) -> Iterator[str]:
    first = lines[0]
    alone = len(lines) == 1
    taken = rules.is_heading(first, alone) or (
        rules.is_transition(first) if alone else rules.is_cue(first)
    )
    for number, line in enumerate(lines):
        forced = (taken and number == 0) or line.lstrip().startswith(rules.FORCING)
        yield f"!{line}" if forced else line
