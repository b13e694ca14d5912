"""Random plans of bars, and even draws from their grammars."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from muse.grammar.bars import BarsGrammar, BarWish, LineWish
from muse.grammar.harmony import NO_NOTE, PitchRules
from muse.theory.chords import QUALITIES, Chord
from muse.theory.keys import MODES, SCALES, Key
from muse.theory.meter import METERS, Meter
from muse.tokens.melody import chord_names, melody_vocabulary, pitch_anchor

IDS = melody_vocabulary()


def random_rules(rng: random.Random, key: Key) -> PitchRules:
    """Rules as wishes make them, from loose to strict."""
    low = rng.randint(30, 75)
    scale = rng.choice(
        [None, key.pitch_classes, frozenset((key.tonic + s) % 12 for s in SCALES["pentatonic"])]
    )
    return PitchRules(
        low, low + rng.randint(2, 26), scale, rng.choice([None, None, 1, 2, 3, 5, 12]),
        rng.random() < 0.5, frozenset([key.tonic]) if rng.random() < 0.6 else None,
        scale is not None and rng.random() < 0.5,
    )  # fmt: skip


def random_chord_line(rng: random.Random, key: Key, meter: Meter, start: int) -> tuple[int, ...]:
    """A given chord line: one to three chords from the bar's start, a held chord at times."""
    beats = [t for t in range(0, meter.bar_ticks, meter.beat_ticks) if t > start]
    stops = sorted(rng.sample(beats, min(len(beats), rng.randint(0, 2))))
    line: list[int] = []
    for place, stop in enumerate([*stops, meter.bar_ticks]):
        chord = Chord(rng.randrange(12), rng.choice(list(QUALITIES)), rng.choice([None, 4]))
        names = chord_names(None if rng.random() < 0.15 else chord, key)
        names = ["Tie"] if place == 0 and rng.random() < 0.2 else names
        line += [IDS[name] for name in [*names, f"End_{stop}"]]
    return tuple(line)


def random_given(rng: random.Random, meter: Meter, start: int) -> tuple[int, ...]:
    """A given voice line: a rest or two and some notes on any tick."""
    line: list[int] = []
    for stop in sorted(
        rng.sample(range(start + 1, meter.bar_ticks), min(3, meter.bar_ticks - start - 1))
    ):
        sound = "Rest" if rng.random() < 0.3 else f"Pitch_{rng.randint(-8, 8):+d}"
        line += [IDS[sound], IDS[f"End_{stop}"]]
    return (*line, IDS["Rest"], IDS[f"End_{meter.bar_ticks}"])


def random_plan(rng: random.Random) -> BarsGrammar:
    """A plan of one or several runs of bars, of one to three voices, with or without chords."""
    key = Key(rng.randrange(12), rng.choice(list(MODES)))
    meter = Meter.parse(rng.choice(METERS))
    anchor, count = pitch_anchor(key), rng.randint(1, 5)
    voices, chords = rng.choice([1, 1, 2, 3]), rng.choice(["none", "free", "given", "known"])
    rules = [random_rules(rng, key) for _ in range(voices)]
    several = rng.random() < 0.4
    plan: list[BarWish] = []
    for number in range(count):
        if not several and rng.random() < 0.2 and number:
            meter = Meter.parse(rng.choice(METERS))
        joined = number > 0 and not (several and rng.random() < 0.5)
        pickup = number == 0 and rng.random() < 0.25
        start = rng.randrange(3, meter.bar_ticks, 3) if pickup else 0
        lines = []
        if chords in ("free", "given"):
            given = random_chord_line(rng, key, meter, start) if chords == "given" else None
            held = not joined and several and rng.random() < 0.5
            chord = frozenset(rng.sample(range(12), 3)) if held else None
            lines.append(LineWish(0, given, held=held, chord=chord))
        for voice in range(1, voices + 1):
            low, high = rules[voice - 1].lowest, rules[voice - 1].highest
            entry: int | None = (
                rng.choice([NO_NOTE, rng.randint(low, high)]) if several else NO_NOTE
            )
            if several and number and rng.random() < 0.4:
                entry = None  # only silence stands between this run and the one before
            given = random_given(rng, meter, start) if rng.random() < 0.12 else None
            marker = (IDS[f"Voice_{voice}"],) if voices > 1 and given is None else ()
            leaving = rng.choice([None, NO_NOTE, rng.randint(low, high)]) if several else None
            line = LineWish(voice, given, marker, rules[voice - 1], entry, leaving)
            lines.append(line)
        mark = (IDS["Pickup"], IDS[f"End_{start}"]) if start else (IDS[f"Bar_-{count - number}"],)
        bar = BarWish(mark, meter, anchor, key.tonic, tuple(lines), start, joined=joined)
        if chords == "known":
            root = rng.randrange(12)
            bar = replace(bar, chords=((start, frozenset((root + s) % 12 for s in (0, 4, 7))),))
        plan.append(bar)
    last = rng.random() < 0.8
    plan[-1] = replace(plan[-1], last=last)
    return BarsGrammar(tuple(plan))


def drawn(grammar: BarsGrammar, rng: random.Random) -> list[int]:
    """Ids drawn from what is allowed, all kinds alike, EOS left out; fails where nothing is."""
    state, ids = grammar.start(), []
    while True:
        kinds: dict[str, list[int]] = {}
        for id in np.flatnonzero(grammar.allowed(state)).tolist():
            kinds.setdefault(IDS.names[id].partition("_")[0], []).append(id)
        assert kinds, f"cornered in {state}"
        allowed = kinds[rng.choice(list(kinds))]
        # Long values come last in the vocabulary; a bias to them keeps draws short.
        id = rng.choice(allowed) if rng.random() < 0.6 else allowed[-1]
        if IDS.names[id] == "EOS":
            assert len(kinds) == 1
            return ids
        ids.append(id)
        state = grammar.after(state, id)
