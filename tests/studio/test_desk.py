"""The desk, the limits and the words of the studio, without Gradio."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muse.studio.desk import Desk, chosen, laid, recalled, work_in_hand
from muse.studio.limits import (
    LONGEST_TEXT,
    MOST_REMEMBERED,
    checked_count,
    checked_seed,
    for_a_page,
    in_time,
    numbers_of,
)
from muse.studio.script import told_words
from muse.studio.verse import poem_text, read_poem
from muse.works.base import WishError
from muse.works.poem import Poem


def poem(text: str, **provenance: object) -> Poem:
    return Poem.from_text(text).with_provenance(provenance)


def test_a_desk_chooses_and_recalls() -> None:
    one, two, three = (poem(f"line {n}", seed=n, model="m") for n in range(3))
    desk = laid(Desk(), [one, two], "write", poem_text)
    assert desk.work is one and desk.choices() == ["1", "2"]
    desk = chosen(desk, "2", poem_text)
    assert desk.work is two and desk.shown == "line 1"
    desk = laid(desk, [three], "redo", poem_text)
    assert [entry.number for entry in desk.history] == [3, 2, 1]
    back = recalled(desk, desk.history[2].label, poem_text)
    assert back.works == (one,) and back.history == desk.history
    with pytest.raises(WishError, match="no alternative 7"):
        chosen(desk, "7", poem_text)
    with pytest.raises(WishError, match="no longer"):
        recalled(desk, "9 · nothing", poem_text)


def test_the_history_is_bounded() -> None:
    desk = Desk()
    for n in range(MOST_REMEMBERED + 5):
        desk = laid(desk, [poem(f"line {n}")], "write", poem_text)
    assert len(desk.history) == MOST_REMEMBERED
    assert desk.history[0].number == MOST_REMEMBERED + 5


def test_words_of_a_hand_are_told_from_the_works_own() -> None:
    made = poem("The sea is grey\nThe sky is wide", model="verse-en 1", seed=3)
    desk = laid(Desk(), [made], "write", poem_text)
    assert work_in_hand(desk, "The sea is grey  \nThe sky is wide\n", read_poem) is made
    edited = work_in_hand(desk, "The sea is blue\nThe sky is wide", read_poem)
    assert edited.provenance == {"model": "verse-en 1", "seed": 3, "edited": "by hand"}
    assert work_in_hand(Desk(), "My own words", read_poem).provenance == {}
    with pytest.raises(WishError, match="nothing here yet"):
        work_in_hand(Desk(), "  ", read_poem)
    with pytest.raises(WishError, match="at most"):
        work_in_hand(Desk(), "a" * (LONGEST_TEXT + 1), read_poem)


@given(st.sets(st.integers(1, 60)))
def test_numbers_are_read_as_people_write_them(wanted: set[int]) -> None:
    assert numbers_of(", ".join(map(str, wanted)), "lines", 60) == sorted(wanted)


@pytest.mark.parametrize(
    ("text", "found"), [("1-3", [1, 2, 3]), ("2 - 3， 7", [2, 3, 7]), ("", []), (None, [])]
)
def test_runs_of_numbers(text: str | None, found: list[int]) -> None:
    assert numbers_of(text, "lines", 8) == found


@pytest.mark.parametrize("text", ["x", "0", "9", "3-1", "1-9", "-2", "1..3", "99999999"])
def test_wrong_numbers_are_told(text: str) -> None:
    with pytest.raises(WishError, match="lines"):
        numbers_of(text, "lines", 8)


@pytest.mark.parametrize("value", [0, 65, 2.5, "8", None, True, float("nan")])
def test_counts_are_bounded(value: object) -> None:
    with pytest.raises(WishError, match="bars must be"):
        checked_count("bars", value, 64)


def test_seeds() -> None:
    assert checked_seed(None) == 0 and checked_seed(7.0) == 7
    with pytest.raises(WishError):
        checked_seed(-1)


def test_a_page_has_no_options() -> None:
    assert for_a_page("--from-bar 9: there are 8") == "From bar 9: there are 8"


def test_what_takes_too_long_is_stopped() -> None:
    def slow() -> Iterator[int]:
        for n in range(1000):
            time.sleep(0.02)
            yield n

    with pytest.raises(WishError, match="stopped after"):
        list(in_time(slow(), 0.1))
    with pytest.raises(WishError, match="stopped after"):
        list(told_words(lambda told: time.sleep(0.5), 0.05))


def test_words_are_told_as_they_come_and_stop_when_nobody_listens() -> None:
    heard: list[str] = []

    def write(told: Callable[[str], None]) -> str:
        for word in ("once ", "there ", "was "):
            told(word)
            heard.append(word)
            time.sleep(0.05)
        return "whole"

    assert list(told_words(write)) == ["once ", "there ", "was ", "whole"]
    heard.clear()
    steps = told_words(write)
    assert next(steps) == "once "
    steps.close()
    time.sleep(0.3)
    assert heard == ["once "]


def test_a_fault_of_the_writer_reaches_the_visitor() -> None:
    def write(told: object) -> None:
        raise WishError("nobody speaks")

    with pytest.raises(WishError, match="nobody speaks"):
        list(told_words(write))
