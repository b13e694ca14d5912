"""Final Draft's XML to scripts. Notes, revisions, page layout and the like are left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Comment, Element

from muse.works import script as parts
from muse.works.base import WishError
from muse.works.emphasis import BOLD, ITALIC, UNDERLINE, Span, marked
from muse.works.formats.comments import read_comment
from muse.works.formats.fdx_write import APART, VERSE
from muse.works.formats.fountain_rules import cue
from muse.works.lines import clean, split_lines
from muse.works.script import MOST_ELEMENTS, Script, Speech

DEEPEST = 40
"""Elements within elements; Final Draft's own files have about eight."""

LONGEST_SPEECH = 200_000
"""Characters of one paragraph of Final Draft's, which may hold many lines of verse."""

_STYLES = {"bold": BOLD, "italic": ITALIC, "underline": UNDERLINE}
_SPOKEN = ("dialogue", "parenthetical", "lyrics", "singing")
_BYLINES = ("by", "written by", "screenplay by", "story by", "a play by")


class _Builder(ElementTree.TreeBuilder):
    """Builds the tree, but no deeper than `DEEPEST`, and keeps comments."""

    def __init__(self) -> None:
        super().__init__(insert_comments=True)
        self.depth = 0

    def start(self, tag: Any, attrs: Any) -> Element:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError(f"elements stand more than {DEEPEST} deep")
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self.depth -= 1
        return super().end(tag)


def decode(data: bytes, name: str) -> Script:
    """The script in a Final Draft document.

    Raises:
        WishError: if it is none, is damaged or defines XML entities; the message names the file.
    """
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise WishError(f"{name} is not a Final Draft file: its XML begins in another way")
    try:
        parser = ElementTree.XMLParser(target=_Builder())
        parser.feed(data)
        root = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise WishError(f"{name} is not a Final Draft file: {error}") from error
    content = root.find("Content")
    if root.tag != "FinalDraft" or content is None:
        raise WishError(
            f"{name} is not a Final Draft file: there is no <FinalDraft> with <Content>"
        )
    try:
        elements = _elements(content)
        if not elements:
            raise WishError(f"{name} holds no script: its <Content> is empty")
        return Script(tuple(elements), **_first_page(root))
    except WishError:
        raise
    except ValueError as error:
        raise WishError(f"{name}: {error}") from error


def _paragraphs(content: Element) -> Iterator[tuple[Element, int]]:
    """The paragraphs in order; those of two speeches abreast with their number, from 1."""
    pair = 0
    for paragraph in content:
        both = paragraph if paragraph.tag == "DualDialogue" else paragraph.find("DualDialogue")
        if both is not None:
            pair += 1
            for number, each in enumerate(both.findall("Paragraph")):
                if number == 0 and paragraph.get("StartsNewPage"):
                    each.set("StartsNewPage", paragraph.get("StartsNewPage", ""))
                yield each, pair
        elif paragraph.tag == "Paragraph":
            yield paragraph, 0


def _elements(content: Element) -> list[parts.Element]:
    found: list[parts.Element] = []
    name: str | None = None
    said: list[tuple[str, list[str], bool]] = []
    pair = first_of_pair = 0

    def finish() -> None:
        """Put the speech that was being read among the elements."""
        nonlocal name, first_of_pair
        if name is not None:
            speech = _speech(name, said, dual=bool(pair) and pair == first_of_pair)
            if speech:
                found.append(speech)
                first_of_pair = pair
        name = None
        said.clear()

    for paragraph, number in _paragraphs(content):
        kind = paragraph.get("Type", "General").lower()
        lines = _lines(paragraph)
        notes = [each.text for each in paragraph if each.tag is Comment]
        if name is not None and kind in _SPOKEN and number == pair and APART not in notes:
            said.append((kind, lines, VERSE in notes))
            if len(said) > parts.MOST_LINES:
                raise ValueError(f"a speech has at most {parts.MOST_LINES:,} lines")
            continue
        finish()
        if paragraph.get("StartsNewPage") == "Yes" and found:
            found.append(parts.PageBreak())
        pair = number
        if kind == "character":
            name = clean(" ".join("".join(each.itertext()) for each in paragraph.iter("Text")))
        else:
            found += _element(kind, paragraph, lines)
        if len(found) > MOST_ELEMENTS:
            raise ValueError(f"more than {MOST_ELEMENTS:,} elements; give it in parts")
    finish()
    return found


