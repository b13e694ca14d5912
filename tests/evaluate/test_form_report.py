"""Random wishes for Chinese poems and their judge; faults by rule."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from muse.evaluate.chinese_form import SHAPES, tune_lengths, tune_names
from muse.evaluate.form_report import form_report, rule_of
from muse.evaluate.random_chinese_wishes import RandomChineseWish, random_chinese_wish

QUEQUE = ("白日依山尽，", "黄河入海流。", "欲穷千里目，", "更上一层楼。")


def test_a_poem_that_keeps_all_is_let_pass() -> None:
    wish = RandomChineseWish({}, "五绝", (5,) * 4, "白黄", {2: "流"}, rhyme="下平十一尤")
    assert wish.faults(QUEQUE) == []


@pytest.mark.parametrize(
    ("promises", "fault"),
    [
        ({"acrostic": "山"}, "line 1 does not begin with 山"),
        ({"ends": {4: "流"}}, "line 4 does not end in 流"),
        ({"locked": {1: "床前明月光"}}, "line 1 is not as it was given"),
        ({"rhyme": "上平一东"}, "do not rhyme in 上平一东"),
    ],
)
def test_each_broken_promise_is_found(promises: dict[str, Any], fault: str) -> None:
    found = RandomChineseWish({}, "五绝", (5,) * 4, **promises).faults(QUEQUE)
    assert any(fault in each for each in found), found


def test_wrong_lengths_and_tones_are_found() -> None:
    wish = RandomChineseWish({}, "五绝", (5,) * 4)
    assert "characters" in wish.faults(QUEQUE[:3])[0]
    assert wish.faults(("白日依山流，", *QUEQUE[1:]))
    tune = RandomChineseWish({}, "如梦令")
    assert tune.faults(QUEQUE)


def test_wishes_are_of_all_kinds_and_say_what_they_promise() -> None:
    rng = random.Random(0)
    wishes = [random_chinese_wish(rng) for _ in range(400)]
    forms = {wish.form for wish in wishes}
    assert {*SHAPES, "联", "古诗"} <= forms and len(forms & set(tune_names())) > 40
    for wish in wishes:
        for name in ("acrostic", "ends", "locked", "rhyme"):
            assert bool(getattr(wish, name)) == (name in wish.options)
        assert wish.shape or tune_lengths(wish.form)


def test_rules_of_faults() -> None:
    assert rule_of("line 3: does not scan as wsws: the end of rhyme") == "metre"
    assert rule_of("流 楼 do not rhyme") == rule_of("a rhyme comes twice") == "rhyme"
    assert rule_of("place 6 is 平 in both lines") == "tones"
    assert rule_of("3 lines") == "number of lines"
    assert rule_of("lines of [5, 5] characters") == "lengths of lines"
    assert rule_of("something else") == "other"


def test_a_report_counts_poems_by_rule() -> None:
    def write(options: Mapping[str, Any], seed: int) -> tuple[str, ...]:
        return QUEQUE[:2]

    report = form_report(write, 30, random_chinese_wish)
    assert sum(report.drawn.values()) == 30 and report.refused == 0
    assert len(report.broken) >= 28 and report.rules["lengths of lines"] >= 20
