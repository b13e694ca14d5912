"""Random wishes, each with what it promises: both are written from the same plain values.

Conventions:
    The options are those of the composer's methods, by name; promises are values of
    `legality.Promises`. Nothing of the composer is used to get from one to the other, or the check
    would only repeat its reading of a wish. Wishes are short (1 to 8 bars), so that thousands
    are drawn in minutes, and often contradict themselves: those must be refused, not broken.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from muse.evaluate.legality import Promises, changed_bars
from muse.theory.chords import QUALITIES, Chord
from muse.theory.keys import MODES, SCALES, Key
from muse.theory.meter import METERS, Meter
from muse.works.score import Score

MOST_NEW_BARS = 8


@dataclass(frozen=True)
class RandomWish:
    """A wish and its promises.

    Attributes:
        verb: "compose", "continue", "fill", "vary" or "harmonize".
        options: of the composer's method, by name.
        promises: what must hold of every score that it returns.
        most_changed: for "vary": in how many bars at most something else may sound.
    """

    verb: str
    options: dict[str, Any]
    promises: Promises
    most_changed: int | None = None


def promises_for(wish: RandomWish, score: Score) -> Promises:
    """What a score must keep: for "vary", which leaves the choice of bars to the seed, its new bars
    are those that differ from the theme, if they are not too many."""
    theme = wish.promises.theme
    if wish.most_changed is None or theme is None:
        return wish.promises
    changed = sorted(changed_bars(theme, score))[: wish.most_changed]
    return replace(wish.promises, new_bars=frozenset(changed))


def random_wish(rng: random.Random, themes: Sequence[Score]) -> RandomWish:
    """A wish; `themes` are short scores of one voice, to continue, mend and vary."""
    draw = rng.random() if themes else 0.0
    if draw < 0.6:
        return _composed(rng)
    theme = rng.choice(themes)
    if theme.bars > 2 and rng.random() < 0.25:
        theme = with_silent_bar(theme, rng.randint(1, theme.bars))
    if draw < 0.75:
        return _continued(rng, theme)
    if draw < 0.88:
        return _mended(rng, theme)
    return _varied(rng, theme) if draw < 0.95 else _harmonized(theme)


def with_silent_bar(theme: Score, number: int) -> Score:
    """A theme in whose bar `number` nothing sounds; as it is if nothing else would."""
    bar = next(bar for bar in theme.grid() if bar.number == number)
    notes = tuple(
        replace(note, length=min(note.length, bar.start - note.start))
        if note.start < bar.start
        else note
        for note in theme.melody.notes
        if not bar.start <= note.start < bar.end
    )
    return replace(theme, parts=(replace(theme.melody, notes=notes),)) if notes else theme


def _composed(rng: random.Random) -> RandomWish:
    bars = rng.randint(1, MOST_NEW_BARS)
    options: dict[str, Any] = {"bars": bars}
    promised: dict[str, Any] = {"bars": bars, "pickup": 0}
    meter = Meter.parse(rng.choice(METERS))
    if rng.random() < 0.8:
        options["meter"], promised["meter"] = str(meter), meter
        if rng.random() < 0.2 and meter.bar_ticks > 24:
            pickup = rng.randrange(12, meter.bar_ticks, 12)
            options["pickup"], promised["pickup"] = pickup / 24, pickup
    key = Key(rng.randrange(12), rng.choice(list(MODES)))
    if rng.random() < 0.75:
        options["key"], promised["key"] = str(key), key
        promised |= _in_key(rng, options, key)
        promised["ends_on_tonic"] = True
    if rng.random() < 0.35:
        options["end_on_tonic"] = rng.random() < 0.6
        promised["ends_on_tonic"] = options["end_on_tonic"]
    if "meter" in options and rng.random() < 0.4:
        promised |= _over_chords(rng, options, range(1, bars + 1), meter)
    elif rng.random() < 0.25:
        options["with_chords"] = True
    if ("chords" in options or "with_chords" in options) and rng.random() < 0.5:
        options["chord_tones"] = promised["strong_chord_tones"] = rng.random() < 0.7
    if rng.random() < 0.3:
        options["style"] = rng.choice(("jig", "reel", "waltz", "air", "song", "march"))
    promised |= _within(rng, options, 48, 72)
    return RandomWish("compose", options, Promises(**promised))


def _continued(rng: random.Random, theme: Score) -> RandomWish:
    bars = rng.randint(1, 4)
    options: dict[str, Any] = {"theme": theme, "bars": bars}
    new = frozenset(range(theme.bars + 1, theme.bars + bars + 1))
    promised: dict[str, Any] = {
        "bars": theme.bars + bars, "theme": theme, "new_bars": new,
        "meter": theme.grid()[-1].meter, "pickup": theme.pickup,
    }  # fmt: skip
    if len(theme.keys) == 1 and rng.random() < 0.5:
        options["key"], promised["key"] = str(theme.key), theme.key
        promised |= _in_key(rng, options, theme.key) | {"ends_on_tonic": True}
    if rng.random() < 0.3:
        promised |= _over_chords(rng, options, sorted(new), theme.grid()[-1].meter)
    promised |= _within(rng, options, *_around(theme))
    return RandomWish("continue", options, Promises(**promised))


def _mended(rng: random.Random, theme: Score) -> RandomWish:
    first = rng.randint(1, theme.bars)
    last = rng.randint(first, theme.bars)
    options: dict[str, Any] = {"theme": theme, "from_bar": first, "to_bar": last}
    promised: dict[str, Any] = {
        "bars": theme.bars, "theme": theme, "new_bars": frozenset(range(first, last + 1)),
        "pickup": theme.pickup, "chords": _chords_of(theme),
    }  # fmt: skip
    if len(theme.keys) == 1 and rng.random() < 0.5:
        options["key"], promised["key"] = str(theme.key), theme.key
        promised |= _in_key(rng, options, theme.key) | {"ends_on_tonic": last == theme.bars}
    meters = {bar.meter for bar in theme.grid() if first <= bar.number <= last}
    if theme.chords and len(meters) == 1 and rng.random() < 0.3:
        kept = promised["chords"]
        promised |= _over_chords(rng, options, range(first, last + 1), meters.pop())
        promised["chords"] = kept | promised["chords"]
    elif theme.chords and rng.random() < 0.5:
        options["chord_tones"] = promised["strong_chord_tones"] = True
    promised |= _within(rng, options, *_around(theme))
    return RandomWish("fill", options, Promises(**promised))


def _varied(rng: random.Random, theme: Score) -> RandomWish:
    amount = rng.choice((0.2, 0.4, 0.6))
    options: dict[str, Any] = {"theme": theme, "amount": amount}
    promised: dict[str, Any] = {
        "bars": theme.bars, "theme": theme, "pickup": theme.pickup, "chords": _chords_of(theme),
    }  # fmt: skip
    promised |= _within(rng, options, *_around(theme))
    most = max(1, round(amount * theme.bars))
    return RandomWish("vary", options, Promises(**promised), most)


def _harmonized(theme: Score) -> RandomWish:
    promised = Promises(
        bars=theme.bars, theme=theme, pickup=theme.pickup, key=theme.key, new_bars=frozenset()
    )
    return RandomWish("harmonize", {"theme": theme}, promised)


def _over_chords(
    rng: random.Random, options: dict[str, Any], bars: Sequence[int], meter: Meter
) -> dict[str, Any]:
    """Chords that repeat to fill `bars`, all of one meter. Returns what is promised."""
    cells = [_chord_cell(rng, meter) for _ in range(rng.randint(1, len(bars)))]
    options["chords"] = "| " + " | ".join(" ".join(map(_named, cell)) for cell in cells) + " |"
    chords = {
        number: tuple((i * meter.bar_ticks // len(cell), chord) for i, chord in enumerate(cell))
        for number, cell in zip(bars, cells * len(bars))
    }
    return {"chords": chords, "strong_chord_tones": True}


def _in_key(rng: random.Random, options: dict[str, Any], key: Key) -> dict[str, Any]:
    """A key's notes; sometimes a strict scale on its tonic instead. Returns what is promised."""
    if rng.random() < 0.3:
        options["scale"] = rng.choice(list(SCALES))
        steps = SCALES[options["scale"]]
        return {"scale": frozenset((key.tonic + step) % 12 for step in steps)}
    steps = SCALES["melodic-minor"] if key.mode == "minor" else MODES[key.mode]
    return {"scale": frozenset((key.tonic + step) % 12 for step in steps), "chord_notes": True}


