"""Judge the form of Chinese verse from the rhyme book and the table of tunes alone.

This is the checker of what the grammar promises, and shares no code with it: the rules are written
down here once more, from 王力《汉语诗律学》, over the raw tables. A character that the book gives both
levels counts for the poem.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from muse.theory.rhyme_books import is_han, rhyme_groups, tone_usage
from muse.works.poem import Poem

SHAPES = {"五绝": (5, 4), "七绝": (7, 4), "五律": (5, 8), "七律": (7, 8)}
FEW, ENOUGH = 0.05, 50


def faults_of(poem: Poem) -> list[str]:
    """What a poem does wrong by its own form, in plain words; empty if nothing.

    Forms that the checker knows: jueju, lüshi, couplets, old-style verse and the ci tunes.
    """
    lines = [[c for c in line if is_han(c)] for line in poem.lines]
    if poem.form in SHAPES:
        return _regulated(lines, *SHAPES[poem.form])
    if poem.form == "联":
        return _couplet(lines)
    if poem.form == "古诗":
        return _rhymed(lines, list(range(1, len(lines), 2)), "cilin", "平")
    return _ci(lines, poem.form)


def _level(character: str) -> str:
    """平, 仄, or ? where the book has both, or lacks the character."""
    found = {"平" if group.tone == "平" else "仄" for group in rhyme_groups(character)}
    if len(found) == 2:
        level, oblique = tone_usage(character)
        if level + oblique >= ENOUGH and min(level, oblique) < FEW * (level + oblique):
            return "平" if level > oblique else "仄"
    return found.pop() if len(found) == 1 else "?"


def _is(character: str, level: str) -> bool:
    return _level(character) in (level, "?")


def _regulated(lines: Sequence[Sequence[str]], size: int, count: int) -> list[str]:
    if [len(line) for line in lines] != [size] * count:
        return [f"lines of {[len(line) for line in lines]} characters"]
    faults: list[str] = []
    first_rhymes = _is(lines[0][-1], "平") and _level(lines[0][-1]) != "仄"
    ends = [n for n in range(count) if n % 2 or (n == 0 and first_rhymes)]
    faults += _rhymed(lines, [n for n in ends if n], "pingshui", "平")
    first, second = lines[0][-1], lines[1][-1]
    if first_rhymes and _level(first) == "平" and not _shares(first, second, "pingshui"):
        faults.append("line 1 ends level and does not rhyme")
    for n, line in enumerate(lines):
        if n % 2 == 0 and n > 0 and not _is(line[-1], "仄"):
            faults.append(f"line {n + 1} ends level")
    return faults + _alternation(lines)


def _alternation(lines: Sequence[Sequence[str]]) -> list[str]:
    """Whether some pattern of even places, with what is licensed, fits all lines."""
    best: list[str] | None = None
    for start in "平仄":
        for rhymed in (False, True):
            faults, second = [], start
            for n, line in enumerate(lines):
                if n % 2:
                    second = _other(second)
                level_end = n % 2 == 1 or (n == 0 and rhymed)
                found = _line_faults(line, second, level_end, lines[n + 1] if n % 2 == 0 else None)
                faults += [f"line {n + 1}: {fault}" for fault in found]
            if best is None or len(faults) < len(best):
                best = faults
    return best or []


def _other(level: str) -> str:
    return "仄" if level == "平" else "平"


def _line_faults(
    line: Sequence[str], second: str, level_end: bool, answer: Sequence[str] | None
) -> list[str]:
    """What is wrong in a line whose second place has a level."""
    size = len(line)
    five = line[size - 5 :]
    head = _other(second) if size == 7 else second  # level of the five's second place
    faults = []
    if size == 7 and not _is(line[1], second):
        faults.append("place 2")
    if not _is(five[1], head):
        faults.append(f"place {size - 3}")
    fourth = _other(head)
    end = "平" if level_end else "仄"
    if not _is(five[4], end):
        faults.append("the end")
    swapped = head == "平" and not level_end and _all(five, "平平仄平仄")
    rescued = (
        head == "仄" and not level_end and _is(five[3], "仄") and answer is not None
        and _is(answer[-3], "平")
    )  # fmt: skip
    if not _is(five[3], fourth) and not swapped and not rescued:
        faults.append(f"place {size - 1}")
    # The third place: no three level at the end, and in 平平平仄仄 it may be either.
    if level_end and head == "仄" and all(_level(c) == "平" for c in five[2:]):
        faults.append("three level tones at the end")
    if level_end and head == "平" and _level(five[0]) == "仄" and _level(five[2]) == "仄":
        faults.append("a lone level tone")
    return faults


def _all(characters: Sequence[str], levels: str) -> bool:
    return all(_is(c, level) for c, level in zip(characters, levels))


def _shares(a: str, b: str, book: str) -> bool:
    return bool(set(rhyme_groups(a, book)) & set(rhyme_groups(b, book)))


def _rhymed(
    lines: Sequence[Sequence[str]], places: Sequence[int], book: str, level: str
) -> list[str]:
    """Faults of lines that should share one rhyme group and not repeat a rhyme."""
    ends = [lines[n][-1] for n in places]
    faults = [
        f"line {n + 1} ends in the wrong level" for n in places if not _is(lines[n][-1], level)
    ]
    groups = [set(rhyme_groups(c, book)) for c in ends]
    if groups and not set.intersection(*groups):
        faults.append(f"{' '.join(ends)} do not rhyme")
    if len(set(ends)) < len(ends):
        faults.append("a rhyme comes twice")
    return faults


def _couplet(lines: Sequence[Sequence[str]]) -> list[str]:
    if len(lines) != 2 or len(lines[0]) != len(lines[1]):
        return ["not two lines of one length"]
    faults = []
    if not (_is(lines[0][-1], "仄") and _is(lines[1][-1], "平")):
        faults.append("the lines do not end oblique and level")
    size = len(lines[0])
    for place in range(1, size - 1, 2):
        a, b = _level(lines[0][place]), _level(lines[1][place])
        licensed = size in (5, 7) and place == size - 2
        if a == b != "?" and not licensed:
            faults.append(f"place {place + 1} is {a} in both lines")
    return faults


@lru_cache(maxsize=1)
def _tunes() -> dict[str, list[dict]]:
    source = resources.files("muse.theory") / "data" / "ci_tunes.json"
    found = json.loads(source.read_text(encoding="utf-8"))["tunes"]
    return {tune["name"]: tune["variants"] for tune in found}


def tune_names() -> list[str]:
    """The names of the ci tunes that the checker knows."""
    return list(_tunes())


def tune_lengths(name: str) -> list[list[int]]:
    """The lengths of the lines of each variant of a tune; none if it is unknown."""
    return [[len(tone) for tone in _tones(each)] for each in _tunes().get(name, ())]


def _texts(variant: dict) -> list[str]:
    return [text for stanza in variant["stanzas"] for text in stanza.split()]


def _tones(variant: dict) -> list[str]:
    """The tones of each line, without the letters of its rhymes."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return [text.rstrip(letters) for text in _texts(variant)]


