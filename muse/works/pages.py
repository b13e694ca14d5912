"""Poems, stories and scripts as HTML: in a notebook, and as pages that need nothing else.

Styles stand in the elements themselves, so a notebook shows what a page shows. There is no script,
no web font and no address; colours follow the reader's setting of light or dark.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape

from muse.works import script as parts
from muse.works.base import Work
from muse.works.emphasis import BOLD, ITALIC, UNDERLINE, bare, spans
from muse.works.lines import holds_han, is_chinese
from muse.works.poem import Poem
from muse.works.provenance import LABEL, SOURCE_TYPE, label_text
from muse.works.script import Script, Speech, is_bracketed
from muse.works.story import Story
from muse.works.wording import origin, plain

SERIF = "'Iowan Old Style','Palatino Linotype',Palatino,'Book Antiqua',Georgia,serif"
KAI = (
    "'Kaiti SC','Kaiti TC',STKaiti,KaiTi,DFKai-SB,BiauKai,'AR PL UKai CN','TW-Kai','Songti SC',"
    "STSong,SimSun,'Noto Serif CJK SC','Noto Serif SC','Source Han Serif SC',serif"
)
"""Fonts for Chinese that systems have: Kai, as verse is written by hand, else Song."""

_PAGE = """:root{color-scheme:light dark;--paper:#fdfcf8;--ink:#25221d}
@media (prefers-color-scheme:dark){:root{--paper:#181613;--ink:#e9e3d7}}
body{margin:0;background:var(--paper);color:var(--ink)}
main{box-sizing:border-box;max-width:44rem;margin:0 auto;padding:3.5rem 1.5rem 4rem}
"""
_VERTICAL = """html{writing-mode:vertical-rl}
main{max-width:none;height:100vh;margin:0;padding:3rem 3.5rem}
"""
_FAINT = "opacity:.6;font-size:.85em"
_LINE = "display:block;white-space:pre-wrap;padding-inline-start:2em;text-indent:-2em;min-block-size:1em"
_TAGS = ((UNDERLINE, "u"), (BOLD, "strong"), (ITALIC, "em"))


def page(work: Work, *, vertical: bool = False) -> str:
    """A whole HTML document of a poem, a story or a script.

    Args:
        work: what it shows.
        vertical: columns from right to left, as Chinese is printed.
    """
    markup = {Poem: poem_html, Script: script_html, Story: story_html}[type(work)](work)  # type: ignore[operator]
    title = escape(plain(bare(work.title) if isinstance(work, Script) else work.title) or "Muse")
    author = escape(getattr(work, "author", ""), quote=True)
    meta = f'<meta name="author" content="{author}">\n' if author else ""
    if work.provenance:
        account = json.dumps(dict(work.provenance), ensure_ascii=False)
        account = escape(_encodable(account), quote=True)
        meta += f'<meta name="muse-provenance" content="{account}">\n'
    if label_text(work.provenance):
        label = escape(json.dumps(work.provenance[LABEL]), quote=True)
        kind = escape(str(work.provenance.get(SOURCE_TYPE, "")), quote=True)
        meta += f'<meta name="AIGC" content="{label}">\n'
        meta += f'<meta name="digital-source-type" content="{kind}">\n'
    return (
        f'<!DOCTYPE html>\n<html lang="{_language(work)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f'<meta name="generator" content="Muse">\n{meta}<title>{title}</title>\n'
        f"<style>\n{_PAGE}{_VERTICAL if vertical else ''}</style>\n</head>\n"
        f"<body>\n<main>\n{markup}\n</main>\n</body>\n</html>\n"
    )


def poem_html(poem: Poem) -> str:
    """The poem as an element: title, author, stanzas, how it was made."""
    stanzas = [
        '<p style="margin:0;margin-block-end:1.2em">'
        + "".join(f'<span style="{_LINE}">{escape(line)}</span>' for line in stanza)
        + "</p>"
        for stanza in poem.stanzas
    ]
    return _article(poem, poem.author, stanzas, _language(poem))


def story_html(story: Story) -> str:
    """The story as an element: title, author, paragraphs, how it was made."""
    indent = "text-indent:2em;" if story.language == "zh" else ""
    prose = [
        f'<p style="margin:0 0 .8em;{indent}line-height:1.6">{escape(paragraph)}</p>'
        for paragraph in story.paragraphs
    ]
    return _article(story, story.author, prose, story.language)


def script_html(script: Script) -> str:
    """The script as printed plays are laid out: names in small capitals, directions in italics."""
    found = []
    if script.cast:
        names = "<br>".join(escape(name) for name in script.cast)
        found.append(f'<p style="margin:0 0 1em;{_FAINT}">{names}</p>')
    if script.setting:
        found.append(f'<p style="margin:0 0 1.5em"><em>{escape(script.setting)}</em></p>')
    for element in script.abreast():
        if isinstance(element, tuple):
            sides = "".join(f'<div style="flex:1">{_speech(speech)}</div>' for speech in element)
            found.append(f'<div style="display:flex;gap:2em">{sides}</div>')
        else:
            found += _element(element)
    return _article(script, script.author, found, _language(script))


def _article(work: Work, author: str, inside: list[str], language: str) -> str:
    font = KAI if language == "zh" or holds_han("".join(inside)[:20_000]) else SERIF
    head = f'<h1 style="font-size:1.4em;font-weight:600;margin:0">{escape(work.title)}</h1>'
    by = escape(author)
    head = (head if work.title else "") + (
        f'<p style="margin:0;margin-block-start:.3em">{by}</p>' if by else ""
    )
    if head:
        head = f'<header style="margin-block-end:1.8em">{head}</header>\n'
    made = escape(origin(work))
    foot = f'\n<footer style="margin-block-start:2em;{_FAINT}">{made}</footer>' if made else ""
    spacing = "letter-spacing:.06em;" if language == "zh" else ""
    style = f"font:1.1rem/1.75 {font};{spacing}text-align:start"
    body = "\n".join(inside)
    return f'<article lang="{language}" style="{style}">\n{head}{body}{foot}\n</article>'


def _element(element: parts.Element) -> Iterator[str]:
    match element:
        case Speech():
            yield _speech(element)
        case parts.Direction():
            place = "text-align:center;" if element.centered else ""
            text = "<br>".join(_styled(line) for line in element.lines)
            text = text if element.centered else f"<em>{text}</em>"
            yield f'<p style="margin:0 0 1em;{place}">{text}</p>'
        case parts.Lyrics():
            lines = "".join(
                f'<span style="{_LINE}"><em>{_styled(line)}</em></span>' for line in element.lines
            )
            yield f'<p style="margin:0 0 1em 2em">{lines}</p>'
        case parts.SceneHeading():
            number = f"{escape(element.number)}. " if element.number else ""
            yield f'<h3 style="font-size:1em;margin:2em 0 1em">{number}{_styled(element.text)}</h3>'
        case parts.Section():
            text = _styled(element.text)
            yield f'<h2 style="font-size:1.15em;text-align:center;margin:2em 0 1em">{text}</h2>'
        case parts.Transition():
            yield f'<p style="margin:0 0 1em;text-align:end">{_styled(element.text)}</p>'
        case parts.PageBreak():
            yield '<hr style="border:0;break-after:page;margin:2em 0">'


def _speech(speech: Speech) -> str:
    name = f'<b style="font-variant:small-caps">{escape(speech.speaker)}</b>'
    name += f" ({escape(speech.extension)})" if speech.extension else ""
    aside = f" <em>({_styled(speech.parenthetical)})</em>" if speech.parenthetical else ""
    if speech.verse:
        lines = "".join(f'<span style="{_LINE}">{_spoken(line)}</span>' for line in speech.lines)
        return f'<p style="margin:0 0 1em">{name}{aside}{lines}</p>'
    prose = "<br>".join(_spoken(line) for line in speech.lines)
    return f'<p style="margin:0 0 1em">{name}.{aside} {prose}</p>'


def _spoken(line: str) -> str:
    """A line of a speech; what is sung or a direction is in italics."""
    if is_bracketed(line) or line.startswith("~"):
        return f"<em>{_styled(line.removeprefix('~'))}</em>"
    return _styled(line)


def _styled(text: str) -> str:
    """Text with its marks as elements."""
    found = ""
    for piece, styles in spans(text):
        names = [tag for style, tag in _TAGS if style in styles]
        opening = "".join(f"<{name}>" for name in names)
        found += opening + escape(piece) + "".join(f"</{name}>" for name in reversed(names))
    return found


def _language(work: Work) -> str:
    """The language of a work as HTML names it."""
    if isinstance(work, Script):
        return "zh" if is_chinese("".join(s.text for s in work.speeches[:50])) else "en"
    return getattr(work, "language", "en")


def _encodable(text: str) -> str:
    """Text without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode()
