"""Scripts to Final Draft's XML."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Comment, Element, SubElement, indent, tostring

from muse.works import script as parts
from muse.works.base import WishError
from muse.works.emphasis import BOLD, ITALIC, UNDERLINE, spans
from muse.works.formats.comments import comment_text
from muse.works.script import Script, Speech, is_bracketed

VERSE = "verse"
"""A comment at a line of verse that no line break shows to be verse."""

APART = "apart"
"""A comment at lyrics that do not belong to the speech before."""

_STYLES = ((BOLD, "Bold"), (ITALIC, "Italic"), (UNDERLINE, "Underline"))
_DEEPEST_OUTLINE = 4
"""Final Draft has four levels of outline; a section of level 5 or 6 becomes one of level 4."""


def encode(script: Script, suffix: str) -> bytes:
    """The script as a Final Draft document. Raises WishError for another suffix."""
    if suffix != ".fdx":
        raise WishError(f"no Final Draft format {suffix!r}; use .fdx")
    root = Element("FinalDraft", DocumentType="Script", Template="No", Version="5")
    account = {
        "title": script.title, "author": script.author, "setting": script.setting,
        "cast": list(script.cast), "details": [list(pair) for pair in script.details],
        "provenance": dict(script.provenance),
    }  # fmt: skip
    root.append(Comment(comment_text(account)))
    content = SubElement(root, "Content")
    new_page = False
    for element in script.abreast():
        count = len(content)
        if isinstance(element, tuple):
            both = SubElement(SubElement(content, "Paragraph"), "DualDialogue")
            for speech in element:
                _speech(both, speech)
        else:
            _element(content, element)
        if new_page and len(content) > count:
            content[count].set("StartsNewPage", "Yes")
            new_page = False
        new_page = new_page or isinstance(element, parts.PageBreak)
    _title_page(root, script)
    indent(root)
    return tostring(root, "UTF-8", xml_declaration=True) + b"\n"


def _element(content: Element, element: parts.Element) -> None:
    match element:
        case Speech():
            _speech(content, element)
        case parts.Direction():
            found = _paragraph(content, "Action", element.lines)
            if element.centered:
                found.set("Alignment", "Center")
        case parts.SceneHeading():
            found = _paragraph(content, "Scene Heading", [element.text])
            if element.number:
                found.set("Number", element.number)
        case parts.Transition():
            _paragraph(content, "Transition", [element.text])
        case parts.Section():
            _paragraph(content, f"Outline {min(element.level, _DEEPEST_OUTLINE)}", [element.text])
        case parts.Synopsis():
            _paragraph(content, "Summary", [element.text])
        case parts.Lyrics():
            _paragraph(content, "Lyrics", element.lines).insert(0, Comment(APART))


def _speech(content: Element, speech: Speech) -> None:
    name = speech.speaker + (f" ({speech.extension})" if speech.extension else "")
    _paragraph(content, "Character", [name], literal=True)
    if speech.parenthetical:
        _paragraph(content, "Parenthetical", [f"({speech.parenthetical})"])
    broken = False
    for kind, lines in _runs(speech):
        found = _paragraph(content, kind, lines)
        if speech.verse and len(lines) > 1:
            broken = True
    if speech.verse and not broken:
        found = content[-1]
        found.insert(0, Comment(VERSE))


def _runs(speech: Speech) -> list[tuple[str, list[str]]]:
    """The paragraphs of a speech: their types and lines. Verse goes on in one paragraph."""
    runs: list[tuple[str, list[str]]] = []
    for line in speech.lines:
        kind = "Parenthetical" if is_bracketed(line) else "Dialogue"
        if line.startswith("~"):
            kind, line = "Lyrics", line[1:]
        goes_on = speech.verse and runs and runs[-1][0] == kind != "Parenthetical"
        if goes_on and line and runs[-1][1][-1]:
            runs[-1][1].append(line)
        else:
            runs.append((kind, [line]))
    return runs


def _paragraph(
    content: Element, kind: str, lines: Sequence[str], *, literal: bool = False
) -> Element:
    """A paragraph with its lines; `literal`: stars and underscores are meant as they are."""
    found = SubElement(content, "Paragraph", Type=kind)
    pieces = []
    for number, line in enumerate(lines):
        pieces += [("\n", frozenset[str]())] * bool(number)
        pieces += [(line, frozenset[str]())] if literal else spans(line)
    held: list[tuple[str, str]] = []
    for text, styles in pieces:
        style = "+".join(name for kind_of, name in _STYLES if kind_of in styles)
        if held and held[-1][1] == style:
            held[-1] = (held[-1][0] + text, style)
        else:
            held.append((text, style))
    for text, style in held or [("", "")]:
        piece = SubElement(found, "Text", {"Style": style} if style else {})
        piece.text = text
    return found


def _title_page(root: Element, script: Script) -> None:
    """The first page as Final Draft shows it, for people."""
    lines = [script.title, "", "by" if script.author else "", script.author, ""]
    lines += [script.setting, ""] if script.setting else []
    lines += script.cast
    if not any([script.title, script.author, script.setting, script.details]):
        return
    content = SubElement(SubElement(root, "TitlePage"), "Content")
    for line in lines:
        _paragraph(content, "General", [line], literal=True).set("Alignment", "Center")
    for key, value in script.details:
        for line in f"{key}: {value}".split("\n"):
            _paragraph(content, "General", [line], literal=True)
