"""Scripts as the tokens' scenes: names, directions within speeches, what a model can see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from muse.makers.scene_view import clear_of_strangers, last_parts, near_names, seen_parts
from muse.makers.scenes import (
    MOST_NEW_WORDS,
    Cast,
    elements_of,
    new_words,
    parts_of,
    read_parts,
    renumbered,
    said,
    scene_ids,
    spoken_name,
)
from muse.tokens.english_scene import flatten_scene
from muse.tokens.english_values import Scene
from muse.tokens.english_values import Speech as Part
from muse.works.base import WishError
from muse.works.script import Direction, Script, Speech

from ..works.writing_strategies import scripts
from .tiny_english import english_bundle, storm


def test_names_in_capitals_are_said_with_one() -> None:
    for name, said_so in [
        ("ANNA", "Anna"), ("KING LEAR", "King Lear"), ("O’BRIEN", "O’Brien"), ("R2D2", "R2D2"),
        ("ANNA'S MAID", "Anna's Maid"), ("安娜", "安娜"), ("Pierre", "Pierre"), ("X", "X"),
        ("MR. SMITH", "Mr. Smith"),
    ]:  # fmt: skip
        assert spoken_name(name) == said_so


def test_a_scripts_parts() -> None:
    cast = Cast(("ANNA", "PIERRE", "BOATSWAIN"))
    parts = parts_of(storm(), cast)
    assert [number for number, _ in parts] == list(range(9))
    assert parts[2][1] == Part(0, ("[shouting] The mast is gone! Pierre, hold fast.",))
    assert parts[3][1] == Part(
        1, ("Blow, winds, and crack your cheeks;", "[to ANNA] We are the wrothgar’s own."), True
    )
    assert parts[4][1] == Part(2, ("Below, the pair of you. [aside] Fools.",))
    assert parts[8][1] == Part(None, ("CUT TO:",))


def test_parts_come_back_through_ids_with_names_as_the_cast_has_them() -> None:
    pieces = english_bundle().pieces
    cast = Cast(("ANNA", "PIERRE", "BOATSWAIN"))
    parts = [part for _, part in parts_of(storm(), cast)][1:6]
    ids, numbered = scene_ids(
        Scene(cast.names, ()), said(parts, cast, pieces), [p.verse for p in parts], pieces
    )
    flat = flatten_scene(ids, pieces)
    assert pieces["▁An"] not in flat, "names are Speaker_i"
    body = flat[flat.index(pieces["Body"]) + 1 :]
    names = [cast.spoken[place] for place in numbered]
    found = renumbered(read_parts(body, pieces, names), numbered)
    elements = elements_of(Scene(cast.names, tuple(found)), cast)
    assert elements[0] == Direction("A storm. Enter Anna and the Boatswain.")
    assert elements[1] == Speech(
        "ANNA", ("The mast is gone! Pierre, hold fast.",), False, "shouting"
    )
    assert elements[2] == Speech(
        "PIERRE",
        ("Blow, winds, and crack your cheeks;", "(to Anna)", "We are the wrothgar’s own."),
        True,
    )
    assert elements[3] == Speech("BOATSWAIN", ("Below, the pair of you.", "(aside)", "Fools."))


@given(scripts())
@settings(max_examples=40, deadline=None)
def test_any_script_has_parts(script: Script) -> None:
    if not script.speeches:
        return
    last = len(script.elements)
    cast = Cast(near_names(script, last, last, ()))
    assert len({name.casefold() for name in cast.names}) == len(cast.names) <= 16
    parts = [part for _, part in parts_of(script, cast)]
    pieces = english_bundle().pieces
    spoken = said(parts, cast, pieces)
    found, _ = scene_ids(Scene(cast.names, ()), spoken, [p.verse for p in parts], pieces)
    assert len(found.parts) == len(parts)


def test_parts_nearest_to_a_hole_are_seen() -> None:
    assert seen_parts([5] * 9, 4, 5, 20) == range(2, 6)
    assert seen_parts([5] * 9, 9, 9, 20) == range(5, 9)
    assert seen_parts([50, 5, 5], 1, 2, 20) == range(1, 3)
    assert seen_parts([50], 1, 1, 20) == range(1, 1)


def crowd(count: int) -> Script:
    return Script(tuple(Speech(f"P{n}", (f"I am {n}.",)) for n in range(count)))


def test_of_a_crowd_the_nearest_are_the_cast() -> None:
    script = crowd(30)
    names = near_names(script, 30, 30, ["NEW", "p3"])
    assert names == ("P3", *(f"P{n}" for n in range(16, 30)), "NEW")
    cast = Cast(names)
    assert next(part.lines for part in last_parts(script, cast)) == ("I am 16.",)
    middle = Cast(near_names(script, 10, 10, ()))
    assert clear_of_strangers(script, middle, [10]) == (2, 18)
    with pytest.raises(WishError, match="too many persons"):
        clear_of_strangers(script, Cast(("P0", "P29")), [0, 29])
    with pytest.raises(WishError, match="nobody speaks"):
        near_names(Script((Direction("Night."),)), 1, 1, ())


def test_new_words_are_those_that_muse_does_not_know() -> None:
    cast = Cast(("ANNA",))
    texts = ["A zorbling ship off Elsinore. Anna and Wrenfold saw the sea.", "Zelda came."]
    assert new_words(texts, cast) == {"zorbling", "Elsinore", "Wrenfold"}
    many = (f"q{chr(97 + n % 26)}{chr(97 + n // 26)}q" for n in range(600))
    assert len(new_words([" ".join(many)])) == MOST_NEW_WORDS


def test_a_speech_with_nothing_to_read_can_be_a_hole() -> None:
    script = replace(storm(), elements=(Speech("ANNA", ("~",), parenthetical="waits"),))
    cast = Cast(("ANNA",))
    assert parts_of(script, cast) == [(0, Part(0, ("[waits]",)))]
    silent = Script((Speech("ANNA", ("😀",)),))
    assert [part.speaker for _, part in parts_of(silent, cast, {0})] == [0]
