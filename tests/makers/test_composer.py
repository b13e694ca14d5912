"""The composer keeps its promises with a network that has learned nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from muse.makers.composer import VOICE_RANGES, Composer
from muse.theory.chords import Chord, parse_progression
from muse.theory.keys import Key, parse_scale
from muse.theory.meter import METERS, Meter
from muse.works.score import ChordMark, Note, Part, Score

from .tiny import bar_notes, leaps, off_chord, theme, tiny_composer


@pytest.fixture(scope="module")
def composer(tmp_path_factory: pytest.TempPathFactory) -> Composer:
    return tiny_composer(tmp_path_factory.mktemp("bundles") / "melody")


@pytest.fixture(scope="module")
def chorale(tmp_path_factory: pytest.TempPathFactory) -> Composer:
    return tiny_composer(tmp_path_factory.mktemp("bundles") / "chorale", "chorale")


@pytest.mark.parametrize("meter", METERS)
def test_compose_keeps_bars_key_meter_range_and_tonic(composer: Composer, meter: str) -> None:
    bars = 1 + METERS.index(meter) % 4
    tune = composer.compose(
        bars=bars, key="E dorian", meter=meter, range="D4-D6", largest_leap=7, seed=bars
    )
    assert (tune.bars, tune.pickup, tune.meters) == (bars, 0, ((1, Meter.parse(meter)),))
    assert tune.keys == ((0, Key(4, "dorian")),)
    assert tune.length == bars * Meter.parse(meter).bar_ticks
    for note in tune.melody.notes:
        chord = tune.chord_at(note.start)
        home = Key(4, "dorian").pitch_classes | (chord.pitch_classes if chord else frozenset())
        assert note.pitch % 12 in home and 62 <= note.pitch <= 86
    assert max(leaps(tune), default=0) <= 7
    assert tune.melody.notes[-1].pitch % 12 == 4


@pytest.mark.parametrize("seed", range(4))
def test_compose_writes_the_asked_chords_and_their_tones(composer: Composer, seed: int) -> None:
    text = "| D | A7 Bm/D | G N.C. |"
    tune = composer.compose(bars=5, key="D", meter="4/4", chords=text, seed=seed, pickup=1)
    asked = parse_progression(text)
    for bar in tune.grid():
        chords = [None] if not bar.number else asked[(bar.number - 1) % 3]
        for place, chord in enumerate(chords):
            share = (bar.end - bar.start) // len(chords)
            start = bar.start + place * share
            assert tune.chord_at(start) == tune.chord_at(start + share - 1) == chord
    assert tune.pickup == 24
    assert not off_chord(tune)


def test_compose_keeps_a_scale_strictly(composer: Composer) -> None:
    tune = composer.compose(bars=4, key="A", scale="blues", meter="4/4", chords="| E7 |", seed=2,
                            chord_tones=False)  # fmt: skip
    assert {n.pitch % 12 for n in tune.melody.notes} <= parse_scale("blues", 9)
    assert tune.melody.notes[-1].pitch % 12 == 9


def test_minor_keys_know_their_raised_steps(composer: Composer) -> None:
    pitches = set()
    for seed in range(6):
        tune = composer.compose(bars=4, key="A minor", meter="4/4", with_chords=False, seed=seed)
        pitches |= {n.pitch % 12 for n in tune.melody.notes}
    assert pitches == {9, 11, 0, 2, 4, 5, 6, 7, 8}


def test_what_is_left_open_is_drawn_by_the_seed(composer: Composer) -> None:
    tunes = [composer.compose(bars=1, seed=seed) for seed in range(8)]
    assert len({(str(t.key), str(t.meter)) for t in tunes}) > 4
    assert all(str(t.meter) in METERS for t in tunes)


def test_style_tempo_and_title_of_a_new_tune(composer: Composer) -> None:
    tune = composer.compose(bars=2, meter="6/8", key="D", style="jig", tempo=120, seed=1)
    assert (tune.style, tune.tempo, tune.title) == ("jig", 180.0, "Jig in D major")
    assert tune.meter.beat_tempo(tune.tempo) == 120
    assert tune.chords == (), "a jig has no chord symbols unless they are asked for"
    assert composer.compose(bars=2, meter="6/8", style="jig", with_chords=True, seed=1).bars == 2


def test_same_seed_same_piece_and_other_seed_another(composer: Composer) -> None:
    wish = {"bars": 3, "key": "F", "meter": "3/4"}
    assert composer.compose(**wish, seed=9) == composer.compose(**wish, seed=9)
    assert composer.compose(**wish, seed=9) != composer.compose(**wish, seed=10)


def test_variations_are_many_and_each_the_best_of_its_candidates(composer: Composer) -> None:
    wish = {"bars": 2, "key": "C", "meter": "2/4", "seed": 5}
    assert isinstance(composer.compose(**wish), Score)
    one, four = composer.compose(**wish, variations=1), composer.compose(**wish, variations=4)
    assert len(one) == 1 and len(four) == 4
    assert len({tune.melody.notes for tune in four}) == 4
    assert sorted(t.provenance["piece"] for t in four) == [0, 1, 2, 3]
    assert [t.provenance["rank"] for t in four] == [0, 1, 2, 3]
    first = next(t for t in four if t.provenance["piece"] == 0)
    assert first.melody == one[0].melody, "piece i is the same alone and among others"
    ranked = composer.compose(**wish, variations=2, candidates=2)
    assert {t.provenance["piece"] // 2 for t in ranked} == {0, 1}
    assert {t.melody for t in ranked} <= {t.melody for t in four}


@pytest.mark.parametrize("pickup", [0, 12])
@pytest.mark.parametrize("chords", [False, True])
def test_continue_keeps_the_theme_note_for_note(
    composer: Composer, chords: bool, pickup: int
) -> None:
    before = theme(chords, pickup, parts=2)
    after = composer.continue_(before, bars=3, seed=1)
    assert (after.bars, after.pickup, after.meters, after.keys) == (
        9, pickup, before.meters, before.keys
    )  # fmt: skip
    count = len(before.melody.notes)
    assert after.melody.notes[:count] == before.melody.notes, "velocities and words too"
    assert all(n.start >= before.length for n in after.melody.notes[count:])
    assert after.melody.notes[-1].pitch % 12 == 7
    assert (after.melody.name, after.melody.program) == ("Fiddle", 40)
    assert after.parts[1] == before.parts[1]
    assert [m for m in after.chords if m.start < before.length] == list(before.chords)
    assert (after.title, after.composer, after.tempos) == ("The Test", "Anon", before.tempos)
    loud = {n.velocity for n in after.melody.notes[count:]}
    assert len(loud) <= 1


@pytest.mark.parametrize("chords", [False, True])
def test_continue_lays_chords_under_the_new_bars_alone(composer: Composer, chords: bool) -> None:
    before = theme(chords)
    after = composer.continue_(before, bars=2, chords="| Em | D7 |", seed=3)
    assert [m for m in after.chords if m.start < 432] == list(before.chords)
    assert after.chord_at(432) == Chord(4, "m") and after.chord_at(504) == Chord(2, "7")
    assert not [n for n in off_chord(after) if n.start >= 432]


def test_continue_goes_on_in_the_key_the_theme_has_come_to(composer: Composer) -> None:
    before = replace(theme(True), keys=((0, Key(7)), (216, Key(9, "minor"))))
    after = composer.continue_(before, bars=2, chords="| Dm | E7 |", seed=3)
    assert after.keys == before.keys and after.melody.notes[-1].pitch % 12 == 9
    assert after.chord_at(432) == Chord(2, "m") and after.chord_at(504) == Chord(4, "7")


@pytest.mark.parametrize("seed", range(6))
def test_continue_hears_the_chord_that_goes_on(composer: Composer, seed: int) -> None:
    """Chords of new bars are free: a tie holds the theme's last chord, and its tones."""
    held = replace(theme(), chords=(ChordMark(0, Chord(1, "dim")),))
    after = composer.continue_(held, bars=2, chord_tones=True, largest_leap=12, seed=seed)
    assert not [n for n in off_chord(after) if n.start >= 432]


