"""Tones and rhyme groups of Chinese characters, against what the books say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.theory.prosody_zh import common_groups, levels, rhymes_zh, tone_string, tones
from muse.theory.rhyme_books import (
    BOOKS,
    book_groups,
    book_named,
    group_members,
    rhyme_groups,
    simplify,
    tone_usage,
)

ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("春风江花月夜看教思过，。\n")))


def names(character: str, book: str = "pingshui") -> list[str]:
    return [group.name for group in rhyme_groups(character, book)]


@pytest.mark.parametrize(
    ("character", "group"),
    [
        ("东", "上平一东"), ("冬", "上平二冬"), ("春", "上平十一真"), ("先", "下平一先"),
        ("楼", "下平十一尤"), ("光", "下平七阳"), ("啼", "上平八齐"), ("小", "上声十七筱"),
        ("梦", "去声一送"), ("白", "入声十一陌"), ("月", "入声六月"), ("十", "入声十四缉"),
        ("一", "入声四质"), ("绿", "入声二沃"), ("屋", "入声一屋"), ("洽", "入声十七洽"),
    ],
)  # fmt: skip
def test_pingshui_groups(character: str, group: str) -> None:
    assert group in names(character)


@pytest.mark.parametrize(
    ("character", "group"),
    [
        ("东", "第一部平声"), ("冬", "第一部平声"), ("元", "第七部平声"), ("魂", "第六部平声"),
        ("灰", "第三部平声"), ("开", "第五部平声"), ("街", "第五部平声"), ("蛙", "第十部平声"),
        ("会", "第三部仄声"), ("带", "第五部仄声"), ("画", "第十部仄声"), ("叶", "第十八部入声"),
        ("业", "第十九部入声"), ("屋", "第十五部入声"), ("客", "第十七部入声"),
    ],
)  # fmt: skip
def test_cilin_groups(character: str, group: str) -> None:
    assert group in names(character, "cilin")


@pytest.mark.parametrize(
    ("character", "group"),
    [
        ("花", "一麻平声"), ("波", "二波平声"), ("月", "三皆仄声"), ("诗", "十三支平声"),
        ("绿", "十二齐仄声"), ("东", "十一庚平声"), ("屋", "十四姑平声"), ("儿", "十二齐平声"),
    ],
)  # fmt: skip
def test_modern_groups(character: str, group: str) -> None:
    assert group in names(character, "modern")


def test_books_have_their_groups() -> None:
    pingshui = book_groups("pingshui")
    assert len(pingshui) == 106
    assert [sum(g.tone == t for g in pingshui) for t in "平上去入"] == [30, 29, 30, 17]
    assert len({g.number for g in book_groups("cilin")}) == 19
    assert len({g.number for g in book_groups("modern")}) == 14
    for group in pingshui:
        assert group.name[-1] in group_members(group)


def test_each_member_is_in_its_group() -> None:
    for book in BOOKS:
        for group in book_groups(book):
            members = group_members(group)
            assert len(members) == len(set(members)) >= 5
            assert all(group in rhyme_groups(c, book) for c in members[:40])


@pytest.mark.parametrize("character", "看教思过重难长应望听")
def test_characters_of_two_tones_are_uncertain(character: str) -> None:
    assert levels(character) == "平仄"
    assert tones(character)[0].level == "？"


@pytest.mark.parametrize(
    ("character", "level"), [("不", "仄"), ("何", "平"), ("间", "平"), ("与", "仄")]
)
def test_readings_that_nobody_uses_leave_no_doubt(character: str, level: str) -> None:
    """The books give 不 a level reading (as 否); poets use it in one place of thirty."""
    assert levels(character) == level
    if len({g.level for g in rhyme_groups(character)}) == 2:
        assert sum(tone_usage(character)) >= 50


def test_lines() -> None:
    assert tone_string("白日依山尽，黄河入海流。") == "仄仄平平仄平平仄仄平"
    assert tone_string("国破山河在") == "仄仄平平仄"
    assert tone_string("abc, 12!") == ""


def test_simplified_and_traditional_agree() -> None:
    traditional, simple = "國破山河在城春草木深爲羣牀", "国破山河在城春草木深为群床"
    assert simplify(traditional) == simple
    assert tone_string(traditional) == tone_string(simple)
    assert set(names("髮") + names("發")) == set(names("发"))


def test_unknown_characters_are_uncertain_and_said_to_be_unknown() -> None:
    tone = tones("氕")[0]
    assert (tone.level, tone.known) == ("？", False)


def test_hints_are_only_for_uncertain_characters() -> None:
    found = {t.character: t.hint for t in tones("长江看青天", hints=True)}
    assert found["长"].startswith("平") and "长江" in found["长"]
    assert found["江"] == found["青"] == ""


def test_rhymes() -> None:
    group, members = rhymes_zh("春")[0]
    assert group.name == "上平十一真"
    assert {"人", "新", "尘"} <= set(members) and "春" not in members
    assert "塵" in rhymes_zh("春", "平水韵", traditional=True)[0][1]
    assert {"东", "冬"} <= set(rhymes_zh("风", "cilin")[0][1])
    assert common_groups("流楼") and not common_groups("流东")
    assert not common_groups("东冬") and common_groups("东冬", "cilin")


@pytest.mark.parametrize("bad", ["", "ab", "a", "春天", "，"])
def test_rhymes_of_something_else(bad: str) -> None:
    with pytest.raises(ValueError):
        rhymes_zh(bad)


def test_unknown_book() -> None:
    assert book_named(" 词林正韵 ") == "cilin"
    with pytest.raises(ValueError, match="pingshui"):
        rhymes_zh("春", "广韵")


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT)
def test_any_text(text: str) -> None:
    found = tones(text)
    assert len(tone_string(text)) == len(found)
    assert {t.level for t in found} <= {"平", "仄", "？"}
    simplify(text)
