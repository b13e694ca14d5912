"""The judge of English forms: what it lets pass, what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from muse.evaluate.english_form import (
    SHAPES,
    Promises,
    broken_promises,
    line_faults,
    rhyme_perfectly,
)
from muse.evaluate.form_report import form_report
from muse.evaluate.random_poem_wishes import random_poem_wish

PENTAMETER = SHAPES["blank verse"].metres[0]


@pytest.mark.parametrize(
    "line",
    [
        "Shall I compare thee to a summer’s day?",
        "Rough winds do shake the darling buds of May,",
        "And summer’s lease hath all too short a date;",
        "But thy eternal summer shall not fade,",
        "So long as men can breathe or eyes can see",
        "Beauty itself doth of itself persuade",
    ],
)
def test_lines_of_shakespeare_scan(line: str) -> None:
    assert line_faults(line, PENTAMETER) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Shall I compare thee to the day of summer", "scan"),
        ("The winter comes over and over to me", "scan"),
        ("The sea of a the sea of a the sea", "scan"),
        ("Shall I of the compare thee a summer’s", "scan"),
        ("The sea the sea the sea the sea sea sea", "twice"),
        ("Shall I compare thee to a summer’s qwrtz", "dictionary"),
        ("Shall I, — compare thee to a summer’s day", "marks"),
        (", shall I compare thee to a summer’s day", "marks"),
    ],
)
def test_what_does_not_scan_is_found(line: str, fault: str) -> None:
    assert any(fault in each for each in line_faults(line, PENTAMETER))


def test_rhymes_are_perfect() -> None:
    assert rhyme_perfectly("sea", "me") and rhyme_perfectly("compare", "despair")
    assert rhyme_perfectly("delight", "night") and rhyme_perfectly("pleasure", "measure")
    for first, second in [("sea", "sea"), ("sea", "see"), ("light", "delight"), ("love", "prove"),
                          ("sea", "day"), ("memory", "me")]:  # fmt: skip
        assert not rhyme_perfectly(first, second)


COUPLET = ("I see the moon that rises from the sea", "and all the night is calling out to me.")


def test_each_promise_is_judged() -> None:
    assert broken_promises(COUPLET, "couplets", Promises(lines=2, acrostic="ia")) == []
    wrong = Promises(
        acrostic="ib", ends={1: "moon"}, words={2: "sun"}, locked={2: "And all the night."}
    )
    found = " ".join(broken_promises(COUPLET, "couplets", wrong))
    for told in ("begin with b", "end in moon", "no sun", "as it was given"):
        assert told in found
    assert broken_promises(COUPLET[:1], "couplets", Promises()) == ["1 lines"]
    assert broken_promises(COUPLET, "couplets", Promises(lines=4)) == ["2 lines"]
    faults = broken_promises((COUPLET[0], COUPLET[1][:-1]), "couplets", Promises())
    assert faults == ["the last line does not end in a full stop, ! or ?"]
    rhymed = broken_promises((*COUPLET, *COUPLET), "quatrains", Promises())
    assert any("should not" in fault for fault in rhymed)
    assert any("do not rhyme" in fault for fault in rhymed)
    again = ["The sea is wide"] * 18 + ["The sea is deep."]
    found = " ".join(broken_promises(again, "villanelle", Promises()))
    assert "line 19 does not say line 3 again" in found
    assert "line 18" not in found.replace("line 18:", "")


def test_a_report_counts_what_is_broken_and_refused() -> None:
    def write(options: Mapping[str, Any], seed: int) -> list[str] | None:
        return None if seed % 2 else ["No form at all"]

    report = form_report(write, 20, random_poem_wish, seed=1)
    assert sum(report.drawn.values()) == 20 and report.refused == 19
    assert len(report.broken) >= 15