@pytest.mark.parametrize("pickup", [0, 12])
@pytest.mark.parametrize(("first", "last"), [(1, 1), (2, 3), (6, 6), (1, 6)])
def test_fill_writes_some_bars_and_locks_the_rest(
    composer: Composer, first: int, last: int, pickup: int
) -> None:
    before = theme(True, pickup, parts=2)
    after = composer.fill(before, first, last, largest_leap=12, seed=last)
    numbers = [bar.number for bar in before.grid()]
    old, new = bar_notes(before), bar_notes(after)
    for number, a, b in zip(numbers, old, new, strict=True):
        assert first <= number <= last or a == b, f"bar {number} was locked"
    assert any(a != b for a, b in zip(old, new))
    assert (after.bars, after.pickup, after.chords) == (6, pickup, before.chords)
    assert after.parts[1] == before.parts[1]
    grid = {bar.number: bar for bar in before.grid()}
    low = 0 if first == 1 and not pickup else grid[first].start
    locked = [n for n in before.melody.notes if n.end <= low or n.start >= grid[last].end]
    assert set(locked) <= set(after.melody.notes), "with velocities and words"
    edges = [(a, b) for a, b in zip(after.melody.notes, after.melody.notes[1:])
             if {a, b} - set(locked)]  # fmt: skip
    assert all(abs(a.pitch - b.pitch) <= 12 for a, b in edges)


