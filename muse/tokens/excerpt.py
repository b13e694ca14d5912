"""Excerpts: some bars of a sheet, made to say by themselves what held in the bars left out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from muse.tokens.holes import bar_mark, has_chord_line
from muse.tokens.melody import Sheet, SheetBar, melody_vocabulary
from muse.tokens.melody_reading import segments

_CONDITIONS = ("Meter", "Mode", "Tonic")
"""What a bar's head may change, in the order in which it is written."""


def excerpt(sheet: Sheet, places: Collection[int]) -> Sheet:
    """The bars at `places`, in order, with the meter, key and chord that hold in them.

    A change of meter or key in a bar that is left out is said by the next bar that is kept, or by
    the header if that is the first one; a chord that was named in a bar left out and goes on is
    named again. Bars keep their countdown.
    """
    names, kept = melody_vocabulary().names, set(places)
    now = {names[i].partition("_")[0]: i for i in sheet.header}
    before: dict[str, int] = {}
    chords, held, left_out = has_chord_line(sheet), _HeldChord(), True
    header = list(sheet.header)
    bars: list[SheetBar] = []
    for place, bar in enumerate(sheet.bars):
        mark = bar_mark(bar)
        now |= {names[i].partition("_")[0]: i for i in bar.head[len(mark) :]}
        tonic = _tonic(now)
        if place in kept:
            if not bars:
                header = _header(sheet.header, now)
            head = [*mark, *(_changes(before, now) if bars else ())]
            lines = list(bar.lines)
            if chords and left_out and lines[0]:
                lines[0] = held.named_in(lines[0], tonic)
            bars.append(replace(bar, head=head, lines=lines))
            before = dict(now)
        left_out = place not in kept
        if chords:
            held = held.after(bar, tonic)
    return Sheet(header, bars)


def _tonic(conditions: dict[str, int]) -> int:
    """The pitch class of the key that holds."""
    vocabulary = melody_vocabulary()
    return conditions.get("Tonic", vocabulary["Tonic_0"]) - vocabulary["Tonic_0"]


def _header(header: list[int], now: dict[str, int]) -> list[int]:
    """A header with the meter and key of the first bar that is kept."""
    names = melody_vocabulary().names
    kinds = [names[i].partition("_")[0] for i in header]
    stated = [now[kind] for kind in kinds]
    return stated + [now[kind] for kind in _CONDITIONS if kind in now and kind not in kinds]


def _changes(before: dict[str, int], now: dict[str, int]) -> list[int]:
    """What a bar's head says after its mark: a new meter; mode and tonic of a new key."""
    changed = [kind for kind in _CONDITIONS if now.get(kind) != before.get(kind)]
    key = "Mode" in changed or "Tonic" in changed
    wanted = ["Meter"] * ("Meter" in changed) + ["Mode", "Tonic"] * key
    return [now[kind] for kind in wanted if kind in now]


class _HeldChord:
    """The chord that sounds at the end of a bar: names of its tokens, and the tonic they count from."""

    def __init__(self, names: tuple[str, ...] = (), tonic: int = 0) -> None:
        self.names, self.tonic = names, tonic

    def after(self, bar: SheetBar, tonic: int) -> _HeldChord:
        """The chord at the end of a further bar."""
        if bar.lines[0] is None:
            return _HeldChord()
        found = list(segments(bar.lines[0], bar.start, bar.ticks))
        said = [names for names, _, _ in found if names and names[0].startswith("Chord_")]
        return _HeldChord(tuple(said[-1]), tonic) if said else self

    def named_in(self, line: list[int], tonic: int) -> list[int]:
        """A chord line that begins with this chord where it began with a tie."""
        ids = melody_vocabulary()
        if line[0] != ids["Tie"] or not self.names:
            return line
        return [*(ids[self._moved(name, tonic)] for name in self.names), *line[1:]]

    def _moved(self, name: str, tonic: int) -> str:
        """The token `Chord_7_m7` or `Bass_4` counted from another tonic."""
        kind, _, rest = name.partition("_")
        step, _, quality = rest.partition("_")
        if not step.isdigit():
            return name  # no chord is no chord in every key
        moved = (int(step) + self.tonic - tonic) % 12
        return f"{kind}_{moved}" + (f"_{quality}" if kind == "Chord" else "")
