"""Engraved pages of a score by Verovio: SVG, PNG and PDF.

An SVG or a PNG is one tall page with all systems, trimmed to its height; a PDF has A4 pages.
The music goes to Verovio as MusicXML. Verovio sets notes as paths, but metronome marks and
accidentals in chord symbols as text in its own music font, which no viewer has; those become
paths and Unicode signs here, so that the picture is the same everywhere.
"""

from __future__ import annotations

import io
import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from muse.works.base import WishError
from muse.works.wording import plain

if TYPE_CHECKING:
    from muse.works.score import Score

PAGE_WIDTH, PAGE_HEIGHT = 2100, 2970
"""A4 in tenths of a millimetre, which are Verovio's units."""

PNG_WIDTH = 1240
"""Pixels across a page: A4 at 150 to the inch."""

TALLEST_PAGE = 50_000
"""Tenths of a millimetre; a score that is taller is no picture, only a PDF."""

_OPTIONS = {
    "pageWidth": PAGE_WIDTH, "pageMarginTop": 110, "pageMarginBottom": 110,
    "pageMarginLeft": 130, "pageMarginRight": 130, "scale": 40, "unit": 8.5,
    "breaks": "auto", "footer": "none", "svgViewBox": True, "smuflTextFont": "none",
    "lyricSize": 4.0, "lyricWordSpace": 3.0, "spacingSystem": 7, "spacingNonLinear": 0.55,
    "minLastJustification": 0.6, "bottomMarginHeader": 4.0, "xmlIdSeed": 1,
}  # fmt: skip

_SVG = "{http://www.w3.org/2000/svg}"
_MUSIC_FONT = "Leipzig"
_TITLE_SIZE = "560px"
_TEXT_SIGNS = {
    0xE260: "♭", 0xE261: "♮", 0xE262: "♯", 0xE263: "𝄪", 0xE264: "𝄫", 0xEA64: "♭", 0xEA65: "♮",
    0xEA66: "♯", 0xED60: "♭", 0xED61: "♮", 0xED62: "♯", 0xE870: "°", 0xE871: "ø", 0xE872: "+",
    0xECA3: "𝅗𝅥", 0xECA5: "♩", 0xECA7: "♪", 0xECB7: ".",
}  # fmt: skip
"""Signs of the music font (SMuFL code points) as Unicode, where they stand inside text."""


def encode(score: Score, suffix: str) -> bytes:
    """The engraved score as `.svg`, `.png` (150 dpi on white) or `.pdf` (A4 pages).

    Raises:
        WishError: for another suffix, or a score too long for one picture.
    """
    if suffix not in (".svg", ".png", ".pdf"):
        raise WishError(f"no engraving as {suffix!r}; use .svg, .png or .pdf")
    from muse.works.formats import musicxml

    document = musicxml.encode(score, ".musicxml").decode("utf-8")
    document = document.replace("<part-list>", _credits(score) + "<part-list>", 1)
    pages = engrave(_with_clefs(document, score), paged=suffix == ".pdf")
    if suffix == ".pdf":
        return _pdf(pages, score)
    if len(pages) > 1:
        raise WishError(
            f"a score of {score.bars} bars is too long for one picture; save it as .pdf, or bars "
            "of it by bar_slice"
        )
    return pages[0] if suffix == ".svg" else svg_to_png(pages[0], PNG_WIDTH)


def engrave(music_xml: str, *, paged: bool) -> list[bytes]:
    """Pages of MusicXML as SVG documents, each self-contained and on white.

    Args:
        music_xml: an uncompressed MusicXML document.
        paged: A4 pages, else one page as tall as it needs to be (several above `TALLEST_PAGE`).
    """
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    # Verovio holds this path for each thread by itself, and its own import sets it in one alone.
    verovio.setDefaultResourcePath(str(Path(verovio.__file__).parent / "data"))
    toolkit = verovio.toolkit()
    height = {"pageHeight": PAGE_HEIGHT if paged else TALLEST_PAGE, "adjustPageHeight": not paged}
    toolkit.setOptions(_OPTIONS | height)
    if not toolkit.loadData(music_xml):
        raise RuntimeError("Verovio could not read the MusicXML that Muse wrote")
    fonts = Path(verovio.__file__).parent / "data" / _MUSIC_FONT
    count = toolkit.getPageCount()
    return [_finished(toolkit.renderToSVG(page), fonts) for page in range(1, count + 1)]


def _credits(score: Score) -> str:
    """Title and composer as MusicXML has them on a page; Verovio alone leaves composers out."""
    lines = (
        ("title", "center", "top", score.title),
        ("composer", "right", "bottom", score.composer),
    )
    return "".join(
        f'<credit page="1"><credit-type>{kind}</credit-type><credit-words justify="{side}" '
        f'valign="{height}">{escape(plain(text, 60))}</credit-words></credit>'
        for kind, side, height, text in lines
        if plain(text)
    )


