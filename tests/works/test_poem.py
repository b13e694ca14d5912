"""Poems and stories as values: what they refuse, how lines are counted, how they show themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import muse
from muse.works.base import WishError
from muse.works.lines import checked_line, clean_lines, control_character, is_chinese
from muse.works.poem import MOST_LINES, Poem
from muse.works.story import Story
from muse.works.text_terminal import COLUMNS

from .writing_strategies import poems, stories

POEM = Poem(
    (("The sea is grey,", "  the sea is wide,"), ("and no one asks the tide.",)),
    title="Winter Sea",
    author="Anna",
    form="tercet",
    locked=(3, 1, 3),
    provenance={"model": "verse-en 1", "seed": 7},
)


def test_lines_are_counted_through_the_stanzas() -> None:
    assert POEM.lines == (
        "The sea is grey,", "  the sea is wide,", "and no one asks the tide.",
    )  # fmt: skip
    assert POEM.text == "The sea is grey,\n  the sea is wide,\n\nand no one asks the tide."
    assert [[number for number, _ in stanza] for stanza in POEM.numbered()] == [[1, 2], [3]]
    assert POEM.locked == (1, 3)


def test_with_line_changes_that_line_alone() -> None:
    changed = POEM.with_line(3, "and the tide asks no one.")
    assert changed.lines[:2] == POEM.lines[:2] and changed.lines[2] == "and the tide asks no one."
    assert replace(changed, stanzas=POEM.stanzas) == POEM
    assert changed.provenance == POEM.provenance
    for number in (0, 4, -1):
        with pytest.raises(WishError, match="lines 1-3"):
            POEM.with_line(number, "x")
    with pytest.raises(WishError, match="line 2 holds a line break"):
        POEM.with_line(2, "a\nb")


@given(poems(), st.data())
def test_with_line_of_its_own_line_is_the_same(poem: Poem, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(poem.lines)))
    assert poem.with_line(number, poem.lines[number - 1]) == poem


@pytest.mark.parametrize(
    ("stanzas", "others", "said"),
    [
        ((), {}, "at least one line"),
        (((),), {}, "stanza 1"),
        (("a line",), {}, "stanza 1"),
        ((("a", ""),), {}, "line 2 is empty"),
        ((("a",), ("b", " \t ")), {}, "line 3 is empty"),
        ((("a\nb",),), {}, "line 1 holds a line break"),
        ((("a\u2028b",),), {}, "line break"),
        ((("a\x1b[31m",),), {}, r"U\+001B"),
        ((("a\u202eb",),), {}, r"U\+202E"),
        ((("a\ud800",),), {}, r"U\+D800"),
        ((("a" * 1001,),), {}, "1,001 characters; at most 1,000"),
        (((7,),), {}, "to be text, not int"),
        ((("a",) * (MOST_LINES + 1),), {}, "10,000 lines"),
        ((("a",),), {"language": "fr"}, "en, zh"),
        ((("a",),), {"locked": (2,)}, "lines 1-1"),
        ((("a",),), {"locked": (True,)}, "locked line"),
        ((("a",),), {"title": "a\nb"}, "title holds a line break"),
    ],
)
def test_what_is_no_poem_is_refused(stanzas: tuple, others: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Poem(stanzas, **others)


def test_white_space_at_the_ends_of_lines_is_cut_and_indents_stay() -> None:
    assert Poem((("  a \u3000", "\u3000\u3000b"),)).lines == ("  a", "\u3000\u3000b")


def test_poems_and_stories_of_text() -> None:
    poem = Poem.from_text("\n\n a\r\nb\x00\x0cc\n \n\nd\n", title="T")
    assert poem.stanzas == ((" a", "b", "c"), ("d",)) and poem.title == "T"
    assert Poem.from_text("床前明月光，\n疑是地上霜。").language == "zh"
    assert Story.from_text("One line\nand more.\n\nNext.").paragraphs == (
        "One line and more.", "Next.",
    )  # fmt: skip
    assert Story.from_text("床前\n明月").paragraphs == ("床前明月",)
    with pytest.raises(ValueError):
        Poem.from_text(" \n ")
    with pytest.raises(ValueError):
        Story.from_text("")


@given(st.text())
def test_any_text_is_a_poem_or_refused(text: str) -> None:
    try:
        poem = Poem.from_text(text)
    except ValueError:
        return
    assert Poem.from_text(poem.text) == poem
    assert Story.from_text(text).text


@given(st.text())
def test_clean_lines_may_stand_in_a_work(text: str) -> None:
    for line in clean_lines(text):
        assert checked_line(line, "it", longest=10**6, may_be_empty=True) == line


def test_control_characters_are_told_with_their_line() -> None:
    assert control_character("a\nb\x0bc\x00") == (3, "U+0000")
    assert control_character("a\tb\r\n\x0c\u2028") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("床前明月光", True), ("The 海", False), ("", False), ("明月 moon", False), ("𠀀", True)],
)
def test_chinese_is_told_by_its_letters(text: str, expected: bool) -> None:
    assert is_chinese(text or "1, 2") is expected


def test_a_story_is_paragraphs_without_breaks() -> None:
    assert Story((" a ", "b")).text == "a\n\nb"
    for wrong in [(), ("a\nb",), "text", ("",), ("a" * 20_001,)]:
        with pytest.raises(ValueError):
            Story(wrong)  # type: ignore[arg-type]


def test_a_poem_in_the_terminal() -> None:
    assert str(POEM).splitlines() == [
        "Winter Sea · Anna · tercet · 3 lines · made by verse-en 1, seed 7",
        "",
        "  1 ▪ The sea is grey,",
        "  2     the sea is wide,",
        "",
        "  3 ▪ and no one asks the tide.",
        "",
        "▪ fixed by the writer",
    ]


@given(poems() | stories())
def test_no_line_in_the_terminal_is_too_long_or_harmful(work: Poem | Story) -> None:
    for line in str(work).splitlines():
        assert len(line) <= COLUMNS and checked_line(line, "it", may_be_empty=True) == line


def test_long_texts_are_cut_in_the_terminal() -> None:
    shown = str(Poem((("a",) * 5_000,)))
    assert shown.count("\n") < 1_100 and "not shown" in shown


def test_they_stand_at_the_front_door() -> None:
    assert muse.Poem is Poem and muse.Story is Story and muse.Script.__name__ == "Script"
