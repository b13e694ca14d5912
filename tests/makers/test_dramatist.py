"""The dramatist, untrained: what is promised of a scene is so whatever the network likes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.makers import maker_of
from muse.makers.dramatist import Dramatist, load_dramatist
from muse.makers.regrow import regrown
from muse.theory.written_words import CAPITALS, written_words
from muse.tokens.units import is_word, units_of
from muse.works.base import WishError
from muse.works.formats import open_work
from muse.works.script import Direction, Script, Speech, is_bracketed

from .tiny import tiny_composer
from .tiny_english import english_bundle, saved_bundle, storm

NAMES = ["ANNA", "Pierre", "KING LEAR", "安娜", "Mr. Smith", "R2D2", "O’BRIEN", "the ghost", "Zoë"]


def dramatist() -> Dramatist:
    return Dramatist(english_bundle())


def spoken_lines(speech: Speech) -> list[str]:
    return [line for line in speech.lines if not is_bracketed(line)]


def words_in(speech: Speech) -> int:
    return sum(is_word(unit) for line in spoken_lines(speech) for unit in units_of(line))


def check_new(script: Script, first: int, cast: list[str], words: tuple[int, int]) -> None:
    """What holds for the speeches from `first` on that were written."""
    known = {*written_words(), *CAPITALS, "exit", "exeunt"}
    said = {unit for name in cast for unit in units_of(name.casefold())}
    for speech in script.speeches[first:]:
        assert speech.speaker in cast
        assert words[0] <= words_in(speech) <= words[1], speech
        assert spoken_lines(speech)[-1].rstrip("”)")[-1] in ".!?…", speech
        for unit in (unit for line in speech.lines for unit in units_of(line)):
            small = {unit, unit[:1].lower() + unit[1:], unit.lower()}
            # No name but the cast's.
            assert not is_word(unit) or small & (known | said) or unit.casefold()[:-2] in said, unit
    if len(cast) > 1:
        turns = [speech.speaker for speech in script.speeches]
        assert all(one != two for one, two in pairwise(turns[max(0, first - 1) :]))


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Any]:
    cast = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    low = draw(st.integers(1, 5))
    wish: dict[str, Any] = {
        "setting": draw(st.sampled_from(["", "a storm at sea", "Elsinore. A platform — night"])),
        "cast": cast,
        "speeches": draw(st.integers(1, 6)),
        "speech_words": f"{low}-{low + draw(st.integers(0, 6))}",
        "directions": draw(st.sampled_from([None, True, False])),
        "verse": draw(st.sampled_from([None, True, False])),
        "author": draw(st.sampled_from(["", "William Shakespeare"])),
        "seed": draw(st.integers(0, 1000)),
    }
    if wish["speeches"] > 1 and draw(st.booleans()):
        wish["opening"] = f"Thunder.\n{cast[-1]}: Who is there?"
    return wish


@given(wishes())
@settings(max_examples=25, deadline=None)
def test_any_wish_is_kept(wish: dict[str, Any]) -> None:
    script = dramatist().write(**wish)
    assert isinstance(script, Script)
    cast = wish["cast"]
    low, high = map(int, wish["speech_words"].split("-"))
    given_speeches = 1 if "opening" in wish else 0
    check_new(script, given_speeches, cast, (low, high))
    assert len(script.speeches) == wish["speeches"]
    assert script.cast == tuple(cast) and script.setting == wish["setting"]
    who = {speech.speaker for speech in script.speeches}
    assert (
        who == set(cast) if len(script.speeches) >= len(cast) else len(who) == len(script.speeches)
    )
    if "opening" in wish:
        assert script.elements[:2] == (
            Direction("Thunder."), Speech(cast[-1], ("Who is there?",), bool(wish["verse"])),
        )  # fmt: skip
    directions = [each for each in script.elements if isinstance(each, Direction)]
    if wish["directions"]:
        assert isinstance(script.elements[0], Direction)
    if wish["directions"] is False:
        assert len(directions) == given_speeches
        assert all(s.lines == tuple(spoken_lines(s)) for s in script.speeches)
    if wish["verse"] is not None:
        assert all(speech.verse == wish["verse"] for speech in script.speeches)
    assert dict(script.provenance)["settings"]["seed"] == wish["seed"]


@given(wishes(), st.sampled_from([".fountain", ".json", ".fdx"]))
@settings(max_examples=12, deadline=None)
def test_a_scene_comes_back_from_its_file(
    tmp_path_factory: pytest.TempPathFactory, wish: dict[str, Any], suffix: str
) -> None:
    script = dramatist().write(**wish)
    assert isinstance(script, Script)
    path = tmp_path_factory.mktemp("files") / f"scene{suffix}"
    script.save(path)
    again = open_work(path)
    assert isinstance(again, Script)
    assert again.elements == script.elements and again.setting == script.setting
    kept = {name: again.provenance.get(name) for name in script.provenance}
    assert kept == dict(script.provenance)
    if suffix != ".fdx":  # which keeps those who speak
        assert set(again.cast) == set(script.cast)


def test_the_same_seed_makes_the_same_scene() -> None:
    wish: dict[str, Any] = {"cast": "A, B", "speeches": 3, "speech_words": "2-8"}
    first, second, other = (dramatist().write("x", seed=seed, **wish) for seed in (1, 1, 2))
    assert first == second and first != other


def test_a_given_order_is_kept() -> None:
    script = dramatist().write(cast="A, B, C", order="C, A", speeches=5, speech_words="1-4")
    assert [s.speaker for s in script.speeches] == ["C", "A", "C", "A", "C"]


def test_variations_are_ranked_and_each_stands_alone() -> None:
    wish: dict[str, Any] = {"cast": "A, B", "speeches": 2, "speech_words": "2-6", "seed": 5}
    several = dramatist().write("x", variations=3, candidates=2, **wish)
    assert isinstance(several, list) and len({str(each.elements) for each in several}) == 3
    assert sorted(each.provenance["piece"] // 2 for each in several) == [0, 1, 2]
    alone = dramatist().write("x", **wish)
    pieces = {each.provenance["piece"]: each.elements for each in several}
    if 0 in pieces:
        assert alone.elements == pieces[0]


def test_what_is_streamed_is_what_is_written() -> None:
    wish: dict[str, Any] = {"cast": "ANNA, Bo", "speeches": 4, "speech_words": "2-8", "seed": 8}
    script = dramatist().write("a ship", **wish)
    assert tuple(dramatist().stream("a ship", **wish)) == script.elements
    chunks = list(dramatist().stream_words("a ship", **wish))
    assert all(chunks) and len(chunks) > 12
    told: list[str] = []
    assert dramatist().write("a ship", told=told.append, **wish) == script
    assert told == chunks
    text = "".join(chunks)
    for speech in script.speeches:
        assert f"{speech.speaker}." in text
        assert all(line.strip("()") in text for line in speech.lines)
    more = list(dramatist().stream(prompt=script, speeches=2, speech_words="2-5", seed=1))
    assert sum(isinstance(each, Speech) for each in more) == 2
    with pytest.raises(WishError, match="one piece alone"):
        dramatist().write("a ship", told=told.append, variations=2, **wish)


@pytest.mark.parametrize("cast", ["", "BOATSWAIN, KATE"])
def test_a_scene_goes_on(cast: str) -> None:
    script = storm()
    wish: dict[str, Any] = {"speeches": 4, "speech_words": "2-9", "seed": 3, "cast": cast}
    longer = dramatist().continue_(script, **wish)
    assert isinstance(longer, Script)
    assert longer.elements[: len(script.elements)] == script.elements
    assert len(longer.speeches) == len(script.speeches) + 4
    names = [*script.cast, *(["KATE"] if cast else [])]
    assert longer.cast == tuple(names) and longer.title == script.title
    check_new(longer, len(script.speeches), names, (2, 9))
    assert not cast or "KATE" in [speech.speaker for speech in longer.speeches[-4:]]
    assert dramatist().continue_(script, **wish) == longer


def test_what_may_not_go_on() -> None:
    with pytest.raises(WishError, match="has begun"):
        dramatist().continue_(storm(), opening="Night.")
    with pytest.raises(WishError, match="PIERRE has spoken last"):
        dramatist().continue_(storm(), order="PIERRE, ANNA")
    with pytest.raises(WishError, match="nobody speaks"):
        dramatist().continue_(Script((Direction("Night."),)))
    begun = dramatist().continue_(Script((Direction("Night."),)), cast="A, B", speech_words="1-3")
    assert isinstance(begun, Script) and len(begun.speeches) == 4


def test_a_speech_in_other_words_leaves_all_else() -> None:
    script = storm()
    places = [n for n, each in enumerate(script.elements) if isinstance(each, Speech)]
    for number in range(1, 6):
        made = dramatist().redo(script, number, 3, speech_words="3-9", seed=number)
        assert len(made) == 3 and len({each.elements for each in made}) == 3
        for each in made:
            old, new = script.speeches[number - 1], each.speeches[number - 1]
            hole = places[number - 1]
            assert each.elements[:hole] == script.elements[:hole]
            assert each.elements[hole + 1 :] == script.elements[hole + 1 :]
            assert replace(each, elements=script.elements, provenance={}) == script
            assert (new.speaker, new.verse, new.extension, new.dual) == (
                old.speaker, old.verse, old.extension, old.dual,
            )  # fmt: skip
            assert new.lines != old.lines and 3 <= words_in(new) <= 9


def test_several_speeches_in_other_words() -> None:
    script = storm()
    (made,) = dramatist().redo(script, [4, 1], speech_words="3-9", directions=False)
    changed = [a != b for a, b in zip(script.speeches, made.speeches)]
    assert changed == [True, False, False, True, False]
    assert not made.speeches[0].parenthetical


@pytest.mark.parametrize(
    ("speech", "options", "told"),
    [
        (0, {}, "speeches 1 to 5"),
        (6, {}, "speeches 1 to 5"),
        ([], {}, "say which speech"),
        (list(range(1, 6)) * 2, {"cast": "ANNA"}, "is of new scenes"),
        (1, {"alternatives": 0}, "--variations"),
    ],
)
def test_what_cannot_be_redone(speech: Any, options: dict[str, Any], told: str) -> None:
    with pytest.raises(WishError, match=told):
        dramatist().redo(storm(), speech, **options)


def test_long_scripts_are_seen_in_part() -> None:
    many = tuple(
        Speech(f"P{n % 20}", (" ".join(["the sea is wide and deep,"] * 9) + " so.",), n % 3 == 0)
        for n in range(60)
    )
    script = Script(many)
    longer = dramatist().continue_(script, speeches=2, speech_words="2-5")
    assert isinstance(longer, Script) and longer.elements[:60] == many
    (made,) = dramatist().redo(script, 30, speech_words="2-5")
    assert [n for n in range(60) if made.elements[n] != many[n]] == [29]
    with pytest.raises(WishError, match=r"too many persons|too far apart"):
        dramatist().redo(script, [1, 60])
    huge = Script((Speech("A", ("the sea " * 2000,)), Speech("B", ("No.",))))
    assert len(dramatist().continue_(huge, speeches=2, speech_words="1-3").speeches) == 4
    assert len(dramatist().redo(huge, 1, speech_words="1-3")) == 1


def test_long_scenes_are_written_through_a_window() -> None:
    script = dramatist().write("x", cast="A, B", speeches=40, speech_words="1-4", seed=2)
    assert isinstance(script, Script) and len(script.speeches) == 40
    check_new(script, 0, ["A", "B"], (1, 4))


def test_a_cast_is_needed() -> None:
    with pytest.raises(WishError, match="--cast: say who speaks"):
        dramatist().write("a storm at sea")


def test_scenes_are_made_again_from_their_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSE_HOME", str(tmp_path))
    saved_bundle(tmp_path / "script-en")
    small = {"speech_words": "2-6"}
    maker = load_dramatist()
    script = maker.write("the zorb", cast="A, B", speeches=4, variations=2, **small)[1]
    longer = maker.continue_(script, speeches=2, cast="C", seed=1, **small)
    other = maker.redo(longer, [2, 5], 3, seed=6, **small)[2]
    for made in (script, longer, other):
        made.save(tmp_path / "it.fountain")
        read = open_work(tmp_path / "it.fountain")
        assert regrown(read) == read == made
    steps = other.provenance["history"]
    assert [step["verb"] for step in steps] == ["write", "continue"]
    assert steps[0] == script.provenance


def test_bundles_that_write_no_english_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WishError, match="kind melody: it writes no English"):
        Dramatist(tiny_composer(tmp_path).bundle)
    assert isinstance(maker_of(english_bundle()), Dramatist)
    assert Dramatist(english_bundle("verse-en")).write(cast="A", speeches=1, speech_words="1-2")