def _with_clefs(document: str, score: Score) -> str:
    """MusicXML with a treble or a bass clef for each part, unless it has clefs already."""
    if "<clef>" in document:
        return document
    head, *parts = document.split("<part id=")
    for number, part in enumerate(score.parts[: len(parts)]):
        weight = sum(note.length for note in part.notes) or 1
        centre = sum(note.pitch * note.length for note in part.notes) / weight
        sign, line = ("F", 4) if 0 < centre < 59 else ("G", 2)
        clef = f"<clef><sign>{sign}</sign><line>{line}</line></clef></attributes>"
        parts[number] = parts[number].replace("</attributes>", clef, 1)
    return "<part id=".join([head, *parts])


def svg_to_png(svg: bytes, width: int) -> bytes:
    """An SVG document as a PNG on white, `width` pixels across."""
    import cairosvg

    return cairosvg.svg2png(svg, output_width=width, background_color="white")


def _pdf(pages: list[bytes], score: Score) -> bytes:
    """SVG pages as one PDF, a page each, A4. Provenance stands in its subject, as JSON."""
    import cairocffi
    from cairosvg.parser import Tree
    from cairosvg.surface import PDFSurface

    held = io.BytesIO()
    width = PAGE_WIDTH / 254 * 72
    sheet = cairocffi.PDFSurface(held, width, width * PAGE_HEIGHT / PAGE_WIDTH)

    account = json.dumps(dict(score.provenance)) if score.provenance else ""
    for place, text in (
        (cairocffi.PDF_METADATA_TITLE, plain(score.title)),
        (cairocffi.PDF_METADATA_AUTHOR, plain(score.composer)),
        (cairocffi.PDF_METADATA_SUBJECT, account),
        (cairocffi.PDF_METADATA_CREATOR, "Muse"),
    ):
        if text:
            sheet.set_metadata(place, text)

    class Page(PDFSurface):
        """Draws on the shared sheet instead of a file of its own."""

        def _create_surface(self, width: float, height: float) -> tuple[Any, float, float]:
            return sheet, width, height

    for page in pages:
        # CairoSVG counts 96 pixels to the inch, PDF 72 points.
        Page(Tree(bytestring=page), None, 96, output_width=width * 96 / 72)
        sheet.show_page()
    sheet.finish()
    return held.getvalue()


def _finished(svg: str, fonts: Path) -> bytes:
    """A page of Verovio's with white paper under it and no text in the music font."""
    ElementTree.register_namespace("", _SVG[1:-1])
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(svg)
    _, _, width, height = root.get("viewBox", "0 0 0 0").split()
    root.set("width", width)
    root.set("height", height)
    paper = {"width": width, "height": height, "fill": "white", "style": "stroke:none"}
    place = next(n for n, child in enumerate(root) if child.tag == _SVG + "svg")
    root.insert(place, ElementTree.Element(_SVG + "rect", paper))
    for group in list(root.iter()):
        if "pgHead" in group.get("class", ""):
            _enlarge_title(group)
        for text in [child for child in group if child.tag == _SVG + "text"]:
            _set_music_signs(group, text, fonts)
    return ElementTree.tostring(root, "utf-8", xml_declaration=True)


def _enlarge_title(head: ElementTree.Element) -> None:
    """Set what stands in the middle of a page's head in larger letters."""
    for line in head.iter(_SVG + "tspan"):
        if line.get("text-anchor") == "middle":
            for span in line.iter(_SVG + "tspan"):
                if span.get("font-size"):
                    span.set("font-size", _TITLE_SIZE)


def _set_music_signs(group: ElementTree.Element, text: ElementTree.Element, fonts: Path) -> None:
    """Replace what `text`, a child of `group`, says in the music font.

    Signs at the beginning become paths drawn before it, which moves right; later ones become
    Unicode in the font around them.
    """
    leading = text.get("text-anchor", "start") == "start" and text.get("x") is not None
    size = "0px"
    for span in text.iter(_SVG + "tspan"):
        letters = "".join((span.text or "").split())
        if span.get("font-family") != _MUSIC_FONT:
            size = span.get("font-size", size)
            leading = leading and not letters
            continue
        del span.attrib["font-family"]
        glyphs = [_glyph(letter, fonts) for letter in letters]
        if leading and all(glyphs):
            scale = float(span.get("font-size", "0").removesuffix("px")) / 1000
            x, y = float(text.get("x", 0)), float(text.get("y", 0))
            for outline, advance in filter(None, glyphs):
                moved = f"translate({x:.0f} {y:.0f}) scale({scale:g} {-scale:g})"
                sign = {"d": outline, "transform": moved, "style": "stroke:none"}
                group.append(ElementTree.Element(_SVG + "path", sign))
                x += (advance + 60) * scale
            span.text = ""
            text.set("x", f"{x:.0f}")
        else:
            span.text = "".join(_TEXT_SIGNS.get(ord(letter), "") for letter in letters)
            span.set("font-size", size if size != "0px" else "405px")


def _glyph(letter: str, fonts: Path) -> tuple[str, float] | None:
    """Outline (path data, y up) and advance of a sign, 1000 to the em; None if there is none."""
    code = f"{ord(letter):04X}"
    try:
        outline = re.search(r' d="([^"]+)"', (fonts / f"{code}.xml").read_text())
        table = fonts.with_suffix(".xml").read_text()
    except OSError:
        return None
    advance = re.search(rf'c="{code}"[^>]* h-a-x="([-\d.]+)"', table)
    return (outline[1], float(advance[1])) if outline and advance else None
