"""English forms hold for a network that has learned nothing; the judge shares no code with them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.engine.torch_engine import TorchEngine
from muse.evaluate.english_form import SHAPES, Promises, broken_promises
from muse.evaluate.random_poem_wishes import random_poem_wish
from muse.makers.poem_wishes import PoemWish
from muse.makers.verse_en import plan_english, replan_english
from muse.makers.verse_plan import VersePlan
from muse.models.decoder import Decoder, DecoderConfig
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import draw, generators
from muse.sampling.policies import standard_policies
from muse.tokens.english import EnglishPieces, load_english
from muse.works.base import WishError
from muse.works.poem import Poem

SHELF = Path(__file__).parents[2] / "tokenizers" / "english" / "pieces.model"


@pytest.fixture(scope="module")
def pieces() -> EnglishPieces:
    return load_english(SHELF)


@pytest.fixture(scope="module")
def untrained(pieces: EnglishPieces) -> TorchEngine:
    torch.manual_seed(0)
    config = DecoderConfig(
        vocab_size=len(pieces), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=1, num_key_value_heads=1, head_dim=16,
    )  # fmt: skip
    model = Decoder(config).eval()
    with torch.no_grad():
        # Strong opinions, all of them wrong.
        model.lm_head.weight.mul_(40)
    return TorchEngine(model)


def drawn(plan: VersePlan, model: TorchEngine, count: int, temperature: float = 1.0) -> list[Poem]:
    """Poems of a plan, all of which must have come to their end."""
    policies = standard_policies(temperature, top_p=0.98)
    sampler = Autoregressive(plan.length, plan.stop, policies, plan.grammar)
    rows = draw(sampler, model, np.array([plan.prompt]), rng=generators(3, count))
    found = []
    for row in rows[:, len(plan.prompt) :].tolist():
        assert plan.stop in row, "a poem was cut off"
        found.append(plan.read(row))
    return found


def test_a_word_without_a_syllable_is_refused(pieces: EnglishPieces) -> None:
    for form in ("villanelle", "quatrains"):
        with pytest.raises(WishError, match="--end: 'th’' has no syllable of its own"):
            plan_english(PoemWish(theme="sea", form=form, ends={1: "th’"}), pieces)


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
def test_an_untrained_network_keeps_every_form(
    form: str, pieces: EnglishPieces, untrained: TorchEngine
) -> None:
    plan = plan_english(PoemWish(theme="winter sea", form=form), pieces)
    rng = random.Random(4)
    poems = [walked(plan, rng) for _ in range(16)]
    for temperature in (0.0, 1.0, 3.0):
        poems += drawn(plan, untrained, 4, temperature)
    for poem in poems:
        assert broken_promises(poem.lines, form, Promises()) == []
        assert poem.form == form and poem.title == "Winter sea"
    assert len({poem.text for poem in poems}) > 16


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32))
def test_a_wish_is_refused_or_kept(pieces: EnglishPieces, seed: int) -> None:
    rng = random.Random(seed)
    wish = random_poem_wish(rng)
    try:
        plan = plan_english(PoemWish(**wish.options), pieces)
    except WishError as error:
        assert len(str(error)) > 20 and "\n" not in str(error)
        return
    poem = walked(plan, rng)
    assert broken_promises(poem.lines, wish.form, wish.promises) == []


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_lines_written_anew_keep_the_form(pieces: EnglishPieces, seed: int) -> None:
    rng = random.Random(seed)
    form = rng.choice(list(SHAPES))
    poem = walked(plan_english(PoemWish(form=form), pieces), rng)
    count = len(poem.lines)
    numbers = rng.sample(range(1, count + 1), rng.randint(1, min(4, count - 1)))
    plan = replan_english(poem, numbers, PoemWish(), pieces)
    again = walked(plan, rng)
    assert broken_promises(again.lines, form, Promises()) == []
    refrains = {1, 6, 12, 18}, {3, 9, 15, 19}
    free = set(numbers)
    for refrain in refrains if form == "villanelle" else ():
        free |= refrain if free & refrain else set()
    for number in set(range(1, count + 1)) - free:
        assert again.lines[number - 1] == poem.lines[number - 1]


def test_most_random_wishes_can_be_met(pieces: EnglishPieces) -> None:
    met = 0
    for seed in range(100):
        try:
            plan_english(PoemWish(**random_poem_wish(random.Random(seed)).options), pieces)
        except WishError:
            continue
        met += 1
    assert met > 40


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"form": "sonet"}, "sonnet"),
        ({"form": "ode to joy"}, "there are"),
        ({"form": "sonnet", "lines": 12}, "14 lines"),
        ({"form": "haiku", "acrostic": "winter"}, "3 lines"),
        ({"form": "limerick", "ends": {1: "orange"}}, "orange"),
        ({"form": "couplets", "ends": {1: "sea", 2: "see"}}, "see"),
        ({"form": "couplets", "ends": {1: "sea", 2: "moon"}}, "moon"),
        ({"form": "couplets", "locked": {1: "A line that ends in qwrtz"}}, "dictionary"),
        ({"form": "haiku", "words": {1: "encyclopedia"}}, "encyclopedia"),
        ({"form": "free", "words": {1: "grblx"}}, "dictionary"),
        ({"form": "free", "words": {9: "sea"}, "lines": 4}, "lines 1 to 4"),
        ({"form": "villanelle", "locked": {1: "The sea is wide", 6: "The sea is deep"}}, "refrain"),
        ({"form": "quatrains", "rhyme": "ABABA"}, "scheme"),
        ({"acrostic": "wi7ter"}, "A to Z"),
    ],
)
def test_refusals_say_what_is_wrong(
    options: dict[str, object], told: str, pieces: EnglishPieces
) -> None:
    with pytest.raises(WishError, match=told):
        plan_english(PoemWish(**options), pieces)  # type: ignore[arg-type]


def test_locked_lines_stay_and_bind_the_others(pieces: EnglishPieces) -> None:
    locked = {1: "Whose woods these are I think I know.", 2: "His house is in the village though;"}
    plan = plan_english(PoemWish(form="quatrains", locked=locked, ends={4: "snow"}), pieces)
    promises = Promises(locked=locked, ends={4: "snow"})
    with pytest.raises(WishError, match="here"):
        plan_english(PoemWish(form="quatrains", locked=locked, ends={3: "here"}), pieces)
    for seed in range(5):
        poem = walked(plan, random.Random(seed))
        # Both locked lines rhyme with each other, which no one can help.
        faults = broken_promises(poem.lines, "quatrains", promises)
        assert [fault for fault in faults if "should not" not in fault] == []
        assert poem.locked == (1, 2)


def test_a_poem_of_no_known_form_keeps_its_lines_measure(pieces: EnglishPieces) -> None:
    poem = Poem.from_text(
        "The grass so little has to do,—\nA sphere of simple green,\n"
        "With only butterflies to brood,\nAnd bees to entertain."
    )
    plan = replan_english(poem, (2,), PoemWish(words={2: "sea"}), pieces)
    for seed in range(5):
        again = walked(plan, random.Random(seed))
        assert again.lines[0] == poem.lines[0] and again.lines[2:] == poem.lines[2:]
        assert "sea" in again.lines[1].lower()


def test_a_poem_can_be_read_while_it_grows(pieces: EnglishPieces) -> None:
    plan = plan_english(PoemWish(form="couplets", locked={2: "And so it ends in me."}), pieces)
    rng, state, ids = random.Random(0), plan.grammar.start(), list[int]()
    for _ in range(25):
        ids.append(rng.choice(np.flatnonzero(plan.grammar.allowed(state)).tolist()))
        state = plan.grammar.after(state, ids[-1])
        assert len(plan.read(ids).lines) == 8
