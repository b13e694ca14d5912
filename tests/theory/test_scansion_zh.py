"""Scanning poems that everybody knows, and texts that nobody should write."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.theory.layout_zh import read_poems
from muse.theory.scanned_zh import ScannedPoem
from muse.theory.scansion_zh import format_scan, scan_text

QUIET_NIGHT = "静夜思\n李白\n床前明月光，疑是地上霜。\n举头望明月，低头思故乡。"
TOWER = "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"
LEAVING_BAIDI = "朝辞白帝彩云间，千里江陵一日还。两岸猿声啼不住，轻舟已过万重山。"
SPRING_VIEW = (
    "国破山河在，城春草木深。感时花溅泪，恨别鸟惊心。"
    "烽火连三月，家书抵万金。白头搔更短，浑欲不胜簪。"
)
CLIMBING_HIGH = (
    "风急天高猿啸哀，渚清沙白鸟飞回。无边落木萧萧下，不尽长江滚滚来。"
    "万里悲秋常作客，百年多病独登台。艰难苦恨繁霜鬓，潦倒新停浊酒杯。"
)
MOON = """水调歌头
苏轼

丙辰中秋，欢饮达旦，大醉，作此篇，兼怀子由。
明月几时有？把酒问青天。不知天上宫阙，今夕是何年。我欲乘风归去，又恐琼楼玉宇，高处不胜寒。起舞弄清影，何似在人间。

