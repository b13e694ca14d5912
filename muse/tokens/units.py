"""English text as units: words and marks, with one way to space them.

A unit is a word (`sea`, `’tis`, `o’er`, `sea-shore`) or one mark (`,` `—` `“`). Spacing is a rule, so
a list of units is a text and a text is a list of units, and a line can be written from its last unit
to its first: the rhyme word is then chosen before what leads to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MARKS = (
    ",", ".", ";", ":", "!", "?", "—", "…", "“", "”", "‘", "’", "(", ")", "[", "]", "&", "-", "/",
    "*",
)  # fmt: skip
"""Punctuation that stands as a unit of its own."""

_NO_SPACE_BEFORE = frozenset(",.;:!?”’)]…—")
_NO_SPACE_AFTER = frozenset("“‘([—")
_OPENING = frozenset("“‘([")
_WORD = re.compile(r"’?[^\W_]+(?:[’-][^\W_]+)*’?")
_UNIT = re.compile(rf"{_WORD.pattern}|\S")
_ELISIONS = frozenset(
    [
        "tis",
        "twas",
        "twere",
        "twill",
        "twould",
        "twon",
        "twixt",
        "neath",
        "gainst",
        "gan",
        "gins",
        "mid",
        "midst",
        "mong",
        "mongst",
        "fore",
        "ere",
        "em",
        "er",
        "im",
        "un",
        "til",
        "till",
        "scaped",
        "stead",
        "scuse",
        "cause",
        "bout",
        "way",
        "round",
        "cross",
        "long",
        "low",
        "tween",
        "twain",
        "pon",
        "ware",
        "lone",
        "prentice",
        "art",
        "rt",
        "st",
        "ll",
        "ve",
        "re",
        "s",
        "d",
        "t",
        "n",
        "e",
        "a",
        "i",
        "o",
        "is",
    ]
)
"""Words that an apostrophe begins, not a quotation mark."""
_HELD = re.compile(r"(?:^(?:th|o|i|t|a|wi|an|ha|fro|tho|thro)|in)’$", re.IGNORECASE)
"""Endings whose apostrophe belongs to the word even within single quotes."""
_DROPPED = ("Mn", "Me", "Cc", "Cf", "Co", "Cs", "Cn")


def normalise(text: str) -> str:
    """A line in the one spelling that units have: typographic marks, canonical spaces.

    Lines and paragraphs are normalised one by one; a line break counts as a space.
    """
    return spaced(units_of(text))


def units_of(text: str) -> list[str]:
    """The words and marks of a line."""
    cleaned = _cleaned(text)
    units: list[str] = []
    quoted = 0
    for match in _UNIT.finditer(cleaned):
        unit = match[0]
        if unit == "‘":
            quoted += 1
        if len(unit) > 1 and unit[-1] == "’":
            if quoted and not _HELD.search(unit):
                quoted -= 1
                units += [unit[:-1], "’"]
                continue
        elif unit == "’" and quoted:
            quoted -= 1
        units.append(unit)
    return units


def spaced(units: Sequence[str]) -> str:
    """The text of units, spaced as English is."""
    out: list[str] = []
    before = ""
    for unit in units:
        if not unit:
            continue
        if before and unit not in _NO_SPACE_BEFORE and before not in _NO_SPACE_AFTER:
            out.append(" ")
        out.append(unit)
        before = unit
    return "".join(out)


def backwards(units: Sequence[str]) -> list[str]:
    """The units from the last to the first."""
    return list(reversed(units))


def is_word(unit: str) -> bool:
    """Whether a unit is a word, not a mark."""
    return any(each.isalnum() for each in unit)


def first_word(units: Sequence[str]) -> int | None:
    """The place of the word that begins a line: only opening marks stand before it."""
    for place, unit in enumerate(units):
        if is_word(unit):
            return place
        if unit not in _OPENING:
            return None
    return None


def capitalised(units: Sequence[str]) -> list[str]:
    """The units with a capital at the start of the line."""
    found, place = list(units), first_word(units)
    if place is not None:
        word = found[place]
        at = next(i for i, each in enumerate(word) if each.isalnum())
        upper = word[at].upper()
        found[place] = word[:at] + (upper if len(upper) == 1 else word[at]) + word[at + 1 :]
    return found


def uncapitalised(unit: str) -> str:
    """A capitalised word in small letters; any other unit as it is."""
    at = next((i for i, each in enumerate(unit) if each.isalnum()), None)
    if at is None or not unit[at].isupper() or unit[at + 1 :] != unit[at + 1 :].lower():
        return unit
    lower = unit[at].lower()
    if lower.upper() != unit[at] or len(lower) != 1:
        return unit
    return unit[:at] + lower + unit[at + 1 :]


def _cleaned(text: str) -> str:
    """The text with typographic marks and without characters that are no text."""
    if not _PLAIN(text):
        for _ in range(2):
            text = unicodedata.normalize("NFKC", text)
            text = re.sub(r"\s+", " ", text)
            text = "".join(each for each in text if unicodedata.category(each) not in _DROPPED)
        text = re.sub(r"[′ʼ´`ʹ]", "'", text).replace("‥", "…").replace("‐", "-")
        text = re.sub(r"[„‟«]", "“", text).replace("»", "”")
        text = re.sub(r"[‚‛‹]", "‘", text).replace("›", "’")
    if "." in text:
        text = re.sub(r"\.(?: ?\.){2,}", "…", text)
    text = re.sub(r" ?(?:-{2,}|[―–⸺⸻]) ?", "—", text)
    if '"' in text:
        text = _double_quotes(text)
    if "'" in text:
        text = re.sub("'", _single_quote, text)
    return text.strip()


_PLAIN = re.compile(r"[ !-_a-~’‘“”—…]*").fullmatch
"""Whether a text needs no care for its characters: no backtick, nothing unusual."""


def _double_quotes(text: str) -> str:
    """Straight double quotes to opening and closing ones."""
    out = []
    for place, each in enumerate(text):
        if each == '"':
            before, after = text[place - 1 : place], text[place + 1 : place + 2]
            opens = not before or before.isspace() or before in "([‘'“\""
            opens = opens or (before == "—" and (after.isalnum() or after in "'’‘"))
            each = "“" if opens and after and not after.isspace() else "”"
            if not before:
                each = "“"
        out.append(each)
    return "".join(out)


def _single_quote(match: re.Match[str]) -> str:
    """An opening quote, or an apostrophe or closing quote, for a straight one."""
    text, place = match.string, match.start()
    before = text[place - 1 : place]
    word = re.compile(r"[^\W_]+").match(text, place + 1)
    opens = word is not None and not (before.isalnum() or before == "-")
    if word is not None and word[0].lower() in _ELISIONS:
        opens = False
    if word is None and text[place + 1 : place + 2] in ("“", "'", "…") and not before.strip():
        opens = True
    return "‘" if opens else "’"
