"""Fonts of PDF files, and whether they have the signs of a text.

English is set in the fonts that every PDF reader has, or in a font that is handed over; Chinese in
Adobe's STSong-Light, which readers have or replace by a Song of the system: nothing of it stands in
the file, so no Chinese font has to be on this machine.
"""

from __future__ import annotations

import unicodedata

from muse.works.base import WishError
from muse.works.lines import holds_han

SONG = "STSong-Light"
_PLAIN = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2212": "-", "\u2015": "—", "\u200b": None,
                        "\u200c": None, "\u200d": None, "\u00ad": None, "\u02bc": "’"})  # fmt: skip


def register_song() -> str:
    """Make the Chinese font known to ReportLab; returns its name."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    if SONG not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(SONG))
        pdfmetrics.registerFontFamily(SONG, normal=SONG, bold=SONG, italic=SONG, boldItalic=SONG)
    return SONG


def settable(text: str, font: str, suffix: str) -> str:
    """The text in signs that a registered font has.

    A sign that it has not is set as its plain form: a letter without its accent, spaces of any
    width as a space.

    Raises:
        WishError: if a sign has no such form; the message names it.
    """
    found = text.translate(_PLAIN)
    if all(_has(font, sign) for sign in set(found)):
        return found
    return "".join(sign if _has(font, sign) else _plainer(sign, font, suffix) for sign in found)


def _plainer(sign: str, font: str, suffix: str) -> str:
    if sign.isspace():
        return " " * (2 if holds_han(sign) or sign == "\u3000" else 1)
    base = "".join(s for s in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(s))
    if base and base != sign and all(_has(font, each) for each in base):
        return base
    raise WishError(
        f"the fonts of {suffix} files have no {sign!r} (U+{ord(sign):04X}); save it as .html or .txt"
    )


def _has(font: str, sign: str) -> bool:
    """Whether a font has a sign."""
    from reportlab.pdfbase import pdfmetrics

    if sign == "\n":
        return True
    if font == SONG:
        return _in_gbk(sign)
    face = pdfmetrics.getFont(font).face
    glyphs = getattr(face, "charToGlyph", None)
    if glyphs is not None:
        return ord(sign) in glyphs
    try:
        sign.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _in_gbk(sign: str) -> bool:
    """Whether a sign stands in GBK, which is what Adobe-GB1 collections have."""
    try:
        sign.encode("gbk")
    except UnicodeEncodeError:
        return sign in "·—"
    return True
