"""A scanned poem as a page of plain text: marks above the lines, rhymes at the right, an account."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence

from muse.theory.foot_meters import meter_name
from muse.theory.scans import LineScan, PoemScan
from muse.theory.verse_forms import FREE_VERSE, VerseForm, form_of

MARKS = {"strong": "´", "weak": "˘", "half": "ˋ"}
PLAIN_MARKS = {"strong": "/", "weak": "x", "half": "\\"}
_WIDTH = 92
_MOST_DOUBTS = 40
_MOST_SAID = 12
_VARIATIONS = {
    "headless": ("headless line", "headless lines"),
    "catalectic": ("line cut short at its end", "lines cut short at their ends"),
}


def format_scan(poem: PoemScan, plain: bool = False) -> str:
    """The page: each line with its stresses and feet, its rhyme and its syllables; then what form
    and metre the poem has, and where the reading is unsure.

    Args:
        poem: what `muse.theory.scansion.scan_text` found.
        plain: ASCII marks, for a terminal that shows no others.
    """
    marks = PLAIN_MARKS if plain else MARKS
    form = form_of(poem)
    rows: list[str] = [text for _, text in poem.headings]
    if rows:
        rows.append("")
    width = min(72, max(len(laid_out(line, marks)[1]) for line in poem.lines))
    usual = Counter(each.meter_name for each in poem.lines).most_common(1)[0][0]
    rhymed = poem.rhymed
    for stanza in poem.stanzas:
        for line in stanza.lines:
            above, text = laid_out(line, marks)
            if above:
                rows.append(f"      {above}")
            letter = f"{line.letter:3}" if rhymed else ""
            notes = _notes(line, poem, usual)
            count = f"{len(line.syllables):2}" if line.syllables else " -"
            end = f"{letter}{count}{'  ' + notes if notes else ''}"
            rows.append(f"{line.number:4}  {text:{width}}   {end}".rstrip())
        rows.append("")
    rows += textwrap.wrap(summary(poem, form), _WIDTH)
    doubts = [(line.number, doubt) for line in poem.lines for doubt in line.unsure]
    if doubts:
        rows += ["", "Unsure:"]
        for number, doubt in doubts[:_MOST_DOUBTS]:
            rows += textwrap.wrap(f"line {number}: {doubt}", _WIDTH - 2, initial_indent="  ",
                                  subsequent_indent="      ")  # fmt: skip
        if len(doubts) > _MOST_DOUBTS:
            rows.append(f"  and {len(doubts) - _MOST_DOUBTS} more; --json tells all")
    said = [f"line {line.number} {note}" for line in poem.lines for note in line.said]
    if said:
        more = f"; and {len(said) - _MOST_SAID} more" if len(said) > _MOST_SAID else ""
        text = f"To fit the metre: {'; '.join(said[:_MOST_SAID])}{more}."
        rows += ["", *textwrap.wrap(text, _WIDTH)]
    rows += ["", _legend(marks, poem)]
    return "\n".join(rows)


def laid_out(line: LineScan, marks: dict[str, str]) -> tuple[str, str]:
    """The marks above a line, with bars between feet, and the line; a word that has more syllables
    than room (a number) is given room."""
    text, shift, last = line.text, 0, -1
    places: list[int] = []
    for syllable in line.syllables:
        wanted = syllable.column + shift
        place = max(wanted, last + 1)
        end = wanted
        while end < len(text) and not text[end].isspace():
            end += 1
        if place >= end:
            text = text[:end] + " " * (place + 1 - end) + text[end:]
            shift += place + 1 - end
        places.append(place)
        last = place
    row = [" "] * (len(text) + 1)
    foot = 0
    for number, (syllable, place) in enumerate(zip(line.syllables, places)):
        row[place] = marks[syllable.strength]
        if syllable.foot != foot and foot:
            bar = _bar(text, places[number - 1], place)
            if bar:
                row[bar] = "|"
        foot = syllable.foot
    return "".join(row).rstrip(), text


def _bar(text: str, before: int, after: int) -> int:
    """Where between two syllables the bar stands: at a space, else in the middle; 0 for nowhere."""
    room = range(before + 1, after)
    spaces = [place for place in room if text[place : place + 1] == " "]
    if spaces:
        return spaces[0]
    return room[len(room) // 2] if room else 0


def _notes(line: LineScan, poem: PoemScan, usual: str) -> str:
    """What sets a line apart: another metre, another foot."""
    if not line.meter:
        return ""
    notes = list(line.variations)
    if line.meter_name != usual and not (line.meter == poem.meter and poem.pattern):
        notes.insert(0, line.meter_name)
    return ", ".join(note for note in notes if note != "catalectic")


def summary(poem: PoemScan, form: VerseForm | None = None) -> str:
    """One paragraph: the form, the metre and how well it is kept, the rhymes, the syllables."""
    form = form or form_of(poem)
    lines = poem.lines
    name = form.name[0].upper() + form.name[1:]
    parts = [f"{name}: {_counted(len(lines), 'line')}"]
    if len(poem.stanzas) > 1:
        parts[0] += f" in {_counted(len(poem.stanzas), 'stanza')}"
    if poem.rhymed:
        parts[0] += f", rhymed {_schemes(poem)}"
    if form.nearly:
        parts.append("Not quite: " + "; ".join(form.nearly[:4])
                     + (" and more" if len(form.nearly) > 4 else ""))  # fmt: skip
    parts.append(_metre(poem, form))
    parts.append(_counts(lines))
    return ". ".join(part for part in parts if part) + "."


def _metre(poem: PoemScan, form: VerseForm) -> str:
    if not poem.meter:
        return "" if len(poem.lines) == 1 else "No metre runs through it"
    lines = [line for line in poem.lines if line.syllables]
    measured = [line for line in lines if line.meter == poem.meter and line.fits]
    usual, count = Counter(line.feet for line in lines).most_common(1)[0]
    if form.name == FREE_VERSE:
        return f"Its feet are mostly {poem.meter}, in lines of many lengths"
    if len(poem.pattern) > 1 and len(set(poem.pattern)) > 1:
        shape = f"{poem.meter}, lines of {'-'.join(map(str, poem.pattern))} feet"
    elif count * 2 > len(lines):
        shape = meter_name(poem.meter, usual)
    else:
        shape = f"{poem.meter}, in lines of many lengths"
    kept = "every line" if len(measured) == len(lines) else f"{len(measured)} of {len(lines)} lines"
    text = f"The metre is {shape}; {kept} fit{'s' if kept == 'every line' else ''} it"
    varied = Counter(name.split(" in ")[0] for line in lines for name in line.variations)
    if varied:
        told = [
            f"{n} {_VARIATIONS.get(name, (name, name + 's'))[n > 1]}"
            for name, n in varied.most_common(4)
        ]
        text += ", with " + ", ".join(told)
    return text


def _counts(lines: Sequence[LineScan]) -> str:
    counts = [len(line.syllables) for line in lines]
    if len(counts) <= 5 or len(set(counts)) == 1:
        shown = str(counts[0]) if len(set(counts)) == 1 else "-".join(map(str, counts))
        return f"Syllables: {shown}" + (
            " in each line" if len(set(counts)) == 1 < len(counts) else ""
        )
    usual = Counter(counts).most_common(1)[0][0]
    return f"Syllables: {min(counts)} to {max(counts)} in a line, mostly {usual}"


def _schemes(poem: PoemScan) -> str:
    schemes = [stanza.scheme for stanza in poem.stanzas]
    if len(schemes) == 1:
        scheme = schemes[0]
        if len(scheme) == 14 and " " not in scheme:
            cuts = (0, 4, 8, 12, 14) if scheme[:4] != "ABBA" else (0, 4, 8, 11, 14)
            return " ".join(scheme[a:b] for a, b in zip(cuts, cuts[1:]))
        return scheme if len(scheme) <= 60 else scheme[:60] + "…"
    if len(set(schemes)) == 1:
        return f"{schemes[0]} in each"
    return " ".join(schemes[:12]) + (" …" if len(schemes) > 12 else "")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _legend(marks: dict[str, str], poem: PoemScan) -> str:
    legend = f"{marks['strong']} stressed   {marks['weak']} light"
    if any(each.strength == "half" for line in poem.lines for each in line.syllables):
        legend += f"   {marks['half']} a beat on a light syllable, or a stress off the beat"
    if poem.meter:
        legend += "   | between feet"
    ends = ("A, B rhyme; " if poem.rhymed else "") + "the number is of syllables"
    return f"{legend}\nAt the right: {ends}"
