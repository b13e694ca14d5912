"""Poems as PDF: A4 pages of verse by ReportLab, in the middle of the page, with hanging turnovers."""

from __future__ import annotations

import io
import json

from muse.works.base import WishError
from muse.works.formats.pdf_fonts import register_song, settable
from muse.works.lines import holds_han
from muse.works.poem import Poem

SIZE, LEADING = 12.0, 18.0
"""Of the verse, in points."""

MARGIN = 72.0
"""On all sides, in points: an inch."""


def encode(poem: Poem, suffix: str) -> bytes:
    """The poem as a PDF, the same bytes each time. Provenance stands in its subject, as JSON.

    Raises:
        WishError: for another suffix, or if a sign has no font.
    """
    if suffix != ".pdf":
        raise WishError(f"no printed poem {suffix!r}; use .pdf")
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase.pdfmetrics import stringWidth
    from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer

    chinese = poem.language == "zh" or holds_han(poem.title + poem.author + poem.text)
    font = register_song() if chinese else "Times-Roman"
    room = A4[0] - 2 * MARGIN
    lines = [settable(line, font, suffix) for line in poem.lines]
    longest = max(stringWidth(line, font, SIZE) for line in lines)
    left = max(0.0, (room - longest) / 2.4)
    head = ParagraphStyle("title", fontName=font, fontSize=17, leading=24, leftIndent=left)
    by = ParagraphStyle("author", head, fontSize=SIZE, leading=LEADING)
    verse = ParagraphStyle(
        "verse", by, leftIndent=left + 24, firstLineIndent=-24, wordWrap="CJK" if chinese else None
    )
    story: list[Flowable] = []
    for text, style in ((poem.title, head), (poem.author, by)):
        if text:
            story.append(Paragraph(_markup(settable(text, font, suffix)), style))
    if story:
        story.append(Spacer(0, 1.5 * LEADING))
    made = iter(lines)
    for stanza in poem.stanzas:
        rows = [Paragraph(_markup(next(made)), verse) for _ in stanza]
        story += [KeepTogether(rows) if len(rows) <= 30 else row for row in rows[:1]]
        story += rows[1:] if len(rows) > 30 else []
        story.append(Spacer(0, LEADING))
    held = io.BytesIO()
    document = SimpleDocTemplate(
        held, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
        bottomMargin=MARGIN, title=poem.title, author=poem.author, invariant=1,
        creator="Muse", producer="ReportLab",
        subject=json.dumps(dict(poem.provenance)) if poem.provenance else "",
    )  # fmt: skip
    document.build(story[:-1])
    return held.getvalue()


def _markup(line: str) -> str:
    """A line as ReportLab's paragraphs take it; indents stay."""
    from xml.sax.saxutils import escape

    words = line.lstrip()
    return "&nbsp;" * (len(line) - len(words)) + escape(words)