def _lines(paragraph: Element) -> list[str]:
    """The lines of a paragraph with Fountain's marks for bold, italic and underlined."""
    lines: list[list[Span]] = [[]]
    for each in paragraph.findall("Text"):
        names = each.get("Style", "").lower().split("+")
        styles = frozenset(_STYLES[name] for name in names if name in _STYLES)
        for number, text in enumerate(split_lines("".join(each.itertext()))):
            if number:
                lines.append([])
            lines[-1].append((clean(text), styles))
    if sum(len(text) for line in lines for text, _ in line) > LONGEST_SPEECH:
        raise ValueError(f"a paragraph has more than {LONGEST_SPEECH:,} characters")
    return [marked(line) for line in lines]


def _element(kind: str, paragraph: Element, lines: Sequence[str]) -> list[parts.Element]:
    """What a paragraph outside of speeches is; nothing if it says nothing."""
    kept = [line.rstrip() for line in lines if line.strip()]
    if not kept:
        return []
    text = " ".join(line.strip() for line in kept)
    if kind.startswith("scene heading") and text.strip(". "):
        number = paragraph.get("Number", "")
        return [parts.SceneHeading(text, number if parts.NUMBER.fullmatch(number) else "")]
    if kind == "transition" and text.rstrip("< "):
        return [parts.Transition(text)]
    if kind.startswith("outline ") or kind in ("new act", "end of act"):
        level = kind.removeprefix("outline ")[:1]
        return [parts.Section(text, int(level) if level in "123456" else 1)]
    if kind == "summary":
        return [parts.Synopsis(text)]
    if kind in ("lyrics", "singing") and all(line.strip(" ~") for line in kept):
        return [parts.Lyrics(tuple(kept))]
    return [parts.Direction("\n".join(kept), paragraph.get("Alignment") == "Center")]


def _speech(name: str, said: list[tuple[str, list[str], bool]], dual: bool) -> Speech | None:
    """The speech that stands under a name; None if there is none."""
    lines: list[str] = []
    verse = False
    for kind, text, marked_verse in said:
        verse = verse or marked_verse or (kind == "dialogue" and len(text) > 1)
        sung = "~" if kind in ("lyrics", "singing") else ""
        verse = verse or bool(sung and len(text) > 1)
        for line in text:
            words = line.strip()
            if kind == "parenthetical" and words and not parts.is_bracketed(words):
                words = f"({words})"
            lines.append(sung + words)
    found = cue(name) or ("".join(sign for sign in name if sign not in "()^[]").strip(), "", False)
    if not found[0] or not any(line.strip("~") for line in lines):
        return None
    return Speech(found[0], tuple(lines), verse, extension=found[1], dual=dual)


def _first_page(root: Element) -> dict[str, Any]:
    """The fields of a script that do not stand in its elements."""
    for each in root:
        account = read_comment(each.text or "") if each.tag is Comment else None
        if account is not None:
            return _told(account)
    page = root.find("TitlePage/Content")
    lines = [] if page is None else [" ".join(_lines(p)).strip() for p in page.findall("Paragraph")]
    lines = [line for line in lines if line]
    fields = {"title": lines[0][:1000]} if lines else {}
    if len(lines) > 2 and lines[1].lower() in _BYLINES:
        fields["author"] = lines[2][:1000]
    return fields


def _told(account: dict[str, Any]) -> dict[str, Any]:
    """What our own comment says. Raises ValueError if it was spoiled."""
    fields: dict[str, Any] = {
        name: text
        for name in ("title", "author", "setting")
        if isinstance(text := account.get(name, ""), str)
    }
    cast, details = account.get("cast", []), account.get("details", [])
    provenance = account.get("provenance", {})
    if not all(isinstance(each, list) for each in (cast, details)) or not isinstance(
        provenance, dict
    ):
        raise ValueError("its comment of Muse is damaged")
    pairs = [tuple(pair) for pair in details if isinstance(pair, list) and len(pair) == 2]
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        raise ValueError("its comment of Muse is damaged")
    return fields | {"cast": tuple(cast), "details": tuple(pairs), "provenance": provenance}
