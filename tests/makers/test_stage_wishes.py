"""Wishes for scenes and stories: wrong ones are told in one line that says what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from muse.makers.stage_wishes import ScriptWish, StoryWish, asked
from muse.works.base import WishError

PAIR = "ANNA, PIERRE"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"cast": ["ANNA", ""]}, "is no name"),
        ({"cast": ["ANNA", "—"]}, "is no name"),
        ({"cast": ["ANNA", 3]}, "a name is text"),
        ({"cast": "ANNA, Anna"}, "twice"),
        ({"cast": ["ANNA (V.O.)"]}, "brackets"),
        ({"cast": ["A" * 61]}, "over 60 letters"),
        ({"cast": [f"P{n}" for n in range(17)]}, "17 names; at most 16"),
        ({"cast": 7}, "--cast must be names"),
        ({"speeches": 0}, "--speeches must be from 1 to 200"),
        ({"speeches": 201}, "--speeches must be from 1 to 200"),
        ({"speeches": 2.5}, "a whole number"),
        ({"speech_words": "40-5"}, "written like 5-40"),
        ({"speech_words": "0-5"}, "written like 5-40"),
        ({"speech_words": "five"}, "written like 5-40"),
        ({"cast": PAIR, "order": "ANNA, KATE"}, "KATE is not in the cast: ANNA, PIERRE"),
        ({"cast": PAIR, "order": "ANNA, ANNA"}, "ANNA may not answer"),
        ({"cast": PAIR, "order": "ANNA, PIERRE, ANNA"}, "ANNA may not answer"),
        ({"cast": PAIR, "opening": "KATE: No!"}, "--opening: KATE is not in the cast"),
        ({"cast": PAIR, "opening": "ANNA:"}, "ANNA says nothing"),
        ({"cast": PAIR, "opening": "ANNA: No!\nANNA: Yes!"}, "ANNA may not answer"),
        ({"cast": PAIR, "speeches": 2, "opening": "ANNA: No!\nPIERRE: Yes!"}, "nothing is left"),
        ({"cast": PAIR, "opening": "A storm. " * 200}, "more than 250 words"),
        ({"cast": PAIR, "opening": "春江潮水连海平"}, "is Chinese"),
        ({"cast": PAIR, "order": PAIR, "opening": "PIERRE: No!"}, "speech 1 is PIERRE's"),
        ({"setting": "x" * 301}, "the setting has 301 letters"),
        ({"setting": "春江"}, "the setting is Chinese"),
        ({"title": 4}, "--title must be text"),
        ({"directions": "yes"}, "true or false"),
        ({"colour": "red"}, "unknown option 'colour'"),
        ({"variations": 0}, "--variations"),
        ({"temperature": "hot"}, "--temperature must be a number"),
    ],
)
def test_wrong_wishes_for_scenes(options: dict[str, Any], told: str) -> None:
    with pytest.raises(WishError, match=told) as error:
        asked(ScriptWish, options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"beginning": ""}, "say how the story begins"),
        ({"beginning": "…!"}, "say how the story begins"),
        ({"beginning": "从前有个国王"}, "in English"),
        ({"words": 9}, "--words must be from 10"),
        ({"words": 5000}, "to 4,000"),
        ({"words": 100, "paragraphs": 11}, "--paragraphs must be from 1 to 10"),
        ({"words": 1000, "paragraphs": 2}, "--paragraphs must be from 3 to 100"),
        ({"cast": "ANNA"}, "unknown option"),
    ],
)
def test_wrong_wishes_for_stories(options: dict[str, Any], told: str) -> None:
    with pytest.raises(WishError, match=told):
        asked(StoryWish, {"beginning": "Once", **options})


def test_names_of_any_kind_are_taken() -> None:
    wish, _ = asked(ScriptWish, {"cast": ["  Mr.  Smith ", "安娜", "R2-D2", "O’Brien", "x" * 60]})
    assert wish.cast == ("Mr. Smith", "安娜", "R2-D2", "O’Brien", "x" * 60)
    assert asked(ScriptWish, {"cast": "ANNA, , PIERRE,"})[0].cast == ("ANNA", "PIERRE")


def test_an_order_goes_round() -> None:
    wish, _ = asked(ScriptWish, {"cast": "A, B, C", "order": "a, c, b", "speeches": 5})
    assert wish.turns() == (0, 2, 1, 0, 2)
    alone, _ = asked(ScriptWish, {"cast": "A", "order": "A", "speeches": 2})
    assert alone.turns() == (0, 0)


def test_an_opening_is_speeches_and_directions() -> None:
    opening = "Night: a ship.\nAnna: The mast: gone!\n\n  Thunder.  "
    wish, _ = asked(ScriptWish, {"cast": PAIR, "opening": opening})
    assert wish.opened() == ((None, "Night: a ship."), (0, "The mast: gone!"), (None, "Thunder."))


@pytest.mark.parametrize(("words", "count"), [(10, None), (200, 3), (205, 7), (4000, 10), (60, 6)])
def test_a_storys_words_are_shared_out(words: int, count: int | None) -> None:
    tens = StoryWish(beginning="Once", words=words, paragraphs=count).tens()
    assert sum(tens) == words // 10 and min(tens) >= 1 and max(tens) - min(tens) <= 1
    assert count is None or len(tens) == count


def test_settings_make_the_wish_again() -> None:
    said = {"cast": ["A", "B"], "order": ["B", "A"], "opening": "Night.", "directions": False}
    wish, drawing = asked(
        ScriptWish, {**said, "setting": "a ship", "speech_words": "2-9", "seed": 4}
    )
    again, _ = asked(ScriptWish, wish.settings())
    assert again == wish and drawing.seed == 4
    assert (drawing.temperature, drawing.top_p) == (0.8, 0.9)
