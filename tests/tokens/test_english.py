"""English verse and scenes as tokens: round trips, both orders, holes, and any ids at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.tokens.english_scene import flatten_scene, scene_ids
from muse.tokens.english_scene_reading import read_scene, scene_of
from muse.tokens.english_story import story_ids, story_of
from muse.tokens.english_values import Story, Verse, block_sizes
from muse.tokens.english_verse import flatten_verse, read_verse, verse_ids, verse_of
from muse.tokens.units import capitalised, normalise, spaced, units_of

from .small_english import LINES, SCENE, small_pieces, small_verse


def test_tags_are_no_text_and_families_stand_together() -> None:
    pieces = small_pieces()
    assert pieces.vocabulary.names[:5] == ("PAD", "BOS", "EOS", "UNK", "Form_poem")
    for family, count in (
        ("Left", 32),
        ("Stanza", 16),
        ("Rhyme", 10),
        ("Syllables", 21),
        ("Words", 40),
    ):
        ids = pieces.vocabulary.family(family)
        assert len(ids) == count
        assert all(pieces.is_tag[each] for each in ids)
    assert not pieces.is_tag[list(pieces.marks.values())].any()


@pytest.mark.parametrize("line", LINES)
def test_lines_come_back(line: str) -> None:
    pieces = small_pieces()
    units = pieces.line_units(line)
    assert pieces.line_text(units) == line
    assert pieces.split([each for unit in units for each in unit]) == units
    back = [each for unit in reversed(units) for each in unit]
    assert pieces.split(back)[::-1] == units


@given(st.text(st.one_of(st.characters(), st.sampled_from(list("abT ’‘“”-—,.&"))), max_size=24))
@settings(max_examples=200, deadline=None)
def test_any_normal_line_comes_back(text: str) -> None:
    pieces = small_pieces()
    line = spaced(capitalised(units_of(normalise(text))))
    units = pieces.line_units(line)
    assert pieces.line_text(units) == line
    flat = [each for unit in reversed(units) for each in unit]
    assert pieces.line_text(pieces.split(flat)[::-1]) == line


def test_a_capital_that_only_begins_the_line_is_taken_away() -> None:
    pieces = small_pieces()
    assert pieces.lowered("Shall") == "shall"
    assert [pieces.lowered(word) for word in ("I", "I’m", "England", "Xyzzyq")] == [
        "I", "I’m", "England", "Xyzzyq",
    ]  # fmt: skip


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("stanzas", [(4, 2), (1,), (16,), (17, 3), (40,)])
def test_poems_come_back(stanzas: tuple[int, ...], backward: bool) -> None:
    pieces, verse = small_pieces(), small_verse(stanzas)
    ids = flatten_verse(verse_ids(verse, pieces), pieces, backward)
    assert verse_of(read_verse(ids, pieces), pieces) == verse


def test_a_poem_without_labels_or_header_comes_back() -> None:
    pieces = small_pieces()
    verse = small_verse()
    lines = tuple(
        tuple(replace(line, label=replace(line.label, rhyme="", syllables=None)) for line in stanza)
        for stanza in verse.stanzas
    )
    verse = Verse(lines)
    ids = flatten_verse(verse_ids(verse, pieces), pieces)
    assert not any(each in pieces.vocabulary.family("Rhyme") for each in ids)
    assert verse_of(read_verse(ids, pieces), pieces) == verse


@pytest.mark.parametrize("holes", [{0}, {5}, {1, 2, 3}, {0, 1, 2, 3, 4, 5}])
def test_holes_are_filled_at_the_end(holes: set[int]) -> None:
    pieces, verse = small_pieces(), small_verse()
    whole = verse_ids(verse, pieces)
    ids = flatten_verse(whole, pieces, backward=True, holes=holes)
    assert ids.count(pieces["Hole"]) == len(holes)
    assert verse_of(read_verse(ids, pieces), pieces) == verse
    body = ids[: ids.index(pieces["Fill"])]
    left = verse_of(read_verse(body, pieces), pieces)
    texts = [line.text for stanza in left.stanzas for line in stanza]
    assert [place for place, text in enumerate(texts) if not text] == sorted(holes)


def test_left_counts_down_to_the_end_of_the_whole_poem() -> None:
    pieces = small_pieces()
    ids = flatten_verse(verse_ids(small_verse((40, 2), more=3), pieces), pieces)
    left = [
        pieces.vocabulary.names[each] for each in ids if each in pieces.vocabulary.family("Left")
    ]
    assert left == ["Left_7", "Left_6", "Left_5", "Left_4"]
    assert ids[-1] != pieces["EOS"]
    assert verse_of(read_verse(ids, pieces), pieces).more == 3


def test_long_stanzas_are_counted_out() -> None:
    assert [block_sizes(n) for n in (1, 16, 17, 40)] == [[1], [16], [1, 16], [8, 16, 16]]


def test_unknown_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="Form_epic"):
        verse_ids(replace(small_verse(), form="epic"), small_pieces())


def test_scenes_come_back() -> None:
    pieces = small_pieces()
    ids = flatten_scene(scene_ids(SCENE, pieces), pieces)
    found = scene_of(read_scene(ids, pieces), pieces, ("Anna", "King", "Pierre"))
    assert [s.lines for s in found.speeches] == [s.lines for s in SCENE.speeches]
    assert [s.verse for s in found.speeches] == [s.verse for s in SCENE.speeches]
    assert [s.speaker for s in found.speeches] == [None, 0, 2, None, 1, None]
    assert (found.author, found.title, found.setting) == (SCENE.author, SCENE.title, SCENE.setting)
    names = pieces.vocabulary.spell(ids)
    assert "Cast Speaker_1 Speaker_2 Speaker_3 Body Direction" in names
    assert names.count("Speaker_") == 3 + 3 + 2 + 2 + 1


def test_speeches_can_be_holes() -> None:
    pieces = small_pieces()
    ids = flatten_scene(scene_ids(SCENE, pieces), pieces, {1, 4})
    assert ids.count(pieces["Hole"]) == 2
    found = scene_of(read_scene(ids, pieces), pieces, ("Anna", "King", "Pierre"))
    assert [s.lines for s in found.speeches] == [s.lines for s in SCENE.speeches]


@given(st.lists(st.one_of(st.integers(-3, 700), st.integers(0, 160)), max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_ids_are_some_poem_and_some_scene(ids: list[int]) -> None:
    pieces = small_pieces()
    verse = verse_of(read_verse(ids, pieces), pieces)
    again = verse_of(read_verse(flatten_verse(verse_ids(verse, pieces), pieces), pieces), pieces)
    assert [[line.label for line in s] for s in again.stanzas] == [
        [line.label for line in s] for s in verse.stanzas
    ]
    scene = scene_of(read_scene(ids, pieces), pieces)
    assert all(s.speaker is None or s.speaker < len(scene.cast) for s in scene.speeches)


def test_stories_come_back() -> None:
    pieces = small_pieces()
    story = Story((" ".join(LINES[:4]), LINES[5]), "The winter sea", ("summer", "the sea"))
    ids = story_ids(story, pieces)
    assert story_of(ids, pieces) == story
    names = pieces.vocabulary.spell(ids)
    assert "Body Left_2 Words_4" in names
    assert "Left_1 Words_1" in names


@given(st.lists(st.integers(-3, 700), max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_ids_are_some_story(ids: list[int]) -> None:
    assert all(story_of(ids, small_pieces()).paragraphs)
