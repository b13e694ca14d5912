"""Prose: any walk has so many paragraphs of so many words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.grammar.prose import ParagraphPlan, ProseGrammar

from .english_walks import known_units, pieces, table, walk, word_count


def paragraphs(ids: list[int]) -> list[str]:
    """Texts between tags."""
    runs: list[list[int]] = [[]]
    for each in ids:
        runs += [[]] if pieces().is_tag[each] else []
        if not pieces().is_tag[each]:
            runs[-1].append(each)
    return [pieces().line_text(pieces().split(run)) for run in runs if run]


@given(
    st.integers(0, 10**6), st.lists(st.integers(1, 4), min_size=1, max_size=4), st.booleans(),
    st.sampled_from([0.1, 0.6]),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_any_walk_has_the_paragraphs(
    seed: int, tens: list[int], begun: bool, wild: float
) -> None:  # fmt: skip
    plans = []
    for place, n in enumerate(tens):
        opener = (pieces()[f"Left_{len(tens) - place}"], pieces()[f"Words_{n}"])
        plans.append(ParagraphPlan(opener, (10 * n - 9, 10 * n)))
    if begun:
        plans[0] = ParagraphPlan((), plans[0].words, ("Once", "there"))
    grammar = ProseGrammar(pieces(), table(), tuple(plans))
    ids = walk(grammar, seed, wild)
    assert len(ids) <= grammar.length
    assert [id for id in ids if pieces().is_tag[id]] == [
        *(id for plan in plans for id in plan.opener), pieces()["EOS"],
    ]  # fmt: skip
    found = paragraphs(ids)
    assert len(found) == len(tens)
    for text, n in zip(found, tens):
        assert 10 * n - 9 <= word_count(text) <= 10 * n
        assert text.rstrip("”)")[-1] in ".!?…"
        known_units(text)


def test_a_plan_is_not_empty() -> None:
    with pytest.raises(ValueError, match="at least one paragraph"):
        ProseGrammar(pieces(), table(), ())
