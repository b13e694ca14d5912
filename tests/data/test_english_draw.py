"""How English verse is shown in training: always whole lines, true labels, and no text lost."""

from __future__ import annotations

import numpy as np
import pytest

from muse.data.english_draw import EnglishDraw, cropped_verse, relabel
from muse.tokens.english_scene import flatten_scene, scene_ids
from muse.tokens.english_scene_reading import read_scene, scene_of
from muse.tokens.english_verse import flatten_verse, read_verse, verse_ids, verse_of

from ..tokens.small_english import SCENE, small_pieces, small_verse


def _shown(stanzas: tuple[int, ...], most: int, seed: int) -> list[int]:
    pieces = small_pieces()
    stored = flatten_verse(verse_ids(small_verse(stanzas), pieces), pieces)
    return EnglishDraw(pieces)(np.asarray(stored), most, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(40))
def test_a_poem_that_fits_keeps_all_its_lines(seed: int) -> None:
    pieces, verse = small_pieces(), small_verse()
    found = verse_of(read_verse(_shown((4, 2), 2000, seed), pieces), pieces)
    assert [[line.text for line in stanza] for stanza in found.stanzas] == [
        [line.text for line in stanza] for stanza in verse.stanzas
    ]
    assert found.more == 0
    assert set(found.themes) <= set(verse.themes)
    assert {line.label.rhyme for s in found.stanzas for line in s} <= {"", "open", "2"}


@pytest.mark.parametrize("seed", range(40))
def test_a_crop_is_whole_lines_with_true_labels(seed: int) -> None:
    pieces = small_pieces()
    ids = _shown((17, 4, 9, 30), 420, seed)
    assert len(ids) <= 420
    found = read_verse(ids, pieces)
    names = pieces.vocabulary.names
    texts = [line.text for stanza in small_verse((6,)).stanzas for line in stanza]
    for place, line in enumerate(found.lines):
        assert line.units is None or pieces.line_text(line.units) in texts
        for each in line.openers:
            family, _, back = names[each].partition("_")
            assert family != "Rhyme" or not back.isdigit() or int(back) <= place
    left = [int(names[block.head[0]].partition("_")[2]) for block in found.blocks]
    assert left == list(range(left[0], left[0] - len(left), -1))


def test_orders_holes_and_omissions_all_occur() -> None:
    pieces = small_pieces()
    shown = [pieces.vocabulary.spell(_shown((4, 2), 2000, seed)) for seed in range(200)]
    for name, low, high in (
        ("Order_backward", 0.6, 0.9), ("Author", 0.35, 0.65), ("Title", 0.35, 0.65),
        ("Theme", 0.45, 0.75), ("Metre_iambic", 0.75, 0.95), ("Syllables_any", 0.07, 0.25),
        ("Rhyme_open", 0.8, 0.97), ("Fill", 0.2, 0.4),
    ):  # fmt: skip
        share = sum(f" {name} " in text for text in shown) / len(shown)
        assert low < share < high, (name, share)


def test_rhymes_with_lines_cut_off_are_taken_back() -> None:
    pieces = small_pieces()
    verse = verse_ids(small_verse((4, 4)), pieces)
    verse.blocks[0].lines = verse.blocks[0].lines[3:]
    relabel(verse, pieces)
    labels = [pieces.vocabulary.names[line.openers[0]] for line in verse.lines]
    assert labels == ["Rhyme_none", "Rhyme_open", "Rhyme_open", "Rhyme_2", "Rhyme_2"]


def test_a_crop_never_says_that_the_poem_ended() -> None:
    pieces = small_pieces()
    rng = np.random.default_rng(3)
    verse = verse_ids(small_verse((30,)), pieces)
    found = cropped_verse(verse, pieces, 200, 0, rng)
    assert 0 < len(found.lines) < 30
    last = pieces.vocabulary.names[found.blocks[-1].head[0]]
    assert found.ended == (last == "Left_1" and len(found.blocks[-1].lines) == 16)


@pytest.mark.parametrize("seed", range(30))
def test_scenes_keep_their_speeches(seed: int) -> None:
    pieces = small_pieces()
    stored = np.asarray(flatten_scene(scene_ids(SCENE, pieces), pieces))
    ids = EnglishDraw(pieces)(stored, 2000, np.random.default_rng(seed))
    found = scene_of(read_scene(ids, pieces), pieces, ("Anna", "King", "Pierre"))
    assert [speech.lines for speech in found.speeches] == [s.lines for s in SCENE.speeches]
    short = EnglishDraw(pieces)(stored, 150, np.random.default_rng(seed))
    assert len(short) <= 150