def test_fill_keeps_a_locked_note_loud_when_it_is_cut_at_the_hole(composer: Composer) -> None:
    before = Score((Part((Note(0, 48, 60), Note(48, 96, 67, 111, "oh"), Note(144, 48, 60))),), 2)
    after = composer.fill(before, 2, 2, seed=1)
    assert after.melody.notes[1] == Note(48, 48, 67, 111, "oh")


def test_fill_under_other_chords_in_other_keys_and_meters(composer: Composer) -> None:
    before = Score(
        (Part(tuple(Note(12 * n, 12, 60 + n % 5) for n in range(28))),), 4,
        ((1, Meter(4, 4)), (3, Meter(3, 4))), ((0, Key(0)), (192, Key(9))),
        chords=(ChordMark(0, Chord(0)),),
    )  # fmt: skip
    after = composer.fill(before, 2, 3, chords="| G7 C | Am F |", seed=1)
    assert (after.meters, after.keys) == (before.meters, before.keys)
    assert [after.chord_at(t) for t in (95, 96, 144, 192, 240, 264)] == [
        Chord(0), Chord(7, "7"), Chord(0), Chord(9, "m"), Chord(5), Chord(0)
    ]  # fmt: skip
    assert not [n for n in off_chord(after) if 96 <= n.start < 264]
    assert (
        bar_notes(after)[0] == bar_notes(before)[0] and bar_notes(after)[3] == bar_notes(before)[3]
    )


@pytest.mark.parametrize("chords", [None, "| Ebm7 |", "| Ebm7 N.C. |"])
def test_fill_leaves_the_chord_that_sounds_after_the_hole(
    composer: Composer, chords: str | None
) -> None:
    held = Chord(9, "7")
    before = Score((Part(tuple(Note(24 * n, 24, 60 + n % 5) for n in range(12))),), 3,
                   chords=(ChordMark(0, held),))  # fmt: skip
    after = composer.fill(before, 1, 1, chords=chords, seed=2)
    assert after.chord_at(0) == (Chord(3, "m7") if chords else held)
    assert [after.chord_at(tick) for tick in (96, 191, 192, 287)] == [held] * 4
    middle = composer.fill(before, 2, 2, chords=chords, seed=2)
    assert [middle.chord_at(tick) for tick in (0, 95, 192, 287)] == [held] * 4
    assert chords or (after.chords == middle.chords == before.chords)


@pytest.mark.parametrize("amount", [0.01, 0.34, 1.0])
def test_vary_writes_the_asked_share_of_bars(composer: Composer, amount: float) -> None:
    before = theme(chords=True, pickup=12)
    for seed in range(3):
        after = composer.vary(before, amount, seed=seed)
        changed = [a != b for a, b in zip(bar_notes(before), bar_notes(after), strict=True)]
        assert not changed[0] and 1 <= sum(changed) <= max(1, round(amount * 6))
        assert after.chords == before.chords and after.bars == 6
    assert composer.vary(before, amount, seed=1) == composer.vary(before, amount, seed=1)


