"""Poems, stories and scripts as plain text for the terminal, with the numbers that verbs ask for."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from muse.works.base import Work
from muse.works.emphasis import bare
from muse.works.lines import columns, holds_han
from muse.works.poem import Poem
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
    is_bracketed,
)
from muse.works.story import Story
from muse.works.wording import origin, plain

COLUMNS = 100
"""No line is longer."""

PROSE_COLUMNS = 80
"""Prose is set narrower, as it is easier to read."""

MOST_LINES = 1_000
"""A longer text is shown up to here, and says so."""

_LABEL = 6
LOCKED = "▪"
"""Stands before a line that the writer fixed."""


def poem_text(poem: Poem) -> str:
    """The poem with line numbers, an empty line between stanzas, and a line of facts above."""
    count = len(poem.lines)
    lines = [_facts(poem, poem.author, poem.form, _counted(count, "line"))]
    for stanza in poem.numbered():
        lines.append("")
        for number, line in stanza:
            label = f"{number:>3} {LOCKED if number in poem.locked else ' '} "
            lines += _wrapped(plain_indent(line), label, COLUMNS)
    if poem.locked:
        lines += ["", f"{LOCKED} fixed by the writer"]
    return _shown(lines)


def story_text(story: Story) -> str:
    """The story in wrapped paragraphs, with a line of facts above."""
    words = len(story.text.split())
    length = f"{len(story.text):,} characters" if story.language == "zh" else f"{words:,} words"
    lines = [_facts(story, story.author, length)]
    for paragraph in story.paragraphs:
        lines += ["", *_wrapped(plain(paragraph, len(paragraph)), "", PROSE_COLUMNS)]
        if len(lines) > MOST_LINES:
            break
    return _shown(lines)


def script_text(script: Script) -> str:
    """The script as printed plays have it, each speech with its number."""
    count = len(script.speeches)
    lines = [_facts(script, script.author, plain(script.setting, 80), _counted(count, "speech"))]
    if script.cast:
        lines += _wrapped("Persons: " + ", ".join(script.cast), "", COLUMNS)
    number = 0
    for element in script.elements:
        number += isinstance(element, Speech)
        lines += ["", *_element(element, number)]
        if len(lines) > MOST_LINES:
            break
    return _shown(lines)


def plain_indent(line: str) -> str:
    """A line that is safe to show, with the indent it has; a wide one is cut to a third."""
    words = plain(line, len(line))
    indent = len(line) - len(line.lstrip())
    return " " * min(indent, COLUMNS // 3) + words


def _element(element: Element, number: int) -> Iterator[str]:
    """The lines of one element of a script."""
    space = " " * _LABEL
    match element:
        case Speech():
            yield from _speech(element, number)
        case Direction():
            text = [plain(bare(line), len(line)) for line in element.lines]
            if element.centered:
                yield from (f"{line:^{PROSE_COLUMNS}}".rstrip() for line in text)
            else:
                yield from _wrapped("[" + " ".join(text) + "]", space, COLUMNS)
        case Lyrics():
            for line in element.lines:
                yield from _wrapped(plain(bare(line), len(line)), space + "♪ ", COLUMNS)
        case SceneHeading():
            mark = f"{element.number}. " if element.number else ""
            yield from _wrapped(mark + plain(bare(element.text)), "", COLUMNS)
        case Section():
            yield from _wrapped("#" * element.level + " " + plain(bare(element.text)), "", COLUMNS)
        case Transition():
            yield f"{plain(bare(element.text), PROSE_COLUMNS):>{PROSE_COLUMNS}}"
        case Synopsis():
            yield from _wrapped("= " + plain(bare(element.text), 1000), "", COLUMNS)
        case PageBreak():
            yield "- " * (PROSE_COLUMNS // 2)


def _speech(speech: Speech, number: int) -> Iterator[str]:
    name = plain(speech.speaker) + (f" ({plain(speech.extension)})" if speech.extension else "")
    aside = f" [{plain(bare(speech.parenthetical))}]" if speech.parenthetical else ""
    together = " (at the same time)" if speech.dual else ""
    yield from _wrapped(f"{name}.{aside}{together}", f"{number:>{_LABEL - 2}}  ", COLUMNS)
    for line in speech.lines:
        words = plain(bare(line), len(line) + 2)
        if is_bracketed(line):
            words = f"[{words[1:-1]}]"
        elif line.startswith("~"):
            words = "♪ " + words.removeprefix("~")
        yield from _wrapped(words, " " * (_LABEL + 2), COLUMNS) if words else [""]


def _facts(work: Work, *facts: str) -> str:
    words = [plain(work.title, 60), *(plain(fact, 80) for fact in facts), origin(work)]
    return "\n".join(_wrapped(" · ".join(word for word in words if word), "", COLUMNS))


def _counted(count: int, name: str) -> str:
    many = "speeches" if name == "speech" else f"{name}s"
    return f"1 {name}" if count == 1 else f"{count:,} {many}"


def _wrapped(text: str, label: str, width: int) -> list[str]:
    """Lines that fit, the first after `label`, the others under it; wide signs count for two."""
    room = width - len(label)
    if columns(text) <= room:
        return [label + text]
    if holds_han(text):
        room //= 2
    indent = text[: len(text) - len(text.lstrip())]
    found = wrap(text.lstrip(), max(10, room - len(indent)))
    space = " " * len(label) + indent
    return [(label + indent if n == 0 else space) + line for n, line in enumerate(found)]


def _shown(lines: list[str]) -> str:
    """Lines as text, cut where there are too many."""
    lines = [line.rstrip() for line in lines]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], "… and more, not shown"]
    return "\n".join(lines) + "\n"
