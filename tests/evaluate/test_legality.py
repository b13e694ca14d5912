"""Planted violations are found, each by its name; a score that keeps its promises is not blamed."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from muse.evaluate.legality import Promises, changed_bars, violations
from muse.evaluate.random_wishes import promises_for, random_wish, with_silent_bar
from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.works.score import ChordMark, Note, Part, Score

D = Chord(2, "")
A7 = Chord(9, "7")
PITCHES = (62, 64, 66, 67, 69, 71, 67, 64, 73, 71, 69, 67, 66, 64, 66, 62)


def tune(pitches: tuple[int, ...] = PITCHES, **changes: object) -> Score:
    """Four bars of 4/4 in D major over D, A7, A7 and D."""
    notes = tuple(Note(24 * place, 24, pitch) for place, pitch in enumerate(pitches))
    score = Score(
        (Part(notes),), 4, keys=((0, Key(2)),),
        chords=(ChordMark(0, D), ChordMark(96, A7), ChordMark(288, D)),
    )  # fmt: skip
    return replace(score, **changes)  # type: ignore[arg-type]


KEPT = Promises(
    bars=4, meter=Meter(4, 4), pickup=0, key=Key(2), scale=Key(2).pitch_classes, chord_notes=True,
    lowest=62, highest=73, largest_leap=9, strong_chord_tones=True, ends_on_tonic=True,
    chords={1: ((0, D),), 2: ((0, A7),), 3: ((0, A7),), 4: ((0, D),)},
)  # fmt: skip


def broken(score: Score, promises: Promises = KEPT) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for each in violations(score, promises):
        found.setdefault(each.promise, []).append(each.bar)
    return found


def with_pitch(place: int, pitch: int) -> Score:
    return tune(tuple(pitch if i == place else p for i, p in enumerate(PITCHES)))


def test_a_score_that_keeps_all_is_not_blamed() -> None:
    assert broken(tune()) == {}


@pytest.mark.parametrize(
    "place, pitch, expected",
    [
        (1, 65, {"scale": [1]}),  # F natural
        (3, 61, {"range": [1]}),
        (2, 64, {"chord tones": [1]}),  # E over D on the third beat
        (4, 62, {"chord tones": [2]}),  # D over A7 on the first
        (15, 66, {"last note": [4]}),
        (1, 73, {"leap": [1]}),
    ],
)
def test_a_wrong_pitch_is_found(place: int, pitch: int, expected: dict[str, list[int]]) -> None:
    assert broken(with_pitch(place, pitch)) == expected


def test_leaps_are_judged_up_to_the_promise() -> None:
    assert broken(tune(), replace(KEPT, largest_leap=8)) == {"leap": [3]}  # 64 to 73


def test_chord_notes_outside_the_scale_need_their_chord() -> None:
    over_e7 = tune(
        tuple(68 if i == 5 else p for i, p in enumerate(PITCHES)),
        chords=(
            ChordMark(0, D),
            ChordMark(96, Chord(4, "7")),
            ChordMark(192, A7),
            ChordMark(288, D),
        ),
    )
    loose = replace(KEPT, chords={}, strong_chord_tones=False)
    assert broken(over_e7, loose) == {}
    assert broken(over_e7, replace(loose, chord_notes=False)) == {"scale": [2]}
    assert broken(with_pitch(5, 68), loose) == {"scale": [2]}


def test_form_is_checked() -> None:
    assert broken(tune(bars=5)) == {"bars": [0]}
    assert "meter" in broken(tune(meters=((1, Meter(4, 4)), (3, Meter(2, 4)))))
    assert broken(tune(keys=((0, Key(2, "mixolydian")),))) == {"key": [0]}
    late = (*tune().melody.notes[:-1], Note(360, 30, 62))
    assert broken(tune(parts=(Part(late),))) == {"full bars": [4]}
    over = (Note(0, 30, 62), *tune().melody.notes[1:])
    assert broken(tune(parts=(Part(over),))) == {"one voice": [1]}
    assert broken(tune(parts=(Part(),)))["last note"] == [4]


def test_pick_ups_are_judged_as_the_end_of_a_bar() -> None:
    # A pick-up of two quarters begins on the third beat, which is strong in 4/4.
    notes = (Note(0, 24, 64), Note(24, 24, 67), Note(48, 96, 66))
    score = Score((Part(notes),), 1, keys=((0, Key(2)),), chords=(ChordMark(0, D),), pickup=48)
    promises = Promises(bars=1, pickup=48, strong_chord_tones=True)
    assert broken(score, promises) == {"chord tones": [0]}
    assert broken(score, replace(promises, pickup=24)) == {"pickup": [0], "chord tones": [0]}


def test_chords_that_are_missing_moved_or_added_are_found() -> None:
    loose = replace(KEPT, scale=None, strong_chord_tones=False)
    assert broken(tune(chords=(ChordMark(0, D), ChordMark(96, A7))), loose) == {"chords": [4]}
    moved = (ChordMark(0, D), ChordMark(120, A7), ChordMark(288, D))
    assert broken(tune(chords=moved), loose) == {"chords": [2]}
    added = (*tune().chords, ChordMark(336, A7))
    assert broken(tune(chords=added), loose) == {"chords": [4]}


def test_kept_bars_must_sound_as_they_did() -> None:
    theme = tune()
    promises = Promises(
        bars=4, theme=theme, new_bars=frozenset({2, 3}), lowest=62, highest=70, largest_leap=3
    )
    # The theme's own 73 in bar 3 is outside the range now, bars 1 and 4 may be what they are.
    assert set(broken(theme, promises)) == {"range", "leap"}
    other = with_pitch(13, 62)
    assert broken(other, promises)["kept bars"] == [4]
    assert changed_bars(theme, other) == {4}
    assert broken(theme, replace(promises, theme=tune(bars=5)))["kept bars"] == [5]


def test_a_leap_out_of_a_kept_bar_is_judged_and_one_inside_is_not() -> None:
    theme = tune((62, 74, 62, 74, *PITCHES[4:]))
    promises = Promises(bars=4, theme=theme, new_bars=frozenset({2}), largest_leap=4)
    assert broken(theme, promises) == {"leap": [2, 3]}  # 74 to 69, and 64 to 73


def test_a_tie_into_a_kept_bar_may_begin_anew() -> None:
    notes = (Note(0, 120, 62), Note(120, 72, 64))
    theme = Score((Part(notes),), 2)
    cut = Score((Part((Note(0, 96, 65), Note(96, 24, 62), Note(120, 72, 64))),), 2)
    promises = Promises(bars=2, theme=theme, new_bars=frozenset({1}))
    assert broken(cut, promises) == {}


def test_a_bar_is_silenced() -> None:
    notes = (Note(0, 120, 62), Note(120, 24, 64), Note(192, 96, 62))
    found = with_silent_bar(Score((Part(notes),), 3), 2)
    assert found.melody.notes == (Note(0, 96, 62), Note(192, 96, 62))


def test_random_wishes_are_seeded_many_and_promise_what_they_say() -> None:
    theme = tune().bar_slice(2, 4)
    wishes = [random_wish(random.Random(f"x {number}"), [theme]) for number in range(400)]
    again = [random_wish(random.Random(f"x {number}"), [theme]) for number in range(400)]
    assert wishes == again
    assert {wish.verb for wish in wishes} == {"compose", "continue", "fill", "vary", "harmonize"}
    said = {name for wish in wishes for name in wish.options}
    assert {"key", "scale", "chords", "range", "largest_leap", "pickup", "end_on_tonic"} <= said
    for wish in wishes:
        promised = wish.promises
        if "largest_leap" in wish.options:
            assert promised.largest_leap == wish.options["largest_leap"]
        if "range" in wish.options:
            assert f"{promised.lowest}-{promised.highest}" == wish.options["range"]
        if wish.verb == "vary":
            far = promises_for(wish, theme.transposed(1))
            assert far.new_bars is not None and len(far.new_bars) <= (wish.most_changed or 0)