转朱阁，低绮户，照无眠。不应有恨，何事长向别时圆？人有悲欢离合，月有阴晴圆缺，此事古难全。但愿人长久，千里共婵娟。
"""
DREAM = """如梦令 李清照
昨夜雨疏风骤，浓睡不消残酒。试问卷帘人，却道海棠依旧。知否，知否？应是绿肥红瘦。"""


def one(text: str) -> ScannedPoem:
    poems = scan_text(text, hints=False).poems
    assert len(poems) == 1
    return poems[0]


@pytest.mark.parametrize(
    ("text", "form", "pattern", "group"),
    [
        (TOWER, "五绝", "仄起首句不入韵", "下平十一尤"),
        (LEAVING_BAIDI, "七绝", "平起首句入韵", "上平十五删"),
        (SPRING_VIEW, "五律", "仄起首句不入韵", "下平十二侵"),
        (CLIMBING_HIGH, "七律", "仄起首句入韵", "上平十灰"),
    ],
    ids=["登鹳雀楼", "早发白帝城", "春望", "登高"],
)
def test_regulated_verse(text: str, form: str, pattern: str, group: str) -> None:
    poem = one(text)
    assert (poem.kind, poem.form, poem.pattern) == ("regulated", form, pattern)
    assert poem.regular
    rhymes = [line.rhyme for line in poem.lines if line.rhyme]
    assert {r.group for r in rhymes} == {group} and all(r.fits for r in rhymes)


def test_middle_couplets_of_a_lushi() -> None:
    assert {r.term for r in one(CLIMBING_HIGH).remarks} >= {"颔联平仄相对", "颈联平仄相对"}


def test_quiet_night_is_old_style() -> None:
    poem = one(QUIET_NIGHT)
    assert poem.headings == ("静夜思", "李白")
    assert (poem.kind, poem.form) == ("old", "五言古绝")
    assert not poem.regular and "nearest to 五绝" in poem.gloss
    assert [(d.line, d.place, d.term) for d in poem.departures] == [(2, 4, "出律"), (3, 2, "出律")]
    assert [line.rhyme is not None for line in poem.lines] == [True, True, False, True]


def test_oblique_rhyme_is_old_style() -> None:
    poem = one("千山鸟飞绝，万径人踪灭。孤舟蓑笠翁，独钓寒江雪。")
    assert poem.kind == "old" and "oblique" in poem.gloss and not poem.departures


def test_a_slip_between_couplets() -> None:
    poem = one("渭城朝雨浥轻尘，客舍青青柳色新。劝君更尽一杯酒，西出阳关无故人。")
    assert poem.form == "七绝"
    assert [(d.line, d.term) for d in poem.departures] == [(3, "失粘")]


def test_rescue() -> None:
    poem = one(
        "离离原上草，一岁一枯荣。野火烧不尽，春风吹又生。"
        "远芳侵古道，晴翠接荒城。又送王孙去，萋萋满别情。"
    )
    assert poem.regular and "拗救" in {r.term for r in poem.remarks}


def test_a_wrong_rhyme_is_told() -> None:
    poem = one(TOWER.replace("楼", "山"))
    assert [(d.line, d.term) for d in poem.departures] == [(2, "出韵")]
    poem = one(LEAVING_BAIDI.replace("万重山", "万重峰"))
    assert [(d.line, d.term) for d in poem.departures] == [(4, "出韵")]


def test_named_ci() -> None:
    poem = one(MOON)
    assert (poem.kind, poem.form, poem.book) == ("ci", "水调歌头", "cilin")
    assert poem.regular and poem.stanzas == (9, 10)
    assert poem.lines[0].text == "明月几时有"
    assert {line.rhyme.group for line in poem.lines if line.rhyme} == {"第七部平声"}
    assert "序" in {r.term for r in poem.remarks}


def test_dream() -> None:
    poem = one(DREAM)
    assert poem.form == "如梦令" and poem.regular
    assert [line.text for line in poem.lines][4:6] == ["知否", "知否"]


def test_ci_without_its_name_and_traditional_forms() -> None:
    verse = DREAM.partition("\n")[2]
    assert one(verse).form == "如梦令" and "recognised" in one(verse).gloss
    moon = MOON.replace("水调歌头", "水調歌頭").replace("转朱阁", "轉朱閣").replace("圆", "圓")
    assert one(moon).form == "水调歌头" and one(moon).regular


def test_ci_of_another_length() -> None:
    poem = one("如梦令\n昨夜雨疏风骤，浓睡不消残酒。")
    assert [d.term for d in poem.departures] == ["字数不合"] and not poem.regular


def test_changed_character_is_pointed_out() -> None:
    poem = one(DREAM.replace("浓睡", "浓春"))
    assert [(d.line, d.place) for d in poem.departures] == [(2, 2)]
    assert "＾" in format_scan(scan_text(DREAM.replace("浓睡", "浓春")))


def test_couplet() -> None:
    assert one("海内存知己，天涯若比邻。").form == "对联"
    assert one("海内存知己，天涯若比邻。").regular
    assert one("爆竹声中一岁除\n春风送暖入屠苏").departures


def test_uncertain_characters_count_for_the_poem_and_are_listed() -> None:
    poem = one(LEAVING_BAIDI)
    found = {(line, place): tone.character for line, place, tone in poem.uncertain}
    assert found[(4, 4)] == "过" and found[(4, 6)] == "重"
    assert poem.lines[3].tones == "平平仄？仄？平"


def test_several_poems_with_and_without_points() -> None:
    text = f"{QUIET_NIGHT}\n\n登鹳雀楼\n王之涣\n{TOWER}\n\n{DREAM}\n\n一二三四五\n六七八九十\n"
    scan = scan_text(text, hints=False)
    assert [p.form for p in scan.poems[:3]] == ["五言古绝", "五绝", "如梦令"]
    plain = "静夜思\n李白\n床前明月光\n疑是地上霜\n举头望明月\n低头思故乡"
    assert one(plain).headings == ("静夜思", "李白") and len(one(plain).lines) == 4
    halves = "春望\n\n" + SPRING_VIEW[:24] + "\n\n" + SPRING_VIEW[24:]
    assert one(halves).form == "五律" and one(halves).stanzas == (4, 4)


def test_the_page() -> None:
    page = format_scan(scan_text(f"登鹳雀楼\n{TOWER}"))
    assert "五绝 仄起首句不入韵" in page and "下平十一尤" in page
    assert "白日依山尽  仄仄平平仄" in page
    assert "更 平 下平八庚 or 仄 去声二十四敬" in page
    assert page.endswith("\n") and not any(line != line.rstrip(" ") for line in page.split("\n"))


@pytest.mark.parametrize("text", ["", "   \n\n", "Shall I compare thee", "1234 😀", "\x00\ufffd"])
def test_no_chinese(text: str) -> None:
    with pytest.raises(ValueError, match="no Chinese"):
        scan_text(text)


def test_too_long() -> None:
    with pytest.raises(ValueError, match="400,000"):
        scan_text("春" * 400_001)


@pytest.mark.parametrize(
    "text",
    [
        "春" * 20_000,
        "春，" * 20_000,
        "春风吹又生，" * 4_000,
        "春风吹\n\n" * 5_000,
        "如梦令\n" * 3_000,
    ],
)
def test_long_texts_take_no_time(text: str) -> None:
    start = time.perf_counter()
    format_scan(scan_text(text, hints=False))
    assert time.perf_counter() - start < 10


CHARACTERS = st.one_of(
    st.sampled_from("春风江花月夜看教思过山中人不見如梦令水调歌头一□氕"),
    st.sampled_from("，。？！；：、,.\n\n\n 《》·#-a1"),
    st.characters(),
)


@settings(max_examples=250, deadline=None)
@given(st.text(CHARACTERS, max_size=120))
def test_any_text(text: str) -> None:
    try:
        scan = scan_text(text, hints=False)
    except ValueError:
        return
    assert format_scan(scan)
    for poem in scan.poems:
        assert sum(poem.stanzas) == len(poem.lines)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["如梦令", "浣溪沙", "无题"]),
    st.text(st.sampled_from("春风江花月夜看教"), min_size=20, max_size=60),
    st.integers(2, 9),
)
def test_any_verse(title: str, characters: str, size: int) -> None:
    rows = [characters[i : i + size] for i in range(0, len(characters), size)]
    for points in ("，", ""):
        text = title + "\n" + "\n".join(row + points for row in rows)
        assert read_poems(text)
        format_scan(scan_text(text, hints=False))
