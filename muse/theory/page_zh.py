"""A scanned Chinese poem as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from muse.theory.forms_zh import Finding
from muse.theory.rhyme_books import BOOK_TITLES
from muse.theory.scanned_zh import ScannedLine, ScannedPoem

WIDE_SPACE = "\u3000"
MARK = "＾"
GLOSSES = {
    "出律": "off the pattern", "孤平": "lone level tone", "三平尾": "three level tones at the end",
    "失粘": "couplets do not link", "失对": "lines do not oppose", "出韵": "off rhyme",
    "邻韵通押": "neighbouring rhyme group", "字数不等": "unequal lengths",
    "字数不合": "another length", "断句": "line break", "首句借邻韵": "borrowed first rhyme",
    "拗救": "rescue", "特拗": "licensed swap", "孤平自救": "rescue in the line",
    "三仄尾": "three oblique tones at the end", "叠句": "refrain", "序": "preface",
    "未收": "not listed",
}  # fmt: skip
_MOST_LISTED = 24


def poem_page(poem: ScannedPoem) -> str:
    """One poem: its form, its lines with tones and rhyme, and what there is to tell about them."""
    return "\n".join(_rows(poem)).rstrip()


def _rows(poem: ScannedPoem) -> Iterator[str]:
    if poem.headings:
        yield " · ".join(poem.headings)
    title = f"{poem.form} {poem.pattern}".strip()
    yield f"{title} — {poem.gloss}" if title else poem.gloss
    groups = list(dict.fromkeys(line.rhyme.group for line in poem.lines if line.rhyme))
    if groups:
        yield f"rhyme 韵 ({BOOK_TITLES[poem.book]}): {', '.join(groups)}"
    yield ""
    width = max(len(line.characters) for line in poem.lines)
    starts = {sum(poem.stanzas[:i]) + 1 for i in range(1, len(poem.stanzas))}
    for number, line in enumerate(poem.lines, 1):
        if number in starts:
            yield ""
        yield from _line_rows(number, line, width, len(groups) > 1)
    yield ""
    yield from _findings(poem)
    yield from _uncertain(poem)


def _line_rows(number: int, line: ScannedLine, width: int, several: bool) -> Iterator[str]:
    gap = WIDE_SPACE * (width - len(line.characters))
    rhyme = ""
    if line.rhyme:
        name = f" {line.rhyme.group}" if several else ""
        rhyme = f"  韵{name}" if line.rhyme.fits else f"  韵? {line.rhyme.character}"
    yield f"  {number:>2}  {line.text}{gap}  {line.tones}{gap if rhyme else ''}{rhyme}".rstrip()
    if line.wrong:
        marks = "".join(
            MARK if place in line.wrong else WIDE_SPACE for place in range(1, max(line.wrong) + 1)
        )
        yield f"      {WIDE_SPACE * width}  {marks}"


def _findings(poem: ScannedPoem) -> Iterator[str]:
    if poem.regular:
        yield "keeps to the form in every place"
    if poem.departures:
        count = f"{len(poem.departures)} departure{'s' * (len(poem.departures) > 1)}"
        yield f"{count}{' from that' if poem.kind == 'old' else ''} 不合律:"
        yield from (_told(finding) for finding in poem.departures[:_MOST_LISTED])
        if len(poem.departures) > _MOST_LISTED:
            yield f"  … and {len(poem.departures) - _MOST_LISTED} more"
    if poem.remarks:
        yield "remarks:"
        yield from (_told(finding) for finding in poem.remarks[:_MOST_LISTED])


def _told(finding: Finding) -> str:
    place = f" place {finding.place}" if finding.place else ""
    where = f"line {finding.line}{place}: " if finding.line else ""
    gloss = GLOSSES.get(finding.term)
    return f"  {where}{finding.term}{f' ({gloss})' if gloss else ''}, {finding.text}"


def _uncertain(poem: ScannedPoem) -> Iterator[str]:
    found = poem.uncertain
    if not found:
        return
    yield f"{len(found)} uncertain ？ (counted in the poem's favour):"
    for number, place, tone in found[:_MOST_LISTED]:
        readings = " or ".join(f"{g.level} {g.name}" for g in tone.groups) or "not in the book"
        hint = f"; today's phrase suggests {tone.hint}" if tone.hint else ""
        yield f"  line {number} place {place}: {tone.character} {readings}{hint}"
    if len(found) > _MOST_LISTED:
        yield f"  … and {len(found) - _MOST_LISTED} more"
