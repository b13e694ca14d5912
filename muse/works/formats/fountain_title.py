"""The title page of a Fountain file: `Key: value`, or a key and indented lines under it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from muse.works.emphasis import bare
from muse.works.formats.fountain_rules import is_heading
from muse.works.lines import clean
from muse.works.script import OWN_DETAILS, Script

_ENTRY = re.compile(r"([^\W_][^:]{0,79}):[ \t]*(.*)", re.DOTALL)
_MOST_ENTRIES = 200

Entries = list[tuple[str, list[str]]]
"""Keys, and the lines of their values."""


def title_page_text(script: Script, escaped: Callable[[str], str]) -> str:
    """The title page of a script and the empty line after it; nothing if it says nothing."""
    entries: Entries = [
        ("Title", [escaped(script.title)]),
        ("Author", [escaped(script.author)]),
        ("Setting", [escaped(script.setting)]),
        *((key, value.split("\n")) for key, value in script.details),
    ]
    lines = []
    for key, values in entries:
        if len(values) > 1:
            lines += [f"{key}:", *(f"    {value}" for value in values)]
        elif values[0]:
            lines.append(f"{key}: {values[0]}")
    if script.cast != tuple(dict.fromkeys(speech.speaker for speech in script.speeches)):
        lines += ["Cast:", *(f"    {name}" for name in script.cast)]
    if script.provenance:
        lines.append(f"Muse: {_json(dict(script.provenance))}")
    return "\n".join([*lines, "", ""]) if lines else ""


def _json(account: dict[str, Any]) -> str:
    """JSON without `[[` and `/*`, which programs would take for a note and a boneyard."""
    text = json.dumps(account, ensure_ascii=False).replace("/*", "\\/*")
    text = re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: found[0].replace("[", "\\u005b"), text)
    return re.sub(r"\[(?=\[)", "[ ", text).encode("utf-8", "replace").decode()


def title_page(lines: Sequence[str]) -> Entries:
    """The entries of the title page with which these lines begin; none if there is no such page.

    A first line such as `FADE IN:` or `INT. HOUSE: HALL` begins the script itself.
    """
    entries: Entries = []
    for line in lines:
        if not line.strip() or len(entries) > _MOST_ENTRIES:
            break
        found = _ENTRY.fullmatch(line)
        if found and not is_heading(line, True):
            entries.append((found[1].strip(), [found[2].strip()] if found[2].strip() else []))
        elif line[0] in " \t" and entries:
            entries[-1][1].append(line.strip())
        else:
            return []
    return entries if any(values for _, values in entries) else []


def script_fields(entries: Entries) -> dict[str, Any]:
    """The fields of a `Script` that a title page fills."""
    found: dict[str, list[str]] = {}
    details: list[tuple[str, str]] = []
    for key, raw in entries:
        values = [text for text in (clean(value).strip() for value in raw) if text]
        key = clean(key).strip()
        if key.lower() in OWN_DETAILS:
            found.setdefault(key.lower(), []).extend(values)
        elif values and re.match(r"[^\W_]", key):
            details.append((key, "\n".join(values)))
    cast = found.get("cast", [])
    if len(cast) == 1 and "," in cast[0]:
        cast = [name.strip() for name in cast[0].split(",") if name.strip()]
    fields: dict[str, Any] = {"cast": tuple(cast), "details": tuple(details)}
    for name, joint in (("title", " "), ("setting", " "), ("author", ", ")):
        values = found.get(name, []) + (found.get("authors", []) if name == "author" else [])
        fields[name] = joint.join(bare(value) for value in values)
    return fields | {"provenance": _account("".join(found.get("muse", [])))}


def _account(text: str) -> dict[str, Any]:
    """Provenance from its entry; nothing if another program has spoiled it."""
    try:
        account = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return account if isinstance(account, dict) else {}