def _within(rng: random.Random, options: dict[str, Any], low: int, high: int) -> dict[str, Any]:
    """Sometimes a range, whose lowest pitch lies from `low` to `high`, and a largest leap."""
    promised: dict[str, Any] = {}
    if rng.random() < 0.6:
        lowest = rng.randint(low, high)
        promised["lowest"], promised["highest"] = lowest, min(127, lowest + rng.randint(5, 26))
        options["range"] = f"{lowest}-{promised['highest']}"
    if rng.random() < 0.6:
        options["largest_leap"] = promised["largest_leap"] = rng.randint(1, 12)
    return promised


def _around(theme: Score) -> tuple[int, int]:
    """Where the lowest pitch of a range may lie that has to do with a theme."""
    pitches = [note.pitch for note in theme.melody.notes]
    return max(0, min(pitches) - 7), max(pitches) - 3


def _chord_cell(rng: random.Random, meter: Meter) -> list[Chord | None]:
    """The chords of a bar: so many as share its beats evenly."""
    beats = meter.bar_ticks // meter.beat_ticks
    count = rng.choice([n for n in (1, 1, 2, beats) if beats % n == 0])
    return [_chord(rng) for _ in range(min(count, 4) if beats % 4 == 0 else count)]


def _chord(rng: random.Random) -> Chord | None:
    if rng.random() < 0.06:
        return None
    root, bass = rng.randrange(12), rng.randrange(12)
    return Chord(
        root, rng.choice(list(QUALITIES)), bass if bass != root and rng.random() < 0.15 else None
    )


def _named(chord: Chord | None) -> str:
    return "N.C." if chord is None else str(chord)


def _chords_of(theme: Score) -> dict[int, tuple[tuple[int, Chord | None], ...]]:
    """The chord symbols of a theme by bar, each bar beginning with what sounds into it."""
    found = {}
    for bar in theme.grid() if theme.chords else ():
        marks = [
            (m.start - bar.start, m.chord) for m in theme.chords if bar.start <= m.start < bar.end
        ]
        if not marks or marks[0][0]:
            marks.insert(0, (0, theme.chord_at(bar.start)))
        found[bar.number] = tuple(marks)
    return found
