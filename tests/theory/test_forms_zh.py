"""The tables of Chinese forms: patterns of regulated verse, couplets, ci tunes."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.theory.forms_zh import (
    FORMS,
    couplet_findings,
    form_named,
    form_of,
    legal_lines,
    line_templates,
    patterns,
)
from muse.theory.regulated_zh import match_regulated
from muse.theory.rhyming_zh import line_levels
from muse.theory.tunes_zh import all_tunes, find_tune, tune_named, tunes_of_length


def test_four_patterns_each() -> None:
    assert [(f.name, f.syllables, f.lines) for f in FORMS] == [
        ("五绝", 5, 4), ("七绝", 7, 4), ("五律", 5, 8), ("七律", 7, 8),
    ]  # fmt: skip
    for form in FORMS:
        found = patterns(form)
        assert {p.name for p in found} == {
            f"{start}起首句{first}韵" for start in "平仄" for first in ("入", "不入")
        }
        for pattern in found:
            assert len(pattern.lines) == form.lines
            assert all(len(line) == form.syllables for line in pattern.lines)
            assert all(
                line[-1] == "平" for line, rhymes in zip(pattern.lines, pattern.rhymes) if rhymes
            )
            assert all(pattern.rhymes[1::2]) and not any(pattern.rhymes[2::2])


def test_the_textbook_pattern() -> None:
    pattern = next(p for p in patterns(form_named("七絕")) if p.name == "平起首句入韵")
    assert pattern.lines == (
        "平平仄仄仄平平", "仄仄平平仄仄平", "仄仄平平平仄仄", "平平仄仄仄平平",
    )  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.name)
def test_couplets_oppose_and_link(form) -> None:
    for pattern in patterns(form):
        for index in range(1, form.lines):
            same = [
                pattern.lines[index][i] == pattern.lines[index - 1][i]
                for i in range(1, form.syllables - 1, 2)
            ]
            assert all(same) if index % 2 == 0 else not any(same)


@pytest.mark.parametrize("size", [5, 7])
def test_relaxations_keep_out_what_is_forbidden(size: int) -> None:
    for kind in "aAbB":
        for line in legal_lines(kind, size):
            assert not line.endswith("平平平")
            assert (line[-1] == "平") == kind.isupper()
    lone = {line[-5:] for line in legal_lines("B", size)}
    assert "仄平仄仄平" not in lone and "仄平平仄平" in lone
    assert "平平仄平仄" in {line[-5:] for line in legal_lines("b", size)}


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_any_poem_written_to_a_pattern_has_no_departure(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    pattern = data.draw(st.sampled_from(patterns(form)))
    lines = [
        data.draw(st.sampled_from(sorted(legal_lines(kind, form.syllables))))
        for kind in pattern.kinds
    ]
    match = match_regulated(lines)
    assert match is not None and not match.departures
    place = data.draw(st.sampled_from(range(1, form.syllables - 1, 2)))
    index = data.draw(st.integers(0, form.lines - 1))
    other = "平" if lines[index][place] == "仄" else "仄"
    wrong = lines[index][:place] + other + lines[index][place + 1 :]
    if not any(wrong in legal_lines(kind, form.syllables) for kind in "aAbBxY"):
        lines[index] = wrong
        match = match_regulated(lines)
        assert match is not None and match.departures


def test_every_line_of_levels_is_matched() -> None:
    for tones in product("平仄", repeat=5):
        assert match_regulated(["".join(tones)] * 4) is not None
    assert match_regulated(["平平平"] * 4) is None
    assert match_regulated([]) is None
    assert match_regulated(["平平仄仄平"] * 3) is None


def test_faults_have_their_names() -> None:
    good = ["仄仄平平仄", "平平仄仄平", "平平平仄仄", "仄仄仄平平"]

    def terms(index: int, line: str) -> list[str]:
        match = match_regulated([*good[:index], line, *good[index + 1 :]])
        assert match is not None
        return [d.term for d in match.departures]

    assert terms(1, "仄平仄仄平") == ["孤平"]
    assert terms(3, "仄仄平平平") == ["三平尾"]
    assert terms(0, "仄仄仄平仄") == []
    swapped = match_regulated([good[0], good[1], good[0], good[1]])
    assert swapped is not None and [d.term for d in swapped.departures] == ["失粘"]


def test_unknown_forms() -> None:
    with pytest.raises(ValueError, match="五绝"):
        form_named("sonnet")
    with pytest.raises(ValueError):
        line_templates("z", 5)
    assert form_of(6, 4) is None
    assert form_of(5, 12) is not None


def couplet(upper: str, lower: str) -> list[str]:
    sides = [[line_levels(clause) for clause in side.split()] for side in (upper, lower)]
    return [finding.term for finding in couplet_findings(*sides)]


def test_couplets() -> None:
    assert couplet("海内存知己", "天涯若比邻") == []
    assert couplet("无边落木萧萧下", "不尽长江滚滚来") == []
    assert couplet("风声雨声", "春天") == ["字数不等"]
    assert "下联收仄" in couplet("天涯若比邻", "海内存知己")
    assert "失对" in couplet("白日依山尽", "白日入海流")


def test_tunes() -> None:
    assert len(all_tunes()) >= 100
    for tune in all_tunes():
        for variant in tune.variants:
            assert sum(variant.lengths) == variant.characters
            assert variant.poems >= 12
            letters = [line.rhyme for line in variant.lines if line.rhyme]
            assert len(letters) >= 2
            for line in variant.lines:
                assert set(line.tones) <= set("平仄中")
                assert not line.rhyme or line.tones[-1] == line.level
            assert all(first < second for first, second in variant.refrains)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("浣溪沙", "中仄平平仄仄平A 中平中仄仄平平A 中平中仄仄平平A"),
        ("菩萨蛮", "中平中仄平平仄a 中平中仄平平仄a 中仄仄平平B 中平中仄平B"),
        ("蝶恋花", "中仄中平平仄仄a 中仄平平 中仄平平仄a 中仄中平平仄仄a 中平中仄平平仄a"),
        ("卜算子", "中仄仄平平 中仄平平仄a 中仄平平仄仄平 中仄平平仄a"),
        ("西江月", "中仄中平中仄 中平中仄平平A 中平中仄仄平平A 中仄中平中仄a"),
    ],
)
def test_first_stanzas_as_the_handbooks_have_them(name: str, lines: str) -> None:
    """Counted from poems, yet the same as in 《钦定词谱》 up to single free places."""
    stanza = tune_named(name).variants[0].stanzas[0]
    assert " ".join(line.tones + line.rhyme for line in stanza) == lines


def test_tunes_by_other_names() -> None:
    assert tune_named("水調歌頭").name == "水调歌头"
    assert tune_named("百字令").name == "念奴娇"
    assert tune_named("金縷曲").name == "贺新郎"
    assert tune_named("醉落魄").name == "一斛珠"
    assert find_tune("静夜思") is None
    assert ("如梦令", 33) in [(t.name, v.characters) for t, v in tunes_of_length(33)]
    assert tune_named("如梦令").variants[0].refrains == ((5, 6),)
    with pytest.raises(ValueError, match="水调歌头"):
        tune_named("水调歌")
