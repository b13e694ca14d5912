"""Plays and books of poems as Standard Ebooks publishes them: XHTML with marked parts.

Speeches are rows of a table: who speaks (`z3998:persona`), then text, in `z3998:verse` with a `span`
a line or as prose; `z3998:stage-direction` marks directions, `z3998:scene` scenes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from muse.data.english_poems import RawPoem, plain_title
from muse.tokens.english_values import Speech
from muse.tokens.units import normalise
from muse.works.base import WishError

LARGEST_FILE = 8_000_000
_TYPE = "{http://www.idpf.org/2007/ops}type"
_PARTS = (
    "prologue", "induction", "act-1", "act-2", "act-3", "act-4", "act-5", "act-6", "epilogue",
)  # fmt: skip
_MOST_WORDS_OF_A_DIRECTION = 60


@dataclass(frozen=True)
class RawScene:
    """A scene as it is read: names of its cast, and speeches whose speaker is a place in it."""

    work: str
    author: str
    title: str
    setting: str
    cast: tuple[str, ...]
    speeches: tuple[Speech, ...]


def book_folders(root: Path) -> list[Path]:
    """The folders of books below `root`, sorted by name."""
    return sorted(path.parents[2] for path in root.glob("*/src/epub/content.opf"))


def book_title(folder: Path) -> tuple[str, str]:
    """Title and author of a book."""
    text = (folder / "src/epub/content.opf").read_text(encoding="utf-8")
    title = re.search(r'<dc:title id="title">([^<]+)<', text)
    author = re.search(r'<dc:creator id="author[^"]*">([^<]+)<', text)
    return normalise(title[1] if title else ""), normalise(author[1] if author else "")


def read_play(folder: Path) -> Iterator[RawScene]:
    """The scenes of a play in order; none if the book is no play."""
    title, author = book_title(folder)
    for part in _PARTS:
        path = folder / f"src/epub/text/{part}.xhtml"
        if not path.is_file():
            continue
        body = _body(path)
        scenes = [each for each in body.iter() if "z3998:scene" in _types(each)]
        inner = [each for each in scenes if not any(o is not each for o in scenes if _in(o, each))]
        for scene in inner or [body]:
            found = _scene(folder.name, author, title, scene)
            if found.speeches:
                yield found


def _in(inner: ElementTree.Element, outer: ElementTree.Element) -> bool:
    return any(each is inner for each in outer.iter())


def _body(path: Path) -> ElementTree.Element:
    data = path.read_bytes()
    if len(data) > LARGEST_FILE or b"<!ENTITY" in data:
        raise WishError(f"{path} is too large, or declares entities")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise WishError(f"{path} is no XHTML: {error}") from error
    found = next((each for each in root if _name(each) == "body"), None)
    if found is None:
        raise WishError(f"{path} has no body")
    return found


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _types(element: ElementTree.Element) -> list[str]:
    return element.get(_TYPE, "").split()


def _scene(work: str, author: str, title: str, element: ElementTree.Element) -> RawScene:
    cast: dict[str, int] = {}
    speeches: list[Speech] = []
    setting = ""
    for each in element.iter():
        if _name(each) == "p" and not speeches and not setting and each in list(element):
            setting = normalise(_text(each, cast))
        if _name(each) != "tr":
            continue
        cells = [cell for cell in each if _name(cell) == "td"]
        if len(cells) < 2:
            continue
        who = normalise(" ".join("".join(cells[0].itertext()).split()))
        said = cells[-1]
        lines, verse = _lines(said, cast)
        if not lines:
            continue
        if who and "z3998:persona" in _types(cells[0]):
            place = cast.setdefault(who, len(cast))
            speeches.append(Speech(place, tuple(lines), verse))
        elif re.sub(r"\[[^\]]*\]|\W", "", "".join(lines)):
            # A speech goes on after a direction: its speaker is not said again.
            last = next((s.speaker for s in reversed(speeches) if s.speaker is not None), None)
            if last is not None:
                speeches.append(Speech(last, tuple(lines), verse))
        else:
            text = " ".join(lines).replace("[", "").replace("]", "")
            text = normalise(text)
            if text and len(text.split()) <= _MOST_WORDS_OF_A_DIRECTION:
                speeches.append(Speech(None, (text,)))
    return RawScene(work, author, title, setting, tuple(cast), tuple(speeches))


def _lines(cell: ElementTree.Element, cast: dict[str, int]) -> tuple[list[str], bool]:
    """Lines of verse or paragraphs of prose in a cell, directions in square brackets."""
    blocks = [each for each in cell.iter() if _name(each) == "p"]
    lines: list[str] = []
    verses = 0
    for block in blocks or [cell]:
        spans = [each for each in block if _name(each) == "span"]
        if spans and not (block.text or "").strip():
            verses += len(spans)
            lines += [normalise(_text(span, cast)) for span in spans]
        else:
            lines.append(normalise(_text(block, cast)))
    kept = [line for line in lines if line]
    return kept, verses * 2 > len(kept)


def _text(element: ElementTree.Element, cast: dict[str, int]) -> str:
    """The text of an element, directions in square brackets, notes left out; names go to `cast`."""
    out = [_plain(element.text)]
    for each in element:
        types = _types(each)
        if "z3998:stage-direction" in types:
            out.append(f" [{_text(each, cast)}] ")
        elif "noteref" not in types and _name(each) not in ("img", "figure"):
            if "z3998:persona" in types:
                name = normalise("".join(each.itertext())).removesuffix("’s").removesuffix("’")
                if name[:1].isupper():
                    cast.setdefault(name, len(cast))
            out.append(" " if _name(each) == "br" else _text(each, cast))
        out.append(_plain(each.tail))
    return "".join(out)


def _plain(text: str | None) -> str:
    return (text or "").replace("[", "").replace("]", "")


def read_book_of_poems(folder: Path) -> Iterator[RawPoem]:
    """The poems of a book: elements marked `z3998:poem` outside of plays."""
    _, author = book_title(folder)
    for path in sorted((folder / "src/epub/text").glob("*.xhtml")):
        for poem in _body(path).iter():
            if "z3998:poem" not in _types(poem) or _name(poem) not in ("article", "section"):
                continue
            if any("z3998:persona" in _types(each) for each in poem.iter()):
                continue
            heads = [e for e in poem.iter() if "title" in _types(e)]
            title = plain_title(" ".join("".join(heads[0].itertext()).split())) if heads else ""
            stanzas = []
            for block in poem.iter():
                if _name(block) == "p" and any(_name(span) == "span" for span in block):
                    lines = [normalise(_text(s, {})) for s in block if _name(s) == "span"]
                    stanzas.append(tuple(line for line in lines if line))
            stanzas = [stanza for stanza in stanzas if stanza]
            few = sum(map(len, stanzas)) < 3
            yield RawPoem(author, title, tuple(stanzas), "fewer than three lines" if few else "")