def _ci(lines: Sequence[Sequence[str]], name: str) -> list[str]:
    if name not in _tunes():
        return [f"the checker knows no form {name}"]
    tries = [_variant(lines, variant) for variant in _tunes()[name]]
    return min(tries, key=len)


def _variant(lines: Sequence[Sequence[str]], variant: dict) -> list[str]:
    texts, tones = _texts(variant), _tones(variant)
    marks = [text[len(tone) :] for text, tone in zip(texts, tones)]
    if [len(line) for line in lines] != [len(tone) for tone in tones]:
        return ["wrong lengths of lines"] * 99
    faults = []
    echoes = {second for _, second in variant.get("refrains", ())}
    for n, (line, tone) in enumerate(zip(lines, tones), 1):
        for place, (character, level) in enumerate(zip(line, tone), 1):
            if level != "中" and not _is(character, level) and n not in echoes:
                faults.append(f"line {n}, place {place}: {level} is asked for")
    for first, second in variant.get("refrains", ()):
        if lines[first - 1][-len(lines[second - 1]) :] != lines[second - 1]:
            faults.append(f"line {second} does not repeat the end of line {first}")
    for letter in sorted(set("".join(marks))):
        ends = [lines[n][-1] for n, mark in enumerate(marks) if mark == letter]
        groups = [{(g.number, g.tone) for g in rhyme_groups(c, "cilin")} for c in ends]
        level = "平" if letter.isupper() else "仄"
        groups = [{g for g in each if (g[1] == "平") == (level == "平")} for each in groups]
        if not set.intersection(*groups):
            faults.append(f"{' '.join(ends)} do not rhyme")
    return faults
