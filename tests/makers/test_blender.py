"""Blends, variations, steering and samples of an untrained latent space: all of them legal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from muse.evaluate.attributes import ATTRIBUTES
from muse.makers.blender import Blender
from muse.makers.frames import Frame, allowed_classes, frame_of, nearer_octaves, one_line, put_into
from muse.makers.latent_space import SPACE_FILE, first_directions, load_space, perpendicular
from muse.makers.latent_writing import resampled, window_ranges
from muse.makers.wishes import key_classes
from muse.sampling.walk import Walk
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody_reading import score_of_sheet
from muse.works.base import WishError
from muse.works.score import Note, Part, Score

from .tiny import theme
from .tiny_blender import tiny_blender


@pytest.fixture(scope="module")
def blender(tmp_path_factory: pytest.TempPathFactory) -> Blender:
    return tiny_blender(tmp_path_factory.mktemp("blend"))


def tune(meter: str = "4/4", bars: int = 4, key: Key | None = None, pickup: int = 0) -> Score:
    """An up and down of eighths, a fourth of them off the scale."""
    key, length = key or Key(0), Meter.parse(meter).bar_ticks * bars + pickup
    notes = tuple(
        Note(at, 12, 60 + key.tonic + (0, 2, 4, 6, 7, 5)[place % 6])
        for place, at in enumerate(range(0, length - 11, 12))
    )
    return Score((Part(notes),), bars, ((1, Meter.parse(meter)),), ((0, key),), pickup=pickup,
                 title=f"A tune in {meter}")  # fmt: skip


def check(score: Score, meter: Meter, key: Key, bars: int, classes: frozenset[int]) -> None:
    """Meter, key, length and pitches are as asked, and nothing sounds outside the bars."""
    assert (score.meters, score.key, score.bars) == (((1, meter),), key, bars)
    assert score.length == score.pickup + bars * meter.bar_ticks
    assert score.melody.monophonic
    assert all(n.end <= score.length and n.pitch % 12 in classes for n in score.melody.notes)


PAIRS = [
    (tune(), tune(bars=4)),
    (tune("4/4", 3), tune("6/8", 7, Key(6), pickup=36)),
    (tune("3/4", 5, Key(11, "minor"), pickup=12), tune("9/8", 2, Key(5, "dorian"))),
    (theme(chords=True, parts=2), tune("2/2", 20, Key(7))),
]


@pytest.mark.parametrize("a, b", PAIRS)
def test_blends_are_legal_and_end_note_for_note(blender: Blender, a: Score, b: Score) -> None:
    made = blender.blend(a, b, steps=5, seed=3, candidates=2)
    assert len(made) == 5 and made[0] == a and made[-1] == b
    for place, score in enumerate(made[1:-1], 1):
        side = a if place <= 2 else b
        bars = round(a.bars + place / 4 * (b.bars - a.bars))
        check(score, side.meter, side.key, bars, allowed_classes(one_line(side)))
        assert score.pickup == side.pickup
        assert score.provenance["verb"] == "blend" and score.provenance["ai_generated"]
    assert blender.blend(a, b, steps=5, seed=3, candidates=2) == made
    assert blender.blend(a, b, steps=5, seed=4, candidates=2)[1:-1] != made[1:-1]


def test_the_walk_goes_from_latents_to_latents(blender: Blender) -> None:
    a, b = (one_line(each) for each in PAIRS[1])
    frame = frame_of(a)
    walk = blender._walk((a, b), frame, Walk(4))
    np.testing.assert_allclose(walk[0], resampled(blender.encode(a), 7), atol=1e-5)
    other = blender.encode(score_of_sheet(put_into(b, frame)))
    np.testing.assert_allclose(walk[-1], other[int(bool(b.pickup)) :], atol=1e-5)


def test_variations_keep_the_frame(blender: Blender) -> None:
    song = replace(tune(bars=20, pickup=24), keys=((0, Key(0)), (1008, Key(2))),
                   meters=((1, Meter(4, 4)), (6, Meter(3, 4))), bars=22)  # fmt: skip
    made = blender.vary(song, 0.4, variations=3, seed=2, candidates=1)
    assert isinstance(made, list) and len({str(s.melody.notes) for s in made}) == 3
    for score in made:
        assert (score.meters, score.keys, score.bars) == (song.meters, song.keys, song.bars)
        assert score.pickup == song.pickup and score.melody.monophonic
        assert {n.pitch % 12 for n in score.melody.notes} <= allowed_classes(song)
    again = blender.vary(song, 0.4, variations=2, seed=2, candidates=1)
    assert isinstance(again, list) and again == made[:2]


def test_steering_asks_for_known_attributes(blender: Blender, tmp_path: Path) -> None:
    made = blender.steer(tune(), {"density": 1, "leaps": -1}, seed=1, variations=2, candidates=2)
    assert isinstance(made, list) and len(made) == 2
    for score in made:
        check(score, Meter(4, 4), Key(0), 4, allowed_classes(tune()))
        assert set(score.provenance["figures"]) == set(ATTRIBUTES)
    for amounts, message in (
        ({}, "say what"), ({"joy": 1.0}, "no direction"), ({"density": 9.0}, "must lie"),
        ({"density": float("nan")}, "must lie"),
    ):  # fmt: skip
        with pytest.raises(WishError, match=message):
            blender.steer(tune(), amounts)
    with pytest.raises(WishError, match="no directions"):
        tiny_blender(tmp_path, space=False).steer(tune(), {"density": 1})


@pytest.mark.parametrize("meter", ["4/4", "6/8", "7/8", "3/2", "2/8"])
def test_samples_are_legal_in_all_meters(blender: Blender, meter: str) -> None:
    made = blender.sample(6, meter=meter, key="Eb minor", variations=4, seed=8)
    assert isinstance(made, list) and len({str(s.melody.notes) for s in made}) == 4
    for score in made:
        check(score, Meter.parse(meter), Key(3, "minor"), 6, key_classes(Key(3, "minor")))
    with pytest.raises(WishError, match="knows no chords"):
        blender.sample(4, chords="| C |")


@pytest.mark.parametrize(
    "asked", [{"steps": 1}, {"steps": 100}, {"temperature": -1}, {"bars": 4}, {"seed": "x"}]
)
def test_wrong_wishes_are_told(blender: Blender, asked: dict[str, object]) -> None:
    with pytest.raises(WishError):
        blender.blend(tune(), tune(), **asked)  # type: ignore[arg-type]
    with pytest.raises(WishError, match="has no notes"):
        blender.blend(tune(), Score((Part(),), 1))


def test_another_meter_is_stretched_bar_by_bar() -> None:
    jig = one_line(tune("6/8", 2))
    sheet = put_into(jig, frame_of(one_line(tune("4/4"))))
    found = score_of_sheet(sheet)
    assert found.meter == Meter(4, 4) and found.bars == 2
    starts = [n.start for n in found.melody.notes]
    assert starts[:6] == [0, 18, 30, 48, 66, 78] and starts[6] == 96
    assert [n.pitch for n in found.melody.notes] == [n.pitch for n in jig.melody.notes]


def test_registers_of_keys_that_are_far_apart_meet() -> None:
    low, high = Key(7), Key(6)  # their tonics stand eleven semitones apart: 55 and 66
    assert nearer_octaves(low, high) == -1 and nearer_octaves(high, low) == 1
    frame = Frame(Meter(4, 4), high, 0, frozenset(range(12)))
    sheet = put_into(one_line(tune(key=low)), frame)
    moved = score_of_sheet(type(sheet)([*sheet.header[:-1], sheet.header[-1] - 1], sheet.bars))
    apart = [b.pitch - a.pitch for a, b in zip(tune(key=low).melody.notes, moved.melody.notes)]
    assert set(apart) == {-1}


@pytest.mark.parametrize("bars, lengths", [(3, [3]), (16, [16]), (20, [12, 8]), (33, [12, 12, 9])])
def test_long_tunes_are_read_in_windows(bars: int, lengths: list[int]) -> None:
    from muse.makers.frames import melody_only

    assert [len(r) for r in window_ranges(melody_only(tune(bars=bars)))] == lengths


def test_resampling_takes_the_bar_at_the_same_part_of_the_way() -> None:
    rows = np.arange(4, dtype=np.float32)[:, None]
    assert resampled(rows, 8)[:, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert resampled(rows, 2)[:, 0].tolist() == [1, 3]


def test_directions_find_what_was_planted() -> None:
    rng = np.random.default_rng(0)
    latents = rng.standard_normal((600, 8))
    measured = np.stack((3 * latents[:, 0] + latents[:, 1], -2 * latents[:, 1]), axis=1)
    found = first_directions(latents, measured)
    weights = np.array([[3, 1], [0, -2]])
    moved = found[:, :2] @ weights.T  # what each direction does to each attribute
    assert moved[0, 0] > 2 and moved[1, 1] > 1
    assert abs(moved[0, 1]) < 0.4 * moved[0, 0] and abs(moved[1, 0]) < 0.4 * moved[1, 1]
    crossed = perpendicular(rng.standard_normal((3, 8)))
    assert crossed.shape == (3, 8)


@pytest.mark.parametrize("change", ["{}", "[", '{"directions": 1, "map": 2}'])
def test_damaged_spaces_are_refused(tmp_path: Path, change: str) -> None:
    blender = tiny_blender(tmp_path)
    assert load_space(tmp_path, 11) is not None
    with pytest.raises(WishError, match="numbers of the latents"):
        load_space(tmp_path, 12)
    (tmp_path / SPACE_FILE).write_text(change)
    with pytest.raises(WishError, match=r"space\.json"):
        _ = blender.space
