"""Running text: any walk is whole sentences within bounds, and none ends in a corner."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.grammar.running_text import RunningText, TextRules
from muse.tokens.english_scene import PartIds, SceneIds
from muse.tokens.english_scene_reading import scene_of
from muse.tokens.units import units_of

from .english_walks import chosen, known_units, pieces, table, word_count

NAMES = ("Anna", "Lady Bracknell")


def drawn(rules: TextRules, seed: int, wild: float, last: float = 0.2) -> list[int]:
    """The ids of a text; where it may end it does with the chance `last`."""
    text, rng = RunningText(table(), pieces(), rules), random.Random(seed)
    state, ids = text.start(), list[int]()
    while True:
        offered = text.offered(state)
        if text.is_whole(state) and (not offered.any() or rng.random() < last):
            assert len(ids) <= rules.length
            return ids
        ids.append(chosen(offered, rng, wild))
        state = text.after(state, ids[-1])


def lines_of(ids: list[int], verse: bool) -> list[str]:
    kind = pieces()["Verse" if verse else "Prose"]
    part = PartIds(pieces()["Left_1"], pieces()["Speaker_1"], kind, ids)
    return list(scene_of(SceneIds(parts=[part]), pieces(), NAMES).speeches[0].lines)


def spoken(line: str) -> str:
    """A line without its directions."""
    out, inside = [], False
    for sign in line:
        inside = (inside or sign == "[") and sign != "]"
        out.append("" if inside or sign == "]" else sign)
    return "".join(out)


@st.composite
def rules(draw: st.DrawFn) -> TextRules:
    fewest = draw(st.integers(1, 12))
    low = draw(st.integers(1, 4))
    return TextRules(
        fewest,
        fewest + draw(st.integers(0, 20)),
        draw(st.sampled_from([None, (low, low + draw(st.integers(0, 6)))])),
        draw(
            st.sampled_from(
                [
                    {},
                    {pieces()["Speaker_1"]: 1},
                    {pieces()["Speaker_1"]: 1, pieces()["Speaker_2"]: 2},
                ]
            )
        ),
        draw(st.integers(0, 2)),
        pairs=draw(st.booleans()),
    )


@given(rules(), st.integers(0, 10**6), st.sampled_from([0.0, 0.3, 0.8]))
@settings(max_examples=100, deadline=None)
def test_any_walk_is_sentences_within_bounds(wish: TextRules, seed: int, wild: float) -> None:
    lines = lines_of(drawn(wish, seed, wild), wish.line is not None)
    text = " ".join(spoken(line) for line in lines)
    assert wish.fewest <= word_count(text) <= wish.most
    known_units(text, NAMES)
    assert [unit for unit in units_of(text) if unit not in "”)"][-1] in ".!?…"
    if wish.line:
        counts = [word_count(spoken(line)) for line in lines]
        assert all(count >= wish.line[0] for count in counts[:-1])
        assert max(counts) <= wish.line[1]
    else:
        assert len(lines) == 1
    assert sum(line.count("[") for line in lines) <= wish.directions
    assert all(line.count("[") == line.count("]") for line in lines)
    assert not any(line.startswith("(") for line in lines)
    if not wish.names:
        assert not {"Anna", "Bracknell"} & set(units_of(text))


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_marks_do_not_pile_up(seed: int) -> None:
    (text,) = lines_of(drawn(TextRules(5, 30), seed, 0.7), False)
    for pair in (
        ",,",
        ",;",
        ".,",
        "?!",
        "!!",
        "..",
        "—,",
        "“”",
        "()",
        ", .",
        "—.",
        "“,",
        "(.",
        ",”",
    ):
        assert pair not in text.replace(" ", "" if pair != ", ." else " "), text


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_a_capital_stands_where_a_sentence_begins(seed: int) -> None:
    (text,) = lines_of(drawn(TextRules(10, 30), seed, 0.5), False)
    units = units_of(text)
    for before, unit in zip(units, units[1:]):
        letter = unit.lstrip("’")[:1]
        if before == "." and letter.isalpha():
            assert letter.isupper() or unit[0] == "’", text


@pytest.mark.parametrize(
    "beginning",
    ["Once there was", "He said,", "He went.", "Then he said “", "“Oh (and so", "“Well”"],
)
def test_a_text_goes_on_where_it_stands(beginning: str) -> None:
    text, units = RunningText(table(), pieces(), TextRules(3, 20)), units_of(beginning)
    for seed in range(20):
        rng, state, ids = random.Random(seed), text.resumed(units), list[int]()
        while not (text.is_whole(state) and rng.random() < 0.3):
            offered = text.offered(state)
            if not offered.any():
                assert text.is_whole(state)
                break
            ids.append(chosen(offered, rng, 0.4))
            state = text.after(state, ids[-1])
        new = pieces().texts(pieces().split(ids))
        whole = "".join([*units, *new])
        assert whole.count("“") == whole.count("”") and whole.count("(") == whole.count(")")
        assert 3 <= word_count(" ".join(new)) <= 20


def test_directions_begin_with_a_capital_and_end_with_a_stop() -> None:
    seen = 0
    for seed in range(60):
        (line,) = lines_of(drawn(TextRules(3, 20, directions=2), seed, 0.6), False)
        for aside in re.findall(r"\[([^\]]*)\]", line):
            seen += 1
            assert aside.endswith(".") and aside.lstrip("’")[0].isupper()
            assert 1 <= word_count(aside) <= 10
            assert not set("“”()!?;:") & set(aside)
    assert seen > 20


def test_senseless_bounds_are_refused() -> None:
    for wrong in ({"fewest": 0}, {"fewest": 5, "most": 4}, {"line": (3, 2)}):
        with pytest.raises(ValueError, match="cannot have"):
            TextRules(**wrong)
