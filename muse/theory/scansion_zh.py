"""Scan Chinese verse: tones, rhyme, the form it has, and what departs from that form.

`scan_text` finds the poems in a text and judges each; `format_scan` writes the result for reading.
Regulated verse is judged by the Pingshui book, ci by their tune and the Cilin book. Characters with
two readings count for the poem and are listed as uncertain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from muse.theory.forms_zh import Finding, couplet_findings, form_of
from muse.theory.layout_zh import PlainPoem, even_shape, read_poems
from muse.theory.page_zh import poem_page
from muse.theory.prosody_zh import tones
from muse.theory.regulated_zh import RegulatedMatch, match_regulated
from muse.theory.rhyme_books import rhyme_groups
from muse.theory.rhyming_zh import Rhyme, RhymeVerdict, judge_rhyme, line_levels
from muse.theory.scanned_zh import Scan, ScannedLine, ScannedPoem
from muse.theory.tune_match_zh import TuneMatch, match_tune
from muse.theory.tunes_zh import Tune, tunes_of_length

LONGEST = 400_000
_MOST_STRAYED = 0.08


def scan_text(text: str, *, hints: bool = True) -> Scan:
    """Scan every poem in a Chinese text.

    Args:
        text: Plain text: titles and authors on lines of their own, verse with or without points,
            simplified or traditional. A poem whose heading names a ci tune is judged by it.
        hints: Whether to tell what today's phrases suggest for uncertain characters.

    Raises:
        ValueError: There is no Chinese in the text, or more than 400,000 characters of anything.
    """
    if len(text) > LONGEST:
        raise ValueError(f"the text has {len(text):,} characters; {LONGEST:,} at most are scanned")
    poems = read_poems(text)
    if not poems:
        raise ValueError("there are no Chinese characters in the text")
    return Scan(tuple(_scan_poem(poem, hints) for poem in poems))


def format_scan(result: Scan) -> str:
    """A scan as plain text, aligned for terminals and fonts where a character is two columns."""
    return "\n\n".join(poem_page(poem) for poem in result.poems) + "\n"


def _scan_poem(poem: PlainPoem, hints: bool) -> ScannedPoem:
    lines, tune = poem.lines, poem.tune
    if tune:
        return _named_ci(poem, tune, hints)
    has = [line_levels(line) for line in lines]
    shape = even_shape(lines)
    regulated = match_regulated(has) if shape and len(lines) >= 4 else None
    if regulated:
        return _regulated(poem, regulated, hints)
    halves = _couplet(poem)
    if halves:
        return _duilian(poem, halves, hints)
    found = _unnamed_ci(lines)
    if found:
        return _ci(poem, found, hints, named=False)
    names = ("none", "", "no form recognised", "")
    if shape and shape[0] in (4, 6):
        word = "四" if shape[0] == 4 else "六"
        names = ("old", f"{word}言诗", f"old style (古体), lines of {shape[0]} characters", "")
    return _result(poem, lines, names, _old_rhyme(lines), hints)


def _regulated(poem: PlainPoem, match: RegulatedMatch, hints: bool) -> ScannedPoem:
    lines, size = poem.lines, len(poem.lines[0])
    ends = [
        (i, ln[-1]) for i, ln in enumerate(lines, 1) if i % 2 == 0 or match.pattern.rhymes[i - 1]
    ]
    verdict = judge_rhyme(ends, "平")
    grave = [d for d in match.departures if d.term in ("失对", "失粘") or (d.place + size) % 2 == 1]
    grave += [d for d in match.departures if d.place == size]
    form = form_of(size, len(lines))
    old = len(grave) > len(lines) // 4 or len(match.departures) > len(lines) // 2
    if form and not old:
        names = ("regulated", form.name, form.gloss, match.pattern.name)
        remarks = match.remarks + _middle_couplets(match, len(lines))
        return _result(poem, lines, names, verdict, hints, match.wanted, match.departures, remarks)
    verdict = _old_rhyme(lines)
    name = f"{'五' if size == 5 else '七'}{'言古绝' if len(lines) == 4 else '言古诗'}"
    gloss = f"old style (古体), {len(lines)} lines of {size}"
    remarks = ()
    found = _unnamed_ci(lines)
    if found:
        text = f"its lines also fit the ci tune {found.tune.name}"
        remarks = (Finding(0, 0, "词牌", text),)
    oblique = any(r.fits and _oblique(r) for r in verdict.rhymes)
    if oblique or not form:
        gloss += ", oblique rhyme" if oblique else ""
        return _result(poem, lines, ("old", name, gloss, ""), verdict, hints, remarks=remarks)
    names = ("old", name, f"{gloss}; nearest to {form.name} {match.pattern.name}", "")
    return _result(poem, lines, names, verdict, hints, match.wanted, match.departures, remarks)


def _old_rhyme(lines: Sequence[str]) -> RhymeVerdict:
    """The rhyme of old-style verse: the even lines, and the first when it joins them."""
    ends = [(i, line[-1]) for i, line in enumerate(lines, 1) if i % 2 == 0]
    verdict = judge_rhyme(ends)
    names = {rhyme.group for rhyme in verdict.rhymes}
    if any(group.name in names for group in rhyme_groups(lines[0][-1])):
        verdict = judge_rhyme([(1, lines[0][-1]), *ends])
    return RhymeVerdict(
        verdict.book, tuple(r for r in verdict.rhymes if r.fits), (),
        verdict.departures + verdict.remarks,
    )  # fmt: skip


def _oblique(rhyme: Rhyme) -> bool:
    return not rhyme.group.startswith(("上平", "下平"))


def _middle_couplets(match: RegulatedMatch, count: int) -> tuple[Finding, ...]:
    if count != 8:
        return ()
    loose = {d.line for d in match.departures}
    found = []
    for name, first in (("颔联", 3), ("颈联", 5)):
        if not loose & {first, first + 1}:
            text = f"lines {first} and {first + 1} answer each other in tone"
            found.append(Finding(first, 0, f"{name}平仄相对", text))
    return tuple(found)


def _couplet(poem: PlainPoem) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    lines = poem.lines
    if len(lines) == 2 and len(lines[0]) == len(lines[1]) >= 2:
        return (lines[0],), (lines[1],)
    half = len(lines) // 2
    if (
        len(lines) % 2
        or half < 2
        or [len(n) for n in lines[:half]] != [len(n) for n in lines[half:]]
    ):
        return None
    if len(poem.paragraphs) == 2 and len(poem.paragraphs[0]) == half <= 6:
        return lines[:half], lines[half:]
    return None


def _duilian(
    poem: PlainPoem, halves: tuple[tuple[str, ...], tuple[str, ...]], hints: bool
) -> ScannedPoem:
    sides = [[line_levels(clause) for clause in half] for half in halves]
    found = couplet_findings(sides[0], sides[1])
    lines = tuple("".join(half) for half in halves)
    size = len(lines[0])
    names = ("couplet", "对联", f"couplet (duilian), {size} characters a line", "")
    return _result(poem, lines, names, RhymeVerdict("pingshui", ()), hints, (), found)


def _named_ci(poem: PlainPoem, tune: Tune, hints: bool) -> ScannedPoem:
    for start in range(min(3, len(poem.paragraphs))):
        lines = [line for paragraph in poem.paragraphs[start:] for line in paragraph]
        match = match_tune(tune, lines)
        if match:
            found = _ci(poem, match, hints, named=True)
            text = f"the first {'paragraph is' if start == 1 else 'paragraphs are'} left out"
            preface = (Finding(0, 0, "序", text),) if start else ()
            return replace(found, remarks=preface + found.remarks)
    count = sum(len(line) for line in poem.lines)
    sizes = " or ".join(str(v.characters) for v in tune.variants)
    text = f"{count} characters, where {tune.name} has {sizes}"
    names = ("ci", tune.name, f"ci to the tune {tune.name}, in no variant known here", "")
    wrong = (Finding(0, 0, "字数不合", text),)
    return _result(poem, poem.lines, names, RhymeVerdict("cilin", ()), hints, (), wrong)


def _unnamed_ci(lines: Sequence[str]) -> TuneMatch | None:
    size = sum(len(line) for line in lines)
    matches = [match_tune(tune, lines, variants=(v,)) for tune, v in tunes_of_length(size)]
    best = min((m for m in matches if m), key=lambda m: m.cost, default=None)
    return best if best and best.cost <= _MOST_STRAYED * size else None


def _ci(poem: PlainPoem, match: TuneMatch, hints: bool, *, named: bool) -> ScannedPoem:
    gloss = f"ci to the tune {match.tune.name}, {match.variant.characters} characters"
    if not named:
        gloss += ", recognised by its lines"
    names = ("ci", match.tune.name, gloss, "")
    scanned = _result(
        poem, match.lines, names, match.rhyme, hints, match.wanted, match.departures, match.remarks
    )
    return replace(scanned, stanzas=match.stanzas)


def _result(
    poem: PlainPoem,
    lines: Sequence[str],
    names: tuple[str, str, str, str],
    verdict: RhymeVerdict,
    hints: bool,
    wanted: Sequence[str] = (),
    departures: tuple[Finding, ...] = (),
    remarks: tuple[Finding, ...] = (),
) -> ScannedPoem:
    rhymes = {rhyme.line: rhyme for rhyme in verdict.rhymes}
    scanned = tuple(
        ScannedLine(
            tones(line, hints=hints),
            wanted[number - 1] if wanted else "",
            rhymes.get(number),
            tuple(sorted({d.place for d in departures if d.line == number and d.place})),
        )
        for number, line in enumerate(lines, 1)
    )
    counts = [sum(len(p) for p in part) for part in _stanza_paragraphs(poem)]
    stanzas = tuple(counts) if sum(counts) == len(lines) else (len(lines),)
    return ScannedPoem(
        poem.headings, *names, verdict.book, scanned, stanzas,
        departures + verdict.departures, remarks + verdict.remarks,
    )  # fmt: skip


def _stanza_paragraphs(poem: PlainPoem) -> list[tuple[tuple[str, ...], ...]]:
    parts, at = [], 0
    for count in poem.stanzas:
        parts.append(poem.paragraphs[at : at + count])
        at += count
    return parts
