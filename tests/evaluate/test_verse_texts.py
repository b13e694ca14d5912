"""Held-out texts: the same characters for network and n-gram, each counted once."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from muse.evaluate.verse_likelihood import (
    CharacterNgram,
    best_order,
    less,
    network_likelihood,
)
from muse.evaluate.verse_texts import (
    Reading,
    chinese_text,
    chinese_windows,
    english_text,
    english_windows,
    words_of,
)
from muse.tokens.chinese import ChineseLine, ChineseSheet, ChineseTokenizer
from muse.tokens.english_scene import flatten_scene, scene_ids
from muse.tokens.english_verse import flatten_verse, verse_ids
from muse.tokens.text import load_pieces

from ..tokens.small_english import SCENE, small_pieces, small_verse

PIECES = Path(__file__).parents[2] / "tokenizers" / "chinese" / "pieces.model"
READINGS = [
    Reading(backward, told, labelled)
    for backward in (False, True)
    for told in (False, True)
    for labelled in (False, True)
]


def poem(stanzas: tuple[int, ...] = (4, 2)) -> np.ndarray:
    pieces = small_pieces()
    return np.array(flatten_verse(verse_ids(small_verse(stanzas), pieces), pieces))


def test_english_text_has_lines_stanzas_and_no_capital_of_place() -> None:
    text = english_text(poem(), small_pieces())
    assert text.startswith("shall I compare thee to a summer’s day?\nthou art")
    assert text.count("\n\n") == 1 and text.endswith("\n") and text.count("\n") == 7


def test_the_text_of_a_scene_has_one_character_for_each_name() -> None:
    pieces = small_pieces()
    text = english_text(np.array(flatten_scene(scene_ids(SCENE, pieces), pieces)), pieces)
    assert "\ue000" in text and "\ue001" in text
    assert "Pierre" not in text  # of "Anna’s" the tokens make no name either
    assert text.startswith("[Enter \ue000") and text.endswith("[Exeunt.]\n")


@pytest.mark.parametrize("reading", READINGS)
def test_every_token_of_a_poem_counts_once_however_it_is_cut(reading: Reading) -> None:
    pieces, piece = small_pieces(), poem((4, 3, 4, 2, 4))
    whole = english_windows(piece, pieces, reading, 4000)
    assert len(whole) == 1
    cut = english_windows(piece, pieces, reading, 230)
    assert len(cut) > 1 and all(len(window.ids) <= 231 for window in cut)
    text = [np.sort(np.concatenate([w.ids[w.counted & ~pieces.is_tag[w.ids]] for w in some]))
            for some in (whole, cut)]  # fmt: skip
    np.testing.assert_array_equal(*text)
    ends = [sum(int((w.ids[w.counted] == pieces["EOS"]).sum()) for w in some) for some in (whole, cut)]  # fmt: skip
    assert ends == [1, 1]


def test_a_header_counts_only_where_it_tells_nothing() -> None:
    pieces = small_pieces()
    told, untold = (
        english_windows(poem(), pieces, Reading(told=each), 4000)[0] for each in (True, False)
    )
    body = int(np.flatnonzero(told.ids == pieces["Body"])[0])
    assert not told.counted[: body + 1].any() and told.counted[body + 1 :].all()
    assert pieces["Author"] not in untold.ids and pieces["Theme"] not in untold.ids
    counted = untold.ids[untold.counted].tolist()
    assert counted[0] == pieces["Form_sonnet"]
    assert pieces["Order_forward"] not in counted and pieces["Body"] not in counted


def test_a_scene_is_read_whole_or_not() -> None:
    pieces = small_pieces()
    piece = np.array(flatten_scene(scene_ids(SCENE, pieces), pieces))
    assert len(english_windows(piece, pieces, Reading(), 4000)) == 1
    assert english_windows(piece, pieces, Reading(), 40) == []


def test_chinese_text_and_window() -> None:
    tokenizer = ChineseTokenizer(load_pieces(PIECES))
    lines = (
        ChineseLine("白日依山尽", "，", 5), ChineseLine("黄河入海流", "。", 5, True, "12level"),
        ChineseLine("欲穷千里目", "，", 5), ChineseLine("更上一龘楼", "。", 5, True),
    )  # fmt: skip
    sheet = ChineseSheet("五绝", lines, "tang", {"Author": "王之涣"})
    piece = np.array(tokenizer.flatten(sheet))
    text = "白日依山尽，黄河入海流。欲穷千里目，更上一龘楼。"
    assert chinese_text(piece, tokenizer) == text
    (window,) = chinese_windows(piece, tokenizer, Reading(told=False), 100)
    names = tokenizer.vocabulary.names
    said = [names[i] for i in window.ids[window.counted]]
    assert said[:2] == ["Form_五绝", "Lines_4"] and "Author" not in said and "Era_tang" not in said
    assert chinese_windows(piece, tokenizer, Reading(), 10) == []


def test_a_network_that_guesses_costs_the_logarithm_of_its_choices() -> None:
    pieces = small_pieces()
    texts = [english_windows(poem(s), pieces, Reading(), 300) for s in ((4, 2), (2,), (4, 4, 4))]
    counted = [sum(int(w.counted.sum()) for w in windows) for windows in texts]
    result = network_likelihood(
        lambda some: [np.full(len(ids) - 1, math.log(7)) for ids in some], texts, [100, 40, 200]
    )
    np.testing.assert_allclose(result.nats, np.array(counted) * math.log(7))
    assert result.bits_per_character == pytest.approx(sum(counted) * math.log2(7) / 340)
    low, high = result.interval()
    assert low <= result.bits_per_character <= high


def test_the_ngram_learns_what_repeats_and_is_charged_for_the_end() -> None:
    model = CharacterNgram(["abcabcabcabc"] * 30, "z", 4)
    found = model.likelihoods(["abcabc", "acbacb"], [2, 3, 4])
    order = best_order(found)
    assert found[order].nats[0] < 3 < found[order].nats[1]
    np.testing.assert_array_equal(found[order].characters, [6, 6])
    unknown = model.likelihoods(["z"], [3])[3]
    assert unknown.nats[0] > math.log(10)


def test_shares_are_of_the_same_texts() -> None:
    texts = ["abcabc", "cab", "bca"]
    model = CharacterNgram(["abcabcabc"] * 5, "", 3)
    by_order = model.likelihoods(texts, [1, 3])
    share = less(by_order[3], by_order[1])
    assert 0 < share["share"] < 1
    assert share["interval_95"][0] <= share["share"] <= share["interval_95"][1]
    with pytest.raises(ValueError, match="other texts"):
        less(by_order[3], model.likelihoods(["abc"], [1])[1])


def test_words_of_both_languages() -> None:
    assert words_of("The sea-shore, o'er th’ Foam!", "en") == [
        "the",
        "sea-shore",
        "o’er",
        "th",
        "foam",
    ]
    assert words_of("白日，依山。a", "zh") == list("白日依山")
