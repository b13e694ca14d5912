"""From a score with holes to a prompt and a grammar that fills them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from muse.grammar.bars import ANY_PITCH, BarsGrammar, BarWish, LineWish, chord_spans, given_pitches
from muse.grammar.harmony import NO_NOTE, ChordSpans, PitchRules
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.excerpt import excerpt
from muse.tokens.holes import Hole, bar_mark, flatten_with_holes, has_chord_line
from muse.tokens.melody import Sheet, SheetBar, melody_vocabulary, pitch_anchor
from muse.tokens.melody_reading import segments
from muse.works.base import WishError


@dataclass(frozen=True)
class Plan:
    """What is read, and what may follow.

    Attributes:
        prompt: what the model reads: the sheet, or as much of it as it can see.
        whole: all of the sheet; `whole` and what is written make the piece.
        head: how many ids of the prompt are its conditions.
        grammar: of what follows.
        length: most ids that may follow.
    """

    prompt: list[int]
    whole: list[int]
    head: int
    grammar: BarsGrammar
    length: int


MOST_PROMPT = 640
"""Most ids of a prompt: the rest of what the model can see is for what it writes."""


def plan_sheet(
    sheet: Sheet, holes: Collection[Hole], rules: dict[int, PitchRules], key: Key, meter: Meter
) -> Plan:
    """Plan the filling of a sheet's holes.

    If everything from some bar on is a hole (given chords aside), the bars before it are the
    prompt and the rest is written onward; otherwise the whole sheet is the prompt and the holes
    are filled after it.

    Args:
        sheet: bars and lines; lines that are holes may be None.
        holes: the lines to write.
        rules: of each voice, by its number from 1.
        key, meter: of the sheet's beginning.

    Raises:
        WishError: if the rules leave no way, say because the range does not hold the tonic.
    """
    chords = has_chord_line(sheet)
    missing = set(holes)
    contexts = bar_contexts(sheet, key, meter)
    first = min(bar for bar, _ in missing)
    voices = [n for n in range(len(sheet.bars[first].lines)) if n or not chords]
    onward = all((b, n) in missing for b in range(first, len(sheet.bars)) for n in voices)
    if onward:
        places = list(range(first, len(sheet.bars)))
        whole = flatten_with_holes(Sheet(sheet.header, sheet.bars[:first]), ())[:-1]
        known = Sheet(sheet.header, sheet.bars[:first])
        seen = excerpt(known, _seen(known.bars, first, first))
        prompt = flatten_with_holes(seen, ())[:-1]
    else:
        places = sorted({bar for bar, _ in missing})
        whole = _up_to_fill(sheet, missing)
        near = _seen(sheet.bars, places[0], places[-1] + 1)
        seen = excerpt(sheet, near)
        prompt = _up_to_fill(seen, {(bar - near.start, line) for bar, line in missing})
    bars = []
    for order, place in enumerate(places):
        joined = order > 0 and places[order - 1] == place - 1
        ends_run = order + 1 == len(places) or places[order + 1] != place + 1
        bars.append(
            _bar_wish(sheet, place, missing, rules, contexts, chords, onward, joined, ends_run)
        )
    if not onward and chords and all(line == 0 for _, line in missing):
        bars = [replace(bar, last=False) for bar in bars]
    grammar = BarsGrammar(tuple(bars))
    for voice in grammar.impossible_lines():
        raise WishError(
            f"no melody can keep all of this in voice {voice}: the range, key, largest leap, "
            "chords and last note leave no way; widen the range or the leap"
        )
    length = sum(2 * bar.meter.bar_ticks // 3 * len(bar.lines) + 16 for bar in bars)
    return Plan(prompt, whole, 1 + len(seen.header), grammar, length)


def expected_length(plan: Plan) -> int:
    """About how many ids will follow, counted generously: a note for every twelve ticks."""
    return sum(4 + len(b.lines) * (3 + b.meter.bar_ticks // 6) for b in plan.grammar.plan)


def _up_to_fill(sheet: Sheet, missing: set[Hole]) -> list[int]:
    """The ids of a sheet with holes, up to the mark after which they are filled."""
    ids = flatten_with_holes(sheet, missing)
    return ids[: ids.index(melody_vocabulary()["Fill"]) + 1]


def _seen(bars: list[SheetBar], first: int, stop: int) -> range:
    """Places of bars `first` to `stop` and of as many around as the model sees, nearest first."""

    def size(place: int) -> int:
        return len(bars[place].head) + sum(len(line or ()) + 1 for line in bars[place].lines)

    used = sum(size(place) for place in range(first, stop))
    low, high = first, stop
    while True:
        before = low > 0 and used + size(low - 1) <= MOST_PROMPT
        after = high < len(bars) and used + size(high) <= MOST_PROMPT
        if before and (not after or first - low <= high - stop):
            low -= 1
            used += size(low)
        elif after:
            used += size(high)
            high += 1
        else:
            return range(low, high)


@dataclass(frozen=True)
class Context:
    """What holds in a bar: meter and key."""

    meter: Meter
    key: Key


def bar_contexts(sheet: Sheet, key: Key, meter: Meter) -> list[Context]:
    """The meter and key of each bar; `key` and `meter` are those of the beginning."""
    names = melody_vocabulary().names
    found = []
    for bar in sheet.bars:
        tonic, mode = key.tonic, key.mode
        for i in bar.head:
            kind, _, value = names[i].partition("_")
            if kind == "Meter":
                meter = Meter.parse(value)
            elif kind == "Tonic":
                tonic = int(value)
            elif kind == "Mode":
                mode = value
        key = Key(tonic, mode)
        found.append(Context(meter, key))
    return found


def _bar_wish(
    sheet: Sheet, place: int, missing: set[Hole], rules: dict[int, PitchRules],
    contexts: list[Context], chords: bool, onward: bool, joined: bool, ends_run: bool,
) -> BarWish:  # fmt: skip
    bar, context = sheet.bars[place], contexts[place]
    ids = melody_vocabulary()
    voices = len(bar.lines) - int(chords)
    shell = BarWish(
        (), context.meter, pitch_anchor(context.key), context.key.tonic, (), start=bar.start
    )
    lines = []
    for number, line in enumerate(bar.lines):
        voice = number if chords else number + 1
        free = (place, number) in missing
        if not free and not onward:
            continue
        marker = (ids[f"Voice_{voice}"],) if voice and voices > 1 else ()
        entry = _before(sheet, place, number, contexts) if voice and not joined else NO_NOTE
        leaving = _after(sheet, place, number, contexts) if voice and ends_run else None
        held = not voice and not joined and _sounds_into(sheet, place, number)
        given = None if free else tuple(line or ())
        rule = rules.get(voice, ANY_PITCH)
        chord = None if voice or joined else _chord_before(sheet, place, contexts)
        lines.append(LineWish(voice, given, marker, rule, entry, leaving, held, chord))
    known: ChordSpans | None = None
    if chords and lines and lines[0].voice and bar.lines[0] is not None:
        known = chord_spans(bar.lines[0], shell, _chord_before(sheet, place, contexts))
    mark = bar.head if onward else bar_mark(bar)
    return replace(
        shell, mark=tuple(mark), lines=tuple(lines), chords=known,
        joined=joined, last=place == len(sheet.bars) - 1,
    )  # fmt: skip


def _shell(bar: SheetBar, context: Context) -> BarWish:
    anchor = pitch_anchor(context.key)
    return BarWish((), context.meter, anchor, context.key.tonic, (), start=bar.start)


def _before(sheet: Sheet, place: int, number: int, contexts: list[Context]) -> int | None:
    """The last pitch of a line before bar `place`, as `LineWish.entry` has it."""
    for back in range(place - 1, -1, -1):
        line = sheet.bars[back].lines[number]
        if line is None:
            return None
        pitches = given_pitches(line, _shell(sheet.bars[back], contexts[back]))
        if pitches:
            return pitches[-1]
    return NO_NOTE


def _after(sheet: Sheet, place: int, number: int, contexts: list[Context]) -> int | None:
    """The first pitch of a line after bar `place`, as `LineWish.exit` has it."""
    for ahead in range(place + 1, len(sheet.bars)):
        line = sheet.bars[ahead].lines[number]
        if line is None:
            return None
        pitches = given_pitches(line, _shell(sheet.bars[ahead], contexts[ahead]))
        if pitches:
            return pitches[0]
    return NO_NOTE


def _sounds_into(sheet: Sheet, place: int, number: int) -> bool:
    """Whether a given line sounds at the end of the bar before bar `place`."""
    before = sheet.bars[place - 1] if place else None
    if before is None or before.lines[number] is None:
        return False
    found = list(segments(before.lines[number], before.start, before.ticks))
    return bool(found) and found[-1][0] not in (["Rest"], ["Chord_none"])


def _chord_before(sheet: Sheet, place: int, contexts: list[Context]) -> frozenset[int] | None:
    """Pitch classes of the chord that sounds into bar `place`."""
    held = None
    for back in range(place):
        line = sheet.bars[back].lines[0]
        if line is not None:
            held = chord_spans(line, _shell(sheet.bars[back], contexts[back]), held)[-1][1]
    return held
