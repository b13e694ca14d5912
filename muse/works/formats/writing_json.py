"""Poems, scripts and stories as JSON: all they hold, read back exactly.

The schemas, version 1; what is empty may be left out::

    {"format": "muse-poem", "version": 1, "title": "", "author": "", "language": "en",
     "form": "sonnet", "theme": "", "locked": [3], "provenance": {},
     "stanzas": [["a line", "a line"], ["a line"]]}

    {"format": "muse-story", "version": 1, "title": "", "author": "", "language": "en",
     "theme": "", "provenance": {}, "paragraphs": ["..."]}

    {"format": "muse-script", "version": 1, "title": "", "author": "", "setting": "",
     "cast": ["ANNA"], "details": [["Draft date", "2 May"]], "provenance": {}, "elements": [
       {"kind": "scene_heading", "text": "INT. A SHIP", "number": "1"},
       {"kind": "direction", "text": "A storm.", "centered": false},
       {"kind": "speech", "speaker": "ANNA", "lines": ["..."], "verse": true,
        "parenthetical": "", "extension": "", "dual": false},
       {"kind": "lyrics", "lines": ["..."]}, {"kind": "transition", "text": "CUT TO:"},
       {"kind": "section", "text": "ACT I", "level": 1}, {"kind": "synopsis", "text": "..."},
       {"kind": "page_break"}]}

Beside a plain text file stands the same document with `text_sha256`, the hash of that text.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from typing import Any

from muse.works.base import WishError, Work
from muse.works.formats import json_fields
from muse.works.formats.json_fields import Wrong, dumped
from muse.works.poem import Poem
from muse.works.script import ELEMENTS, Element, Script
from muse.works.story import Story

VERSION = 1
FORMATS = {"muse-poem": Poem, "muse-script": Script, "muse-story": Story}
_KINDS = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in ELEMENTS}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_TEXTS = ("title", "author", "language", "form", "theme", "setting")
"""Plain text fields, of those kinds of work that have them."""


def encode(work: Work, suffix: str) -> bytes:
    """The work as UTF-8 JSON, one line, paragraph or element a line. Raises WishError."""
    if suffix != ".json":
        raise WishError(f"no JSON format {suffix!r}; use .json")
    return document_bytes(work)


def document_bytes(work: Work, **others: str) -> bytes:
    """The document of a work, with other entries at its head."""
    name = next(name for name, kind in FORMATS.items() if isinstance(work, kind))
    head: dict[str, Any] = {"format": name, "version": VERSION, **others}
    head |= {text: getattr(work, text) for text in _TEXTS if hasattr(work, text)}
    head["provenance"] = dict(work.provenance)
    rows: list[Any]
    if isinstance(work, Poem):
        head["locked"] = list(work.locked)
        last, rows = "stanzas", [list(stanza) for stanza in work.stanzas]
    elif isinstance(work, Script):
        head["cast"], head["details"] = list(work.cast), [list(pair) for pair in work.details]
        last, rows = "elements", [_row(element) for element in work.elements]
    else:
        assert isinstance(work, Story)
        last, rows = "paragraphs", list(work.paragraphs)
    lines = [f"  {dumped(key)}: {dumped(value)}" for key, value in head.items()]
    listed = ",\n".join(f"    {dumped(row)}" for row in rows)
    text = "{\n" + ",\n".join(lines) + f',\n  "{last}": [\n{listed}\n  ]\n}}\n'
    return text.encode("utf-8", "replace")


def work_of(document: Any, name: str) -> Work:
    """The poem, script or story that a parsed document holds.

    Raises:
        WishError: if it does not keep to its schema, or says the impossible. The message names
            the file and the place.
    """
    try:
        kind = FORMATS.get(json_fields.text(document, "format"))
        if kind is None:
            raise Wrong(f"the format is to be one of {', '.join(FORMATS)}")
        if document.get("version") != VERSION:
            raise Wrong(f"version {document.get('version')!r}; this Muse reads {VERSION}")
        others: dict[str, Any] = {
            field.name: json_fields.text(document, field.name, field.default)
            for field in fields(kind)
            if field.name in _TEXTS and isinstance(field.default, str)
        }
        others["provenance"] = json_fields.field(document, "provenance", dict, {})
        if kind is Poem:
            others["locked"] = tuple(json_fields.rows(document, "locked", []))
            stanzas = json_fields.rows(document, "stanzas")
            return Poem(tuple(_strings(stanza, "a stanza") for stanza in stanzas), **others)
        if kind is Story:
            return Story(json_fields.texts(document, "paragraphs"), **others)
        others["cast"] = json_fields.texts(document, "cast", [])
        pairs = [_strings(p, "a detail") for p in json_fields.rows(document, "details", [])]
        if any(len(pair) != 2 for pair in pairs):
            raise Wrong("'details' are pairs of a name and a text")
        rows = json_fields.rows(document, "elements")
        elements = [_element(row, place) for place, row in enumerate(rows, 1)]
        return Script(tuple(elements), details=tuple((a, b) for a, b in pairs), **others)
    except (Wrong, ValueError) as error:
        raise WishError(f"{name}: {error}") from error


def _row(element: Element) -> dict[str, Any]:
    """An element without what is as usual."""
    row: dict[str, Any] = {"kind": _NAMES[type(element)]}
    for field in fields(element):
        value = getattr(element, field.name)
        if value != field.default:
            row[field.name] = list(value) if isinstance(value, tuple) else value
    return row


def _element(row: Any, place: int) -> Element:
    """An element of a script. Raises Wrong or ValueError."""
    name = json_fields.text(row, "kind")
    if name not in _KINDS:
        raise Wrong(f"element {place} is a {name[:40]!r}; known: {', '.join(_KINDS)}")
    values: dict[str, Any] = {}
    for field in fields(_KINDS[name]):
        default = None if field.default is MISSING else field.default
        if str(field.type).startswith("tuple"):
            values[field.name] = json_fields.texts(row, field.name)
        elif field.type == "str":
            values[field.name] = json_fields.text(row, field.name, default)
        else:
            kind = {"bool": bool, "int": int}[str(field.type)]
            values[field.name] = json_fields.field(row, field.name, kind, default)
    try:
        return _KINDS[name](**values)
    except ValueError as error:
        raise Wrong(f"element {place}: {error}") from error


def _strings(row: Any, what: str) -> tuple[str, ...]:
    if not isinstance(row, list):
        raise Wrong(f"{what} is to be a list of texts, not {str(row)[:40]!r}")
    return json_fields.texts({what: row}, what)
