"""Chinese verse from an untrained network: every promise holds, and wrong wishes are told."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.bundle import Bundle
from muse.engine.torch_engine import TorchEngine
from muse.evaluate.chinese_form import faults_of
from muse.makers.poem_wishes import PoemWish
from muse.makers.poet import Poet
from muse.makers.verse_zh import plan_chinese
from muse.models.decoder import Decoder, DecoderConfig
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import draw, generators
from muse.theory.rhyme_books import is_han, rhyme_groups
from muse.theory.tunes_zh import all_tunes
from muse.tokens.chinese import ChineseTokenizer, sheet_of
from muse.tokens.text import load_pieces
from muse.works.base import WishError
from muse.works.poem import Poem

PIECES = Path(__file__).parents[2] / "tokenizers" / "chinese" / "pieces.model"


@lru_cache(maxsize=1)
def tokenizer() -> ChineseTokenizer:
    return ChineseTokenizer(load_pieces(PIECES))


@lru_cache(maxsize=1)
def poet() -> Poet:
    torch.manual_seed(0)
    config = DecoderConfig(
        vocab_size=len(tokenizer().vocabulary), hidden_size=16, intermediate_size=16,
        num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, head_dim=8,
        max_position_embeddings=1024,
    )  # fmt: skip
    model = TorchEngine(Decoder(config))
    pieces = tokenizer().pieces
    return Poet(Bundle("untrained", PIECES.parent, "verse-zh", "0", model, {}, {}, None, pieces))


@pytest.mark.parametrize("form", ["五绝", "七绝", "五律", "七律", "联", "古诗"])
def test_untrained_network_keeps_each_form(form: str) -> None:
    for poem in poet().write("春江", form=form, variations=12, seed=5):
        assert faults_of(poem) == [], poem.text


@pytest.mark.parametrize("length", [4, 6, 8, 10, 11])
def test_couplets_of_any_length_alternate(length: int) -> None:
    for poem in poet().write("春江", form="联", length=length, variations=6, seed=5):
        assert faults_of(poem) == [], poem.text


def test_the_stanzas_of_a_tune_are_parted() -> None:
    poem = poet().write("", form="菩萨蛮", seed=1)
    assert [len(stanza) for stanza in poem.stanzas] == [4, 4]


def test_untrained_network_keeps_every_tune() -> None:
    assert len(all_tunes()) >= 20
    for tune in all_tunes():
        poem = poet().write("", form=tune.name, seed=2)
        assert poem.form == tune.name
        assert faults_of(poem) == [], (tune.name, poem.text)


@settings(max_examples=25, deadline=None)
@given(
    form=st.sampled_from(["五绝", "七绝", "五律", "七律", "浣溪沙", "如梦令"]),
    seed=st.integers(0, 10**6),
    acrostic=st.text("春江花月夜山水云风", max_size=4),
    end=st.sampled_from(["", "流", "天", "情"]),
)
def test_a_wish_is_kept_or_refused_beforehand(
    form: str, seed: int, acrostic: str, end: str
) -> None:
    wishes = {"form": form, "acrostic": acrostic, "ends": {2: end} if end else {}}
    try:
        plan = plan_chinese(PoemWish(**wishes), tokenizer())
    except WishError:
        return
    sampler = Autoregressive(plan.length, plan.stop, (), plan.grammar)
    start = np.array([plan.prompt])
    row = draw(sampler, poet().bundle.model, start, rng=generators(seed, 1))[0].tolist()
    assert row[-1] == plan.stop
    poem = plan.read(row[len(plan.prompt) :])
    assert faults_of(poem) == [], poem.text
    assert [line[0] for line in poem.lines[: len(acrostic)]] == list(acrostic)
    if end:
        assert poem.lines[1].rstrip("，。")[-1] == end


def test_the_checker_finds_faults() -> None:
    real = Poem(
        (("白日依山尽，", "黄河入海流。", "欲穷千里目，", "更上一层楼。"),),
        language="zh",
        form="五绝",
    )
    assert faults_of(real) == []
    assert faults_of(real.with_line(4, "更上一层山。"))  # no rhyme
    assert faults_of(real.with_line(3, "欲穷千山目，"))  # 三平 in the wrong place
    assert faults_of(real.with_line(1, "白日依山，"))


def test_a_line_is_written_anew_and_the_others_stay() -> None:
    poem = poet().write("春江", form="七律", seed=1)
    for each in poet().redo(poem, [3, 4], alternatives=4, seed=9):
        assert faults_of(each) == []
        assert [n for n in range(8) if each.lines[n] != poem.lines[n]] == [2, 3]


def test_locked_lines_stay_even_against_the_tones() -> None:
    poem = poet().write("", form="七律", locked={2: "白云千载空悠悠"}, seed=3)
    assert poem.lines[1].startswith("白云千载空悠悠")
    assert poem.locked == (2,)
    rest = faults_of(poem)
    assert all(fault.startswith("line 2") for fault in rest), rest
    ends = [line.rstrip("，。")[-1] for line in poem.lines[1::2]]
    assert set.intersection(*(set(rhyme_groups(c)) for c in ends))


def test_no_character_comes_again_in_a_jueju_but_doubled() -> None:
    for poem in poet().write("", form="七绝", variations=10, seed=4):
        for line in poem.lines:
            body = [c for c in line if is_han(c)]
            others = "".join(each for each in poem.lines if each != line)
            assert not set(body) & set(others)


def test_the_same_seed_makes_the_same_poem_in_any_batch() -> None:
    alone = poet().write("春江", form="五绝", seed=8)
    assert poet().write("春江", form="五绝", seed=8).text == alone.text
    texts = [each.text for each in poet().write("春江", form="五绝", seed=8, variations=3)]
    assert alone.text in texts


def test_streaming_grows_to_the_poem() -> None:
    grown = list(poet().stream("春江", form="五绝", seed=8))
    assert grown[-1].text == poet().write("春江", form="五绝", seed=8).text
    assert len(grown) >= 20


@pytest.mark.parametrize(
    "wishes, told",
    [
        ({"form": "七绝x"}, "105"),
        ({"form": "五绝", "lines": 5}, "4 lines"),
        ({"form": "五绝", "acrostic": "春江花月夜"}, "4 lines"),
        ({"form": "五绝", "locked": {2: "太短"}}, "5 characters"),
        ({"form": "五绝", "locked": {9: "明月松间照"}}, "4 lines"),
        ({"form": "七绝", "rhyme": "没有"}, "rhyme"),
        ({"form": "五绝", "ends": {2: "月"}}, "rhyme"),
        ({"form": "五绝", "locked": {1: "白日依山尽", 2: "黄河入海流", 3: "欲穷千里目", 4: "更上一层楼"}}, "all lines"),
    ],
)  # fmt: skip
def test_wrong_wishes_are_told(wishes: dict, told: str) -> None:
    with pytest.raises(WishError, match=told):
        poet().write("", **wishes)


def test_sheets_go_through_ids_and_back() -> None:
    poem = Poem(
        (("白日依山尽，", "黄河入海流。", "欲穷千里目，", "更上一层楼。"),),
        language="zh",
        form="五绝",
    )
    sheet = sheet_of(poem)
    ids = tokenizer().flatten(sheet)
    assert tokenizer().read(ids) == sheet
    assert tokenizer().read(tokenizer().flatten(sheet, {1, 3})) == sheet
    assert tokenizer().decode(tokenizer().encode(poem)).lines == poem.lines


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-3, 7500), max_size=80))
def test_any_ids_are_a_sheet(ids: list[int]) -> None:
    tokenizer().read(ids)
