"""Wrong wishes are refused in one line that names the option, before anything is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.makers.composer import Composer
from muse.makers.wishes import Drawing, MelodyWish, asked
from muse.theory.chords import Chord
from muse.works.base import WishError
from muse.works.score import Note, Part, Score

from .tiny import theme, tiny_composer

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no bars": ({"bars": 0}, "--bars"),
    "too many bars": ({"bars": 257}, "--bars"),
    "half a bar": ({"bars": 1.5}, "--bars"),
    "a key that is none": ({"key": "H"}, "--key"),
    "a mode that is none": ({"key": "D happy"}, "--key"),
    "a meter that is none": ({"meter": "six-eight"}, "--meter"),
    "a meter that Muse does not write": ({"meter": "11/16"}, "--meter"),
    "a meter of nothing": ({"meter": "0/4"}, "--meter"),
    "a style that is none": ({"style": "dubstep"}, "--style"),
    "no tempo": ({"tempo": 0}, "--tempo"),
    "a chord that is none": ({"chords": "| D | Hm |"}, "--chords"),
    "an empty bar of chords": ({"chords": "| D | | A |"}, "--chords"),
    "no chords": ({"chords": ""}, "--chords"),
    "more chords than bars": ({"bars": 2, "chords": "| D | A | G |"}, "--chords.*--bars"),
    "chords that do not fit a bar": (
        {"meter": "3/8", "chords": "| D A D A D A D A D A |"}, "--chords"
    ),
    "chords and none": ({"chords": "| D |", "with_chords": False}, "--no-with-chords"),
    "a range that is none": ({"range": "D4"}, "--range"),
    "a range with no notes": ({"range": "X-Y"}, "--range"),
    "a range outside MIDI": ({"range": "C4-C12"}, "--range"),
    "a range that runs down": ({"range": "D5-D4"}, "--range"),
    "no leap": ({"largest_leap": 0}, "--largest-leap"),
    "a scale without a key": ({"scale": "blues"}, "--scale.*--key"),
    "a scale that is none": ({"key": "D", "scale": "bluez"}, "--scale"),
    "a pick-up of a bar": ({"meter": "3/4", "pickup": 3}, "--pickup"),
    "a pick-up below zero": ({"meter": "3/4", "pickup": -1}, "--pickup"),
    "a pick-up off the grid": ({"meter": "3/4", "pickup": 0.3}, "--pickup"),
    "no variations": ({"variations": 0}, "--variations"),
    "too many variations": ({"variations": 65}, "--variations"),
    "no candidates": ({"candidates": 0}, "--candidates"),
    "too many candidates": ({"candidates": 64, "variations": 5}, "--candidates"),
    "a cold draw": ({"temperature": -1}, "--temperature"),
    "no mass": ({"top_p": 0}, "--top-p"),
    "chord tones of no chords": (
        {"chord_tones": True, "with_chords": False, "style": "jig"}, "--chord-tones"
    ),
    "an option that is none": ({"colour": "blue"}, "unknown option 'colour'"),
    "a range without the tonic": ({"key": "C", "range": "D4-E4"}, "range"),
    "a tempo in words": ({"tempo": "allegro"}, "--tempo must be a number"),
    "a seed in words": ({"seed": "x"}, "--seed must be a whole number"),
    "endless pick-up": ({"pickup": float("inf")}, "--pickup must be a number"),
    "a switch that is a word": ({"end_on_tonic": "yes"}, "--end-on-tonic must be true or false"),
}  # fmt: skip


@pytest.fixture(scope="module")
def composer(tmp_path_factory: pytest.TempPathFactory) -> Composer:
    return tiny_composer(tmp_path_factory.mktemp("bundles") / "melody")


@pytest.mark.parametrize(("wish", "words"), WRONG.values(), ids=WRONG)
def test_wrong_wishes_name_the_option(composer: Composer, wish: dict[str, Any], words: str) -> None:
    with pytest.raises(WishError, match=words) as raised:
        composer.compose(**({"bars": 3, "meter": "4/4"} | wish))
    assert "\n" not in str(raised.value)


def test_wrong_bars_and_amounts_name_the_option(composer: Composer) -> None:
    for first, last in [(0, 2), (3, 2), (5, 7), (-1, -1)]:
        with pytest.raises(WishError, match=r"--from-bar .* --to-bar .* bars 1 to 6"):
            composer.fill(theme(), first, last)
    for amount in (0, -1, 1.01, float("nan")):
        with pytest.raises(WishError, match="--amount"):
            composer.vary(theme(), amount)


def test_themes_that_cannot_be_used_are_told(composer: Composer) -> None:
    with pytest.raises(WishError, match="no notes"):
        composer.continue_(Score((Part(),), 4))
    with pytest.raises(WishError, match="--meter 3/4 is not the theme's"):
        composer.continue_(theme(), meter="3/4")
    with pytest.raises(WishError, match="--chords: the theme has no chord symbols"):
        composer.fill(theme(), 2, 3, chords="| D |")
    with pytest.raises(WishError, match="--chord-tones"):
        composer.fill(theme(), 2, 3, chord_tones=True)


def test_a_chorale_needs_its_parts(tmp_path: Path) -> None:
    chorale = tiny_composer(tmp_path / "chorale", "chorale")
    with pytest.raises(WishError, match="1 parts with notes, 4 are needed"):
        chorale.fill(theme(), 2, 3)
    with pytest.raises(WishError, match="--chords"):
        chorale.compose(bars=2, chords="| D | A |")


def test_a_polyphonic_theme_gives_its_highest_line(composer: Composer) -> None:
    chord = Score((Part((Note(0, 96, 60), Note(0, 96, 67), Note(96, 96, 64))),), 2)
    after = composer.continue_(chord, bars=1, seed=1)
    assert after.melody.notes[:2] == (Note(0, 96, 67), Note(96, 96, 64))


def test_defaults_are_sixteen_bars_and_one_piece() -> None:
    wish, drawing = asked({})
    assert (wish.bars, drawing) == (16, Drawing())
    assert asked({"bars": None, "seed": None}, bars=8)[0].bars == 8


def test_parsed_wishes() -> None:
    wish = MelodyWish(bars=4, key="Bb minor", meter="6/8", range="D4–70", chords="| Dm7 | % |")
    assert str(wish.parsed_key()) == "Bb minor" and str(wish.parsed_meter()) == "6/8"
    assert wish.parsed_range() == (62, 70)
    assert wish.progression() == [[Chord(2, "m7")]] * 2
    assert wish.settings() == {
        "bars": 4, "key": "Bb minor", "meter": "6/8", "range": "D4–70", "chords": "| Dm7 | % |",
        "pickup": 0.0,
    }  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*MelodyWish.__dataclass_fields__, *Drawing.__dataclass_fields__]),
        st.integers(-3, 300) | st.floats() | st.text(max_size=8) | st.booleans() | st.none(),
        max_size=4,
    )
)
def test_any_wish_is_taken_or_refused_in_one_line(options: dict[str, Any]) -> None:
    try:
        asked(options)
    except WishError as error:
        assert "\n" not in str(error) and len(str(error)) > 10
