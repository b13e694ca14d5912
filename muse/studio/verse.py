"""What the tab "Verse" does: wishes to poems, poems to pages and their scans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from itertools import count
from typing import Any

from muse.studio.desk import Desk, laid, work_in_hand
from muse.studio.limits import (
    MOST_ALTERNATIVES,
    checked_count,
    checked_seed,
    in_time,
    numbers_of,
)
from muse.studio.shelf import maker
from muse.works.base import WishError, Work
from muse.works.poem import Poem

LANGUAGES = {"English": "en", "中文": "zh"}
CANDIDATES = 3
"""How many poems are drawn for each that is shown."""


def forms(language: str) -> list[str]:
    """Names of the forms that can be asked for in a language; of ci the best-known tunes come first."""
    if language == "English":
        from muse.theory.forms_en import FORMS

        return [form.name for form in FORMS]
    from muse.theory.forms_zh import FORMS as REGULATED
    from muse.theory.tunes_zh import all_tunes

    return [form.name for form in REGULATED] + [tune.name for tune in all_tunes()]


def poem_text(poem: Work) -> str:
    """The lines of a poem."""
    assert isinstance(poem, Poem)
    return poem.text


def read_poem(text: str, before: Work | None = None) -> Poem:
    """The poem that a text is; what it was wished as stays. Raises WishError."""
    try:
        poem = Poem.from_text(text)
        if isinstance(before, Poem) and before.language == poem.language:
            poem = replace(
                poem, title=before.title, form=before.form, theme=before.theme, author=before.author
            )
    except ValueError as error:
        raise WishError(f"the poem: {error}") from error
    return poem


def poem_in_hand(desk: Desk, text: str | None, form: str | None = None) -> Poem:
    """The poem in the editor; a form that a client says holds where it has none. Raises WishError."""
    poem = work_in_hand(desk, text, read_poem)
    return poem if poem.form or not form else replace(poem, form=form)


def uploaded(desk: Desk, path: str | None) -> Desk:
    """The desk with a poem of a visitor's file. Raises WishError."""
    from muse.works.formats import open_work

    if not path:
        raise WishError("choose a file: a poem as text, Markdown or JSON")
    work = open_work(path)
    if not isinstance(work, Poem):
        raise WishError(f"that file holds a {type(work).__name__.lower()}, no poem")
    return laid(desk, [work], "your file", poem_text)


def wishes(
    language: str, theme: str | None = "", form: str | None = "", lines: float | None = None,
    acrostic: str | None = "", rhyme: str | None = "", title: str | None = "",
    ends: str | None = "", words: str | None = "", locked: str | None = "",
) -> dict[str, Any]:  # fmt: skip
    """Fields of the page as options of a poet; empty ones are left to the model.

    Args:
        language: "English" or "中文".
        ends, words, locked: a line each, "3: the winter sea".
        theme, form, lines, acrostic, rhyme, title: as `PoemWish` has them.

    Raises:
        WishError: for a language that is not known, or a field that cannot be read.
    """
    if language not in LANGUAGES:
        raise WishError(f"the language is one of {', '.join(LANGUAGES)}, not {language!r}")
    found: dict[str, Any] = {
        "theme": (theme or "").strip(), "form": (form or "").strip(),
        "lines": lines and checked_count("lines", lines, 60), "acrostic": (acrostic or "").strip(),
        "rhyme": (rhyme or "").strip(), "title": (title or "").strip(),
        "ends": numbered(ends, "line ends"), "words": numbered(words, "words in lines"),
        "locked": numbered(locked, "fixed lines"),
    }  # fmt: skip
    said = {name: value for name, value in found.items() if value}
    if language == "中文" and not said.get("form"):
        said["form"] = "七绝"
    return said


def numbered(text: str | None, name: str) -> dict[int, str]:
    """Wishes for single lines, one a line: "3: sea". Raises WishError."""
    found: dict[int, str] = {}
    for row in filter(None, map(str.strip, (text or "").splitlines())):
        number, colon, words = row.replace("：", ":").partition(":")
        if not colon or not number.strip().isdigit() or not words.strip():
            raise WishError(f"{name}: {row[:30]!r} is to be LINE: TEXT, such as 3: the winter sea")
        if int(number) in found:
            raise WishError(f"{name}: line {int(number)} is told twice")
        found[int(number)] = words.strip()
    return found


def drawing(seed: float | None, alternatives: float | None) -> dict[str, Any]:
    """Fields of the page as options of a drawing."""
    wanted = checked_count("alternatives", alternatives or 1, MOST_ALTERNATIVES)
    return {"seed": checked_seed(seed), "variations": wanted, "candidates": CANDIDATES}