@pytest.mark.parametrize("seed", range(4, 10))
def test_vary_keeps_the_largest_leap_over_silence(composer: Composer, seed: int) -> None:
    notes = (Note(0, 48, 60), Note(48, 48, 62), Note(192, 96, 64), Note(288, 96, 62))
    before = Score((Part(notes),), 4)
    for after in composer.vary(before, 0.5, largest_leap=2, seed=seed, variations=4, range="40-90"):
        changed = [a != b for a, b in zip(bar_notes(before), bar_notes(after))]
        written = [n for n in after.melody.notes if changed[n.start // 96]]
        for one, other in zip(after.melody.notes, after.melody.notes[1:]):
            assert abs(one.pitch - other.pitch) <= 2 or not {one, other} & set(written)


def test_harmonize_puts_chords_over_a_melody_that_stays(composer: Composer) -> None:
    before = theme(chords=True, pickup=12, parts=2)
    after = composer.harmonize(before, seed=2)
    assert after.parts == before.parts
    assert after.chords and after.chords != before.chords
    beats = {bar.end - bar.meter.bar_ticks + t for bar in after.grid() for t in (0, 36)}
    assert all(mark.start in beats | {0} for mark in after.chords)


def test_chorale_sets_a_melody_in_four_parts(chorale: Composer) -> None:
    before = theme(chords=True, pickup=12)
    after = chorale.harmonize(before, seed=2)
    assert len(after.parts) == 4 and after.parts[0].notes == before.melody.notes
    assert (after.bars, after.pickup, after.keys) == (6, 12, before.keys)
    for part, (low, high) in list(zip(after.parts, VOICE_RANGES))[1:]:
        assert part.notes and part.monophonic
        assert all(low <= n.pitch <= high for n in part.notes)
    assert after.parts[3].notes[-1].pitch % 12 in range(12)
    assert chorale.harmonize(before, seed=2) == after


def test_chorale_composes_and_fills_four_parts(chorale: Composer) -> None:
    made = chorale.compose(bars=3, key="G", meter="4/4", seed=1)
    assert [p.name for p in made.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    for part, (low, high) in zip(made.parts, VOICE_RANGES):
        assert all(low <= n.pitch <= high for n in part.notes)
    assert made.parts[0].notes[-1].pitch % 12 == made.parts[3].notes[-1].pitch % 12 == 7
    again = chorale.fill(made, 2, 2, seed=3)
    for part in range(4):
        old, new = bar_notes(made, part), bar_notes(again, part)
        assert (old[0], old[2]) == (new[0], new[2])


@pytest.mark.parametrize("pickup", [0, 1])
def test_stream_gives_the_bars_of_the_piece(composer: Composer, pickup: int) -> None:
    wish = {"bars": 4, "key": "D", "meter": "3/4", "seed": 6, "pickup": pickup}
    whole = composer.compose(**wish)
    bars = list(composer.stream(**wish))
    assert [bar.bars for bar in bars] == [1] * 4
    expected = [whole.bar_slice(n, n) for n in range(1, 5)]
    assert [b.melody.notes for b in bars] == [e.melody.notes for e in expected]
    assert [b.chords for b in bars] == [e.chords for e in expected]
    assert bars[0].pickup == 24 * pickup


def test_stream_continues_and_can_be_cancelled(composer: Composer) -> None:
    before = theme(True)
    two = list(islice(composer.stream(before, bars=5, seed=2), 2))
    again = list(composer.stream(before, bars=5, seed=2))
    assert [b.melody for b in two] == [b.melody for b in again[:2]] and len(again) == 5
    whole = composer.continue_(before, bars=5, seed=2, end_on_tonic=False)
    assert [bar_notes(bar)[0] for bar in again] == bar_notes(whole)[6:]


def test_account_says_how_it_was_made(composer: Composer) -> None:
    made = composer.fill(theme(), 2, 3, seed=8, temperature=0.9)
    account = made.provenance
    assert (account["verb"], account["seed"], account["model"]) == ("fill", 8, "melody 3")
    assert account["settings"]["from_bar"] == 2 and account["settings"]["temperature"] == 0.9
    assert account["ai_generated"] is True and account["data_licence"] == "public domain"


def test_long_pieces_keep_their_promises(composer: Composer, tmp_path: Path) -> None:
    tune = composer.compose(bars=70, key="D", meter="2/4", seed=1, largest_leap=12)
    assert tune.bars == 70 and tune.length == 70 * 48
    assert tune.melody.notes[-1].pitch % 12 == 2 and max(leaps(tune)) <= 12
    longer = composer.continue_(tune, bars=2, seed=2)
    assert longer.melody.notes[: len(tune.melody.notes)] == tune.melody.notes
    mended = composer.fill(longer, 30, 31, seed=3)
    old, new = bar_notes(longer), bar_notes(mended)
    assert [a == b for a, b in zip(old, new)].count(False) <= 2
