"""Scripts as plain text in the layout of printed plays.

A speech begins with the speaker's name and a full stop. Prose goes on in the same line, verse begins
in the next; directions stand in square brackets; transitions stand at the right::

    [A storm. Enter ANNA.]

    ANNA. [aside] He does not see me.

    PIERRE.
    Blow, winds, and crack your cheeks!
    [pause]
    Rage, blow!

What the layout has no place for (synopses, page breaks, inline marks) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from muse.works.emphasis import bare
from muse.works.formats.verse_or_prose import Blocks, looks_like_verse
from muse.works.lines import blocks_of, clean_lines
from muse.works.script import (
    Direction,
    Element,
    Lyrics,
    SceneHeading,
    Script,
    Section,
    Speech,
    Transition,
    is_bracketed,
)

WIDTH = 72
_INDENT = "    "
_CUE = re.compile(
    r"((?:[^\W\d_]{2,4}\. )?[^.,;:!?\[\]()]{1,40}?)(?: \(([^()]{1,60})\))?[.:]"
    r"(?: \[([^\[\]]{1,300})\])?(?: +(\S.*))?"
)
_NUMERAL = re.compile(r"[MDCLXVI]+")
_HEADING = re.compile(r"(?i:scene|act|prologue|epilogue)\b.{0,80}|(?:INT|EXT|EST|I/E)[./ ].{0,120}")
_PERSONS, _SCENE = "Persons:", "Scene: "


def encode(script: Script) -> str:
    """The script as text."""
    parts = [script.title, script.author and f"by {script.author}"]
    parts += [f"{key}: {value}" for key, value in script.details]
    parts += ["\n".join([_PERSONS, *(f"{_INDENT}{name}" for name in script.cast)])]
    parts += [script.setting and _SCENE + script.setting]
    parts += [text for element in script.elements for text in _texts(element)]
    return "\n\n".join(part for part in parts if part and part != _PERSONS) + "\n"


def _texts(element: Element) -> Iterator[str]:
    match element:
        case Speech():
            yield "\n".join(_speech(element))
        case Direction():
            text = "\n".join(bare(line) for line in element.lines)
            yield text if element.centered else f"[{text}]"
        case Lyrics():
            yield "\n".join(_INDENT + bare(line) for line in element.lines)
        case SceneHeading():
            yield (f"{element.number}. " if element.number else "") + bare(element.text)
        case Section():
            yield bare(element.text)
        case Transition():
            yield bare(element.text).rjust(WIDTH)


def _speech(speech: Speech) -> Iterator[str]:
    cue = speech.speaker + (f" ({speech.extension})" if speech.extension else "") + "."
    cue += f" [{bare(speech.parenthetical)}]" if speech.parenthetical else ""
    lines = [_line(line) for line in speech.lines]
    if speech.verse or not lines:
        yield cue
        yield from lines
    else:
        yield f"{cue} {lines[0]}"
        yield from (f"  {line}" for line in lines[1:])


def _line(line: str) -> str:
    if is_bracketed(line):
        return f"[{bare(line[1:-1])}]"
    return bare(line.removeprefix("~"))


def is_play(text: str) -> bool:
    """Whether a text is laid out so: two persons or more speak in half of its parts."""
    blocks = blocks_of(clean_lines(text))
    cues = [cue for cue in map(_cue, blocks) if cue]
    told = sum(block[0].lstrip().startswith("[") for block in blocks)
    names = {cue[1] for cue in cues}
    return len(names) > 1 and 2 * (len(cues) + told) >= len(blocks) - 3


def decode(text: str) -> Script:
    """The script of a text that `is_play`. Raises ValueError if it is none."""
    blocks = blocks_of(clean_lines(text))
    first = next((n for n, block in enumerate(blocks) if _cue(block)), len(blocks))
    facts: dict[str, Any] = {}
    cast: list[str] = []
    elements: list[Element] = []
    for number, block in enumerate(blocks):
        line = block[0].strip()
        if number < first and line == _PERSONS:
            cast = [name.strip() for name in block[1:]]
        elif number < first and len(block) == 1 and line.startswith(_SCENE):
            facts["setting"] = line.removeprefix(_SCENE)
        elif number < first and number == 0 and len(block) == 1 and not line.startswith("["):
            facts["title"] = line
        elif number < first and number <= 1 and len(block) == 1 and line.startswith("by "):
            facts["author"] = line.removeprefix("by ")
        else:
            elements.append(_element(block))
    return Script(tuple(elements), tuple(cast), **facts)


def _cue(block: list[str]) -> re.Match[str] | None:
    """The beginning of a speech, if a block is one."""
    found = _CUE.fullmatch(block[0])
    if not found or not found[1].isupper() or _NUMERAL.fullmatch(found[1].strip()):
        return None
    return found if found[4] or found[3] or len(block) > 1 else None


def _element(block: list[str]) -> Element:
    cue = _cue(block)
    if cue and not _HEADING.fullmatch(block[0]):
        return _read_speech(cue, block)
    text = "\n".join(block)
    if text.lstrip().startswith("["):
        return Direction(text.strip().removeprefix("[").removesuffix("]").strip("\n ") or "…")
    if len(block) == 1:
        line = text.strip()
        if _HEADING.fullmatch(line):
            return Section(line) if line[:3].lower() == "act" else SceneHeading(line)
        if len(block[0]) - len(block[0].lstrip()) >= 20:
            return Transition(line)
    if all(line.startswith(_INDENT) for line in block):
        return Lyrics(tuple(block))
    return Direction(text)


def _read_speech(cue: re.Match[str], block: list[str]) -> Speech:
    name, extension, aside, rest = cue.groups(default="")
    lines = [_bracketed(line) for line in block[1:]]
    spoken: Blocks = [[rest, *lines] if rest else lines]
    verse = not rest or (len(spoken[0]) > 2 and looks_like_verse(spoken))
    if not verse:
        paragraphs = [rest]
        for line in lines:
            if line.startswith(" ") or is_bracketed(line) or is_bracketed(paragraphs[-1]):
                paragraphs.append(line.strip())
            else:
                paragraphs[-1] += f" {line}"
        spoken = [paragraphs]
    return Speech(name, tuple(spoken[0]), verse, aside, extension)


def _bracketed(line: str) -> str:
    """A direction within a speech, in the round brackets that a script has."""
    words = line.strip()
    inside = words.startswith("[") and words.endswith("]")
    return f"({words[1:-1]})" if inside else line
