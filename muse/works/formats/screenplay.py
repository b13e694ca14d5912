"""Scripts as PDF, laid out as screenplays are by screenplain: Courier Prime, letter pages.

Where there is verse, dialogue is set wider than usual; where it is most of the script, what does not
fit in a line is turned over under an indent, so that each line of verse can be seen. Sections stand in the middle of the page;
synopses are for the writer and stay out.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from muse.works import script as parts
from muse.works.base import WishError
from muse.works.emphasis import BOLD, ITALIC, UNDERLINE, Span, escaped, spans
from muse.works.formats.pdf_fonts import SONG, register_song, settable
from muse.works.lines import holds_han
from muse.works.script import Script, Speech

if TYPE_CHECKING:
    from screenplain.richstring import RichString
    from screenplain.types import Screenplay


def encode(script: Script, suffix: str) -> bytes:
    """The script as a PDF, the same bytes each time. Provenance stands in its subject, as JSON.

    Raises:
        WishError: for another suffix, or if a sign has no font.
    """
    if suffix != ".pdf":
        raise WishError(f"no screenplay {suffix!r}; use .pdf")
    from screenplain.export.pdf import DocTemplate, FontSettings, get_courier_prime_settings, to_pdf

    everything = [script.title, script.author, script.setting, *script.cast]
    everything += [speech.speaker + speech.text for speech in script.speeches]
    everything += [getattr(element, "text", "") for element in script.elements]
    if holds_han("".join(everything)):
        fonts = FontSettings(register_song())
    else:
        fonts = get_courier_prime_settings()
    account = json.dumps(dict(script.provenance)) if script.provenance else ""

    def template(file: Any, **options: Any) -> Any:
        options |= {"subject": account, "creator": "Muse", "invariant": 1}
        options["author"] = options["author"] or ""
        document = DocTemplate(file, **options)
        if not document.has_title_page:  # else its narrow frame would hold the whole script
            document.pageTemplates = [t for t in document.pageTemplates if t.id == "standard"]
        return document

    held = io.BytesIO()
    to_pdf(_screenplay(script, fonts.family_name), held, template, _settings(script, fonts))
    return held.getvalue()


def _settings(script: Script, fonts: Any) -> Any:
    """screenplain's measures, with a wider column where there is verse."""
    from reportlab.lib.styles import ParagraphStyle
    from screenplain.export.pdf import Settings

    settings = Settings(font_settings=fonts)
    verse = sum(speech.verse for speech in script.speeches)
    if verse:
        turnover = 4 if 2 * verse >= len(script.speeches) else 0
        step = settings.character_width
        settings.dialog_style = ParagraphStyle(
            "dialog",
            settings.default_style,
            leftIndent=(9 + turnover) * step,
            firstLineIndent=-turnover * step,
            rightIndent=0,
        )
    if fonts.family_name == SONG:  # Chinese breaks its lines between any two characters
        for style in vars(settings).values():
            if isinstance(style, ParagraphStyle):
                style.wordWrap = "CJK"
    return settings


def _screenplay(script: Script, font: str) -> Screenplay:
    """The script as screenplain holds one, in signs that the font has."""
    from screenplain.types import Action, DualDialog, PageBreak, Screenplay, Slug, Transition

    def rich(text: str) -> RichString:
        return _rich(spans(text), font)

    def flat(text: str) -> str:
        return escaped(settable(text, font, ".pdf"))

    page = {"Title": script.title, "Author": script.author}
    entries = {name: [flat(text)] for name, text in page.items() if text}
    if script.author and not any(key.lower() == "credit" for key, _ in script.details):
        entries["Credit"] = ["by"]
    for key, value in script.details:
        name = key.capitalize()
        if name in ("Credit", "Source", "Draft date", "Contact", "Copyright"):
            entries.setdefault(name, []).extend(flat(line) for line in value.split("\n"))
    found: list[Any] = []
    if script.setting:
        found.append(Action([rich(escaped(script.setting))]))
    for element in script.abreast():
        match element:
            case tuple():
                found.append(DualDialog(*(_dialog(speech, font) for speech in element)))
            case Speech():
                found.append(_dialog(element, font))
            case parts.Direction():
                lines = [rich(line) for line in element.lines]
                found.append(Action(lines, centered=element.centered))
            case parts.Lyrics():
                found.append(Action([rich(f"*{line}*") for line in element.lines]))
            case parts.SceneHeading():
                number = rich(element.number) if element.number else None
                found.append(Slug(rich(element.text), number))
            case parts.Section():
                found.append(Action([rich(f"**{element.text}**")], centered=True))
            case parts.Transition():
                found.append(Transition(rich(element.text)))
            case parts.PageBreak():
                found.append(PageBreak())
    return Screenplay(entries, found)


def _dialog(speech: Speech, font: str) -> Any:
    from screenplain.types import Dialog

    name = speech.speaker + (f" ({speech.extension})" if speech.extension else "")
    dialog = Dialog(_rich([(name, frozenset())], font))
    if speech.parenthetical:
        dialog.blocks.append((True, _rich(spans(f"({speech.parenthetical})"), font)))
    for line in speech.lines:
        text = f"*{line[1:]}*" if line.startswith("~") else line
        dialog.blocks.append((parts.is_bracketed(line), _rich(spans(text), font)))
    return dialog


def _rich(pieces: list[Span], font: str) -> RichString:
    """Text in styles as screenplain holds it."""
    from screenplain import richstring

    styles = {BOLD: richstring.Bold, ITALIC: richstring.Italic, UNDERLINE: richstring.Underline}
    return richstring.RichString(
        *(
            richstring.Segment(settable(text, font, ".pdf"), {styles[style] for style in marks})
            for text, marks in pieces
        )
    )
