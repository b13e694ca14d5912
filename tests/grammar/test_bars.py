"""The grammar of bars: whatever is drawn keeps every promise of the plan."""

from __future__ import annotations

import random

import numpy as np
import pytest

from muse.grammar.bars import BarsGrammar, BarWish, LineWish
from muse.grammar.harmony import PitchRules
from muse.theory.keys import Key
from muse.theory.meter import METERS, Meter
from muse.tokens.melody import pitch_anchor
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.formats.notation import written_bars

from .judging import judge
from .plans import IDS, drawn, random_plan

DRAWS = 500


@pytest.mark.parametrize("part", range(5))
def test_random_draws_keep_every_promise(part: int) -> None:
    judged = impossible = 0
    for seed in range(part * DRAWS // 5, (part + 1) * DRAWS // 5):
        rng = random.Random(seed)
        grammar = random_plan(rng)
        if grammar.impossible_lines():
            impossible += 1
            continue
        judge(grammar.plan, drawn(grammar, rng))
        judged += 1
    assert judged > impossible, (judged, impossible)


def test_drawn_scores_are_as_long_and_as_tied_as_the_plan() -> None:
    tied = 0
    for seed in range(120):
        rng = random.Random(seed)
        key = Key(rng.randrange(12), "major")
        meter, bars = Meter.parse(METERS[seed % len(METERS)]), rng.randint(1, 4)
        rules = PitchRules(50, 74, key.pitch_classes, 5, False, frozenset([key.tonic]))
        mark = [(IDS[f"Bar_-{bars - n}"],) for n in range(bars)]
        plan = tuple(
            BarWish(mark[n], meter, pitch_anchor(key), key.tonic, (LineWish(1, rules=rules),),
                    joined=n > 0, last=n == bars - 1)
            for n in range(bars)
        )  # fmt: skip
        header = [IDS["BOS"], IDS[f"Meter_{meter}"], IDS["Mode_major"], IDS[f"Tonic_{key.tonic}"]]
        score = MelodyTokenizer().decode([*header, *drawn(BarsGrammar(plan), rng)])
        assert (score.bars, score.length) == (bars, bars * meter.bar_ticks)
        notes = score.melody.notes
        assert notes[-1].pitch % 12 == key.tonic
        assert all(abs(b.pitch - a.pitch) <= 5 for a, b in zip(notes, notes[1:]))
        tied += any(n.start // meter.bar_ticks < (n.end - 1) // meter.bar_ticks for n in notes)
        for _, symbols in written_bars(score, score.melody):
            for symbol in symbols:
                # No splinters: thirty-seconds, triplet sixteenths, and what they add up to.
                assert symbol.length % (4 if symbol.count else 3) == 0
    assert tied >= 5


def test_a_plan_needs_bars() -> None:
    with pytest.raises(ValueError, match="at least one bar"):
        BarsGrammar(())


def test_only_the_end_may_follow_the_last_bar() -> None:
    meter = Meter(2, 4)
    bar = BarWish((IDS["Bar_-1"],), meter, 60, 0, (LineWish(1),), last=True)
    grammar = BarsGrammar((bar,))
    state = grammar.start()
    for name in ("Bar_-1", "Pitch_+0", "End_48"):
        assert grammar.allowed(state)[IDS[name]]
        state = grammar.after(state, IDS[name])
    assert np.flatnonzero(grammar.allowed(state)).tolist() == [IDS["EOS"]]
    assert grammar.after(state, IDS["EOS"]) == state


def test_masks_offer_all_that_is_legal_and_nothing_else() -> None:
    meter = Meter(2, 4)
    rules = PitchRules(60, 64, frozenset([0, 2, 4]), 2)
    line = LineWish(1, rules=rules, entry=60)
    grammar = BarsGrammar((BarWish((IDS["Bar_-1"],), meter, 60, 0, (line,), last=True),))
    state = grammar.after(grammar.start(), IDS["Bar_-1"])
    names = {IDS.names[i] for i in np.flatnonzero(grammar.allowed(state)).tolist()}
    assert names == {"Pitch_+0", "Pitch_+2", "Rest"}, "E is a leap of four from C"
    state = grammar.after(state, IDS["Pitch_+2"])
    ends = {IDS.names[i] for i in np.flatnonzero(grammar.allowed(state)).tolist()}
    expected = {*range(3, 49, 3), *range(4, 25, 4)}
    assert ends == {f"End_{tick}" for tick in expected}
    assert grammar.allowed(state).dtype == bool and grammar.allowed(state).shape == (len(IDS),)