def written(desk: Desk, language: str, wish: dict[str, Any], drawn: dict[str, Any]) -> Desk:
    """The desk with new poems."""
    made = maker(f"verse-{LANGUAGES[language]}").write(**wish, **drawn)
    return laid(desk, made, "write", poem_text)


def growing(language: str, wish: dict[str, Any], seed: int) -> Iterator[str]:
    """Pages of a poem while it is written. Raises WishError."""
    poet = maker(f"verse-{LANGUAGES[language]}")
    for poem in in_time(poet.stream(**wish, seed=seed)):
        lines = "<br>".join(escape(line) for line in poem.text.split("\n"))
        yield f'<div class="muse-growing muse-verse" aria-live="polite">{lines}</div>'


def redone(
    desk: Desk, text: str | None, lines: str | None, form: str | None, drawn: dict[str, Any]
) -> Desk:
    """The desk with the lines "3" or "1-2, 5" of the poem in hand in other words."""
    poem = poem_in_hand(desk, text, form)
    numbers = numbers_of(lines, "lines to redo", len(poem.lines))
    if not numbers:
        raise WishError("say which lines are to be written anew, such as 3")
    return _redone(desk, replace(poem, locked=()), numbers, drawn)


def redone_around(
    desk: Desk, text: str | None, locked: str | None, form: str | None, drawn: dict[str, Any]
) -> Desk:
    """The desk with every line of the poem in hand in other words but the locked ones ("1, 3")."""
    poem = poem_in_hand(desk, text, form)
    kept = numbers_of(locked, "locked lines", len(poem.lines))
    numbers = [number for number in range(1, len(poem.lines) + 1) if number not in kept]
    if not numbers:
        raise WishError("all lines are locked: unlock one")
    return _redone(desk, replace(poem, locked=tuple(kept)), numbers, drawn)


def _redone(desk: Desk, poem: Poem, numbers: list[int], drawn: dict[str, Any]) -> Desk:
    options = {name: value for name, value in drawn.items() if name != "variations"}
    made = maker(f"verse-{poem.language}").redo(poem, numbers, drawn["variations"], **options)
    deed = "redo line " + ", ".join(map(str, numbers))
    return laid(desk, made, deed if len(numbers) < 4 else "redo around locked lines", poem_text)


def kept(desk: Desk, text: str | None) -> Desk:
    """The desk with the editor's text as the poem in hand."""
    poem = poem_in_hand(desk, text)
    return desk if poem is desk.work else laid(desk, [poem], "edit", poem_text)


def scan(text: str) -> str:
    """How a poem scans, as text: feet and rhymes, or tones and the rhyme book. Raises WishError."""
    from muse.works.lines import is_chinese

    try:
        if is_chinese(text):
            from muse.theory import scansion_zh

            return scansion_zh.format_scan(scansion_zh.scan_text(text)).rstrip()
        from muse.theory.scansion import scan_text
        from muse.theory.scansion_page import format_scan

        found = scan_text(text)
        if not found.headings:  # count lines as poems do, without the empty ones
            numbers = count(1)
            stanzas = tuple(
                replace(each, lines=tuple(replace(x, number=next(numbers)) for x in each.lines))
                for each in found.stanzas
            )
            found = replace(found, stanzas=stanzas)
        return format_scan(found).rstrip()
    except ValueError as error:
        raise WishError(f"the poem cannot be scanned: {error}") from error


def page(desk: Desk) -> str:
    """The alternatives side by side, each line with its number."""
    cards = [
        _card(poem, number, len(desk.works), number - 1 == desk.place)
        for number, poem in enumerate(desk.works, 1)
    ]
    return f'<div class="muse-cards">{"".join(cards)}</div>'


def _card(poem: Work, number: int, among: int, in_hand: bool) -> str:
    from muse.works.wording import origin, plain

    assert isinstance(poem, Poem)
    name = f"Alternative {number}" if among > 1 else "The poem"
    mark = " (in the editor)" if in_hand and among > 1 else ""
    title = f"<h4>{escape(plain(poem.title))}</h4>" if poem.title else ""
    stanzas = "".join(
        "<ol>" + "".join(
            f'<li value="{place}"{_locked(place, poem)}>{escape(line)}</li>'
            for place, line in stanza
        ) + "</ol>"
        for stanza in poem.numbered()
    )  # fmt: skip
    facts = " · ".join(filter(None, [poem.form, origin(poem)]))
    return (
        f'<section class="muse-card{" muse-in-hand" if in_hand and among > 1 else ""}" '
        f'aria-label="{name}" lang="{poem.language}"><h3 lang="en">{name}{mark}</h3>'
        f'<div class="muse-verse">{title}{stanzas}</div><p class="muse-facts">{escape(facts)}</p>'
        "</section>"
    )


def _locked(number: int, poem: Poem) -> str:
    return ' class="muse-locked" title="locked"' if number in poem.locked else ""
