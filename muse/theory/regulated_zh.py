"""Find the pattern of regulated verse that lines depart from least, and tell how they do.

Conventions as in `forms_zh`: the four kinds of line are a, A, b and B; lines and places count
from 1 in findings; a character with two readings counts for the poem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from muse.theory.forms_zh import (
    ANSWER,
    NEXT,
    Finding,
    Pattern,
    line_templates,
    misses,
    pattern_of,
)

MOST_LINES = 400
"""No regulated poem is longer: the longest 排律 have two hundred lines."""

_STRUCTURE_COST = 1.5
_IMPOSSIBLE = 1e9


@dataclass(frozen=True, slots=True)
class RegulatedMatch:
    """How lines fit regulated verse: the nearest pattern and what departs from it."""

    pattern: Pattern
    kinds: str
    wanted: tuple[str, ...]
    departures: tuple[Finding, ...]
    remarks: tuple[Finding, ...]


def match_regulated(lines: Sequence[Sequence[str]]) -> RegulatedMatch | None:
    """Find the pattern that these lines depart from least; None when they have no such shape.

    The search is over kinds of line, so that one slip between couplets (失粘) is told as that, not
    as a dozen wrong characters.

    Args:
        lines: What each line has, see the module's conventions.
    """
    count, syllables = len(lines), len(lines[0]) if lines else 0
    if syllables not in (5, 7) or any(len(line) != syllables for line in lines):
        return None
    if count < 2 or count % 2 or count > MOST_LINES:
        return None
    best: dict[str, tuple[float, str]] = {"": (0.0, "")}
    for index, has in enumerate(lines):
        lower = index % 2 == 1
        kinds = "ABY" if lower else "aAbBx" if index == 0 else "abx"
        own = {kind: len(_misses(has, kind)[1]) for kind in kinds}
        best = {
            kind: min(
                (cost + own[kind] + _step(before, kind, lower), path + kind)
                for before, (cost, path) in best.items()
            )
            for kind in kinds
        }
    path = min(best.values())[1]
    return _explain(lines, path)


def _misses(has: Sequence[str], kind: str) -> tuple[str, tuple[int, ...]]:
    options = ((t, misses(has, t)) for t in line_templates(kind, len(has)))
    return min(options, key=lambda option: len(option[1]))


def _step(before: str, kind: str, lower: bool) -> float:
    if not before:
        return 0.0
    if lower:
        if "Y" in (kind, ANSWER[before]) and kind != ANSWER[before]:
            return _IMPOSSIBLE
        return 0.0 if kind == ANSWER[before] else _STRUCTURE_COST
    return 0.0 if kind in NEXT[before] else _STRUCTURE_COST


def _explain(lines: Sequence[Sequence[str]], path: str) -> RegulatedMatch:
    wanted, departures, remarks = [], [], []
    shift = len(lines[0]) - 5
    for number, (has, kind) in enumerate(zip(lines, path), 1):
        template, wrong = _misses(has, kind)
        wanted.append(template)
        if number > 1 and _step(path[number - 2], kind, number % 2 == 0):
            departures.append(_structural(number))
        for place in wrong:
            departures.append(_fault(number, place, kind, has, template, shift))
        remarks += _remarks(number, kind, has, template, shift)
    first = {"x": "a", "Y": "B"}.get(path[0], path[0])
    pattern = pattern_of(first, len(lines[0]), len(lines))
    return RegulatedMatch(pattern, path, tuple(wanted), tuple(departures), tuple(remarks))


def _structural(number: int) -> Finding:
    if number % 2:
        return Finding(
            number, 2, "失粘", f"the second character does not agree with line {number - 1}'s"
        )
    return Finding(
        number, 2, "失对", f"the second character is not opposite to line {number - 1}'s"
    )


def _fault(
    number: int, place: int, kind: str, has: Sequence[str], template: str, shift: int
) -> Finding:
    at = place - shift
    if kind == "B" and at in (0, 2) and has[shift] == has[shift + 2] == "仄":
        return Finding(
            number,
            place + 1,
            "孤平",
            "平 is asked for: one level tone alone is left before the rhyme",
        )
    if kind == "A" and at == 2:
        return Finding(number, place + 1, "三平尾", "仄 is asked for before the last two")
    want = template[place]
    return Finding(number, place + 1, "出律", f"{want} is asked for, this is {has[place]}")


def _remarks(
    number: int, kind: str, has: Sequence[str], template: str, shift: int
) -> list[Finding]:
    if kind in "xY":
        text = (
            "仄 in an even place, answered by the next line"
            if kind == "x"
            else "平 here answers the line before"
        )
        return [Finding(number, shift + (4 if kind == "x" else 3), "拗救", text)]
    if kind == "b" and template.endswith("平平仄平仄"):
        return [Finding(number, shift + 4, "特拗", "平平仄平仄 for 平平平仄仄")]
    if kind == "B" and template.endswith("仄平平仄平"):
        return [
            Finding(number, shift + 3, "孤平自救", "平 here makes up for the 仄 two places before")
        ]
    if kind == "b" and has[shift + 2] == "仄":
        return [Finding(number, shift + 3, "三仄尾", "tolerated")]
    return []
