"""The metre of a whole poem, and the reading of each line within it.

Every line is fitted into every metre; the metre that costs all lines together least is the poem's.
Each line is then read with as many feet as its place in the stanza has elsewhere, unless that costs
much more than its own best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from muse.theory.feet import Reading, readings
from muse.theory.foot_meters import METER_NAMES
from muse.theory.scans import fits
from muse.theory.spoken import Word, words_of

MOST_SYLLABLES = 32
"""A longer line is prose: it is counted, not scanned."""
_MISSING = 3.0
_FREE_LINE = 0.25
_CONTEXT = 1.6
"""How much more a reading in the poem's metre may cost than the line's own best."""
_METRICAL = 0.6
"""The share of lines that must fit for a poem to be called metrical."""


@dataclass(frozen=True)
class LineDraft:
    """A line on its way: its words that can be said, and its readings."""

    words: tuple[Word, ...]
    unread: tuple[str, ...]
    readings: tuple[Reading, ...]

    def best(self, meter: str, feet: int | None = None) -> Reading | None:
        """The cheapest reading in a metre, with a number of feet if said."""
        fitting = (
            each
            for each in self.readings
            if each.meter == meter and (feet is None or each.feet == feet)
        )
        return min(fitting, key=lambda each: each.cost, default=None)


def draft_of(line: str) -> LineDraft:
    """The words of a line, and all its readings; none for prose."""
    words = words_of(line)
    said = tuple(word for word in words if word.ways)
    unread = tuple(word.text for word in words if not word.ways)
    if not said or sum(len(word.ways[0].weights) for word in said) > MOST_SYLLABLES:
        return LineDraft(said, unread, ())
    return LineDraft(said, unread, tuple(readings([word.slot for word in said])))


def poem_meter(drafts: Sequence[LineDraft]) -> str:
    """The metre that costs all lines together least; none if too few lines fit it."""
    lines = [draft for draft in drafts if draft.words]
    best = {meter: [draft.best(meter) for draft in lines] for meter in METER_NAMES}
    costs = {
        meter: sum(min(each.cost, _MISSING) if each else _MISSING for each in found)
        for meter, found in best.items()
    }
    meter = min(METER_NAMES, key=lambda name: costs[name])
    fitting = [each for each in best[meter] if each and fits(each.cost, each.feet)]
    return meter if len(fitting) >= _METRICAL * len(lines) else ""


def chosen_readings(
    drafts: Sequence[Sequence[LineDraft]], meter: str
) -> tuple[tuple[int, ...], list[list[Reading | None]]]:
    """Each line's reading, and the feet of a stanza's lines if the stanzas agree."""
    if not meter:
        return (), [[None] * len(stanza) for stanza in drafts]
    pattern = _pattern(drafts, meter)
    chosen: list[list[Reading | None]] = []
    for stanza in drafts:
        row: list[Reading | None] = []
        for place, draft in enumerate(stanza):
            own = draft.best(meter)
            wanted = pattern[place % len(pattern)] if pattern else None
            expected = draft.best(meter, wanted) if wanted else None
            if expected and own and expected.cost <= own.cost + _CONTEXT:
                own = expected
            first = draft.readings[0] if draft.readings else None
            strange = own is None or (first is not None and own.cost > first.cost + _CONTEXT)
            row.append(first if strange else own)
        chosen.append(row)
    return pattern, chosen


def _pattern(drafts: Sequence[Sequence[LineDraft]], meter: str) -> tuple[int, ...]:
    """The feet that lines have by their place: all the same, in turn, or stanza by stanza."""
    lines = [(place, draft) for stanza in drafts for place, draft in enumerate(stanza)]
    lines = [(place, draft) for place, draft in lines if draft.best(meter)]
    free = sum(best.cost for _, draft in lines if (best := draft.best(meter)))
    choices: list[tuple[float, tuple[int, ...]]] = [(free + _FREE_LINE * len(lines), ())]
    lengths = {len(stanza) for stanza in drafts}
    periods = [1, 2, *(lengths if len(lengths) == 1 and len(drafts) > 1 else ())]
    for period in dict.fromkeys(periods):
        pattern, total = [], 0.3 * (period > 1)
        for turn in range(period):
            here = [draft for place, draft in lines if place % period == turn]
            costs = {
                feet: sum(min(found.cost if found else _MISSING, _MISSING) for found in tried)
                for feet in range(1, 10)
                if (tried := [draft.best(meter, feet) for draft in here])
            }
            if not costs:
                break
            feet = min(costs, key=lambda each: costs[each])
            pattern.append(feet)
            total += costs[feet]
        if len(pattern) == period:
            choices.append((total, tuple(pattern)))
    return min(choices)[1]
