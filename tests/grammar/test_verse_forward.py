"""English forms hold for an imported, untrained language model that writes from left to right."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.evaluate.english_form import SHAPES, Promises, broken_promises
from muse.evaluate.random_poem_wishes import random_poem_wish
from muse.makers.imported_text import language_text
from muse.makers.poem_wishes import PoemWish
from muse.makers.verse_imported import plan_imported, replan_imported
from muse.makers.verse_plan import VersePlan
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import draw, generators
from muse.sampling.policies import standard_policies
from muse.tokens.language_text import LanguageText
from muse.works.base import WishError
from muse.works.poem import Poem

from ..makers.tiny_language import language_bundle


@pytest.fixture(scope="module")
def text() -> LanguageText:
    return language_text(language_bundle())


def walked(plan: VersePlan, rng: random.Random) -> Poem:
    """A poem of ids drawn evenly from those that are allowed."""
    state, ids = plan.grammar.start(), list[int]()
    while not ids or ids[-1] != plan.stop:
        allowed = np.flatnonzero(plan.grammar.allowed(state)).tolist()
        assert allowed, "nothing may come next"
        ids.append(rng.choice(allowed))
        assert len(ids) <= plan.length
        if ids[-1] != plan.stop:
            state = plan.grammar.after(state, ids[-1])
    return plan.read(ids)


@pytest.mark.parametrize("form", SHAPES)
def test_an_untrained_model_keeps_every_form(form: str, text: LanguageText) -> None:
    plan = plan_imported(PoemWish(theme="winter sea", form=form), text)
    rng = random.Random(4)
    poems = [walked(plan, rng) for _ in range(10)]
    for temperature in (0.0, 3.0):
        policies = standard_policies(temperature, top_p=0.98)
        sampler = Autoregressive(plan.length, plan.stop, policies, plan.grammar)
        start = np.array([plan.prompt])
        rows = draw(sampler, language_bundle().model, start, rng=generators(3, 2))
        for row in rows[:, len(plan.prompt) :].tolist():
            assert plan.stop in row, "a poem was cut off"
            poems.append(plan.read(row))
    for poem in poems:
        assert broken_promises(poem.lines, form, Promises()) == []
        assert poem.form == form and poem.title == "Winter sea"
    assert len({poem.text for poem in poems}) > 10


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_a_wish_is_refused_or_kept(text: LanguageText, seed: int) -> None:
    rng = random.Random(seed)
    wish = random_poem_wish(rng)
    try:
        plan = plan_imported(PoemWish(**wish.options), text)
    except WishError as error:
        assert len(str(error)) > 20 and "\n" not in str(error)
        return
    poem = walked(plan, rng)
    assert broken_promises(poem.lines, wish.form, wish.promises) == []


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_lines_written_anew_keep_the_form(text: LanguageText, seed: int) -> None:
    rng = random.Random(seed)
    form = rng.choice(list(SHAPES))
    poem = walked(plan_imported(PoemWish(form=form), text), rng)
    count = len(poem.lines)
    numbers = rng.sample(range(1, count + 1), rng.randint(1, min(4, count - 1)))
    again = walked(replan_imported(poem, numbers, PoemWish(), text), rng)
    assert broken_promises(again.lines, form, Promises()) == []
    refrains = {1, 6, 12, 18}, {3, 9, 15, 19}
    free = set(numbers)
    for refrain in refrains if form == "villanelle" else ():
        free |= refrain if free & refrain else set()
    for number in set(range(1, count + 1)) - free:
        assert again.lines[number - 1] == poem.lines[number - 1]


def test_most_random_wishes_can_be_met(text: LanguageText) -> None:
    met = 0
    for seed in range(60):
        try:
            plan_imported(PoemWish(**random_poem_wish(random.Random(seed)).options), text)
        except WishError:
            continue
        met += 1
    assert met > 24
