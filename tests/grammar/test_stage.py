"""The stage: any walk is a scene of the plan's speeches, spoken by the cast in legal turns."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.grammar.stage import MOST_ASIDES, ScenePlan, SpeechPlan, StageGrammar
from muse.tokens.english_scene import SceneIds
from muse.tokens.english_scene_reading import read_scene, scene_of
from muse.tokens.english_values import Scene

from .english_walks import known_units, pieces, table, walk, word_count
from .test_running_text import spoken

NAMES = ("Anna", "Pierre", "Bo", "Kit")


@lru_cache(maxsize=1)
def speakers() -> list[int]:
    return [pieces()[f"Speaker_{n}"] for n in range(1, 17)]


def plan_of(count: int, cast: int, **others: object) -> ScenePlan:
    """A plan of a new scene."""
    speeches = tuple(SpeechPlan(pieces()[f"Left_{min(count - n, 32)}"]) for n in range(count))
    sizes = dict.fromkeys(speakers()[:cast], 1)
    return replace(ScenePlan(speeches, sizes, (1, 12)), **others)  # type: ignore[arg-type]


def read(plan: ScenePlan, ids: list[int]) -> tuple[SceneIds, Scene]:
    """What was written behind a header."""
    behind = plan.last is not None or plan.directed
    before = [pieces()[n] for n in ("Left_9", "Speaker_1", "Prose", "▁no", ".")] if behind else []
    head = [pieces()[name] for name in ("BOS", "Form_scene", "Body")]
    found = read_scene([*head, *before, *ids], pieces())
    del found.parts[: 1 if behind else 0]
    return found, scene_of(found, pieces(), NAMES)


@st.composite
def plans(draw: st.DrawFn) -> ScenePlan:
    count, cast = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    plan = plan_of(count, cast)
    low = draw(st.integers(1, 6))
    plan = replace(
        plan,
        words=(low, low + draw(st.integers(0, 10))),
        directions=draw(st.booleans()),
        opens=draw(st.booleans()),
    )
    if draw(st.booleans()):
        verse = draw(st.sampled_from([None, True, False]))
        plan = replace(plan, speeches=tuple(replace(each, verse=verse) for each in plan.speeches))
    if draw(st.booleans()):
        last = draw(st.sampled_from(list(plan.cast)))
        plan = replace(plan, last=last, spoken=frozenset([last]))
    return plan


@given(plans(), st.integers(0, 10**6), st.sampled_from([0.1, 0.6]))
@settings(max_examples=40, deadline=None)
def test_any_walk_keeps_the_plan(plan: ScenePlan, seed: int, wild: float) -> None:
    grammar = StageGrammar(pieces(), table(), plan)
    ids = walk(grammar, seed, wild)
    assert len(ids) <= grammar.length
    found, scene = read(plan, ids)
    said = [part for part in found.parts if part.speaker is not None]
    assert found.ended and len(said) == len(plan.speeches)
    assert [part.left for part in said] == [each.left for each in plan.speeches]
    who = [part.speaker for part in said]
    assert set(who) <= set(plan.cast)
    if len(plan.cast) > 1:
        turns = [plan.last, *who]
        assert all(one != two for one, two in pairwise(turns))
    if len(plan.speeches) >= len(set(plan.cast) - plan.spoken):
        assert set(who) | plan.spoken >= set(plan.cast)
    else:
        assert len(set(who)) == len(who)
    mentioned = {each for part in found.parts for each in part.ids or ()}
    assert mentioned & set(speakers()) <= set(plan.cast)
    texts = [speech for speech in scene.speeches if speech.speaker is not None]
    for planned, speech in zip(plan.speeches, texts):
        assert planned.verse in (None, speech.verse)
        text = " ".join(spoken(line) for line in speech.lines)
        assert plan.words[0] <= word_count(text) <= plan.words[1]
        known_units(text, NAMES)
        assert text.rstrip("”)")[-1] in ".!?…"
        assert sum(line.count("[") for line in speech.lines) <= MOST_ASIDES * plan.directions
    alone = [speech.lines[0] for speech in scene.speeches if speech.speaker is None]
    assert all(line.endswith(".") and word_count(line) >= 2 for line in alone)
    if not plan.directions:
        assert not alone and pieces()["Direction"] not in ids
    elif plan.opens:
        assert found.parts[0].speaker is None
    assert not any(a.speaker is None and b.speaker is None for a, b in pairwise(found.parts))


@given(st.integers(0, 10**6), st.lists(st.integers(0, 2), min_size=1, max_size=6))
@settings(max_examples=20, deadline=None)
def test_a_given_order_is_kept(seed: int, order: list[int]) -> None:
    plan = plan_of(len(order), 3)
    planned = tuple(replace(s, speaker=speakers()[n]) for s, n in zip(plan.speeches, order))
    grammar = StageGrammar(pieces(), table(), replace(plan, speeches=planned))
    found, _ = read(plan, walk(grammar, seed))
    assert [p.speaker for p in found.parts if p.speaker] == [speakers()[n] for n in order]


@given(
    st.integers(0, 10**6), st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=4)
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_holes_are_filled_in_order(seed: int, wanted: list[tuple[int, bool]]) -> None:
    """Also where the next speaker is named at the end of a speech: a name is no cue."""
    planned = tuple(SpeechPlan(None, speakers()[who], verse) for who, verse in wanted)
    plan = ScenePlan(planned, dict.fromkeys(speakers()[:3], 1), (1, 10))
    grammar = StageGrammar(pieces(), table(), plan)
    ids = walk(grammar, seed, 0.7)
    assert len(ids) <= grammar.length
    cues = [[pieces()["Left_1"], each.speaker, pieces()["Hole"]] for each in planned]
    head = [pieces()[name] for name in ("BOS", "Form_scene", "Body")]
    opened = [*head, *(id for cue in cues for id in cue if id is not None), pieces()["Fill"]]
    scene = scene_of(read_scene([*opened, *ids], pieces()), pieces(), NAMES)
    assert [(speech.speaker, speech.verse) for speech in scene.speeches] == wanted
    for speech in scene.speeches:
        text = " ".join(spoken(line) for line in speech.lines)
        assert 1 <= word_count(text) <= 10
        known_units(text, NAMES)


def test_a_direction_behind_a_speech_stands_alone() -> None:
    plan = plan_of(1, 2, last=speakers()[0], spoken=frozenset(speakers()[:1]), opens=True)
    for seed in range(10):
        found, _ = read(plan, walk(StageGrammar(pieces(), table(), plan), seed))
        assert found.parts[0].speaker is None and found.parts[1].speaker == speakers()[1]


def test_two_directions_never_meet() -> None:
    plan = plan_of(1, 2, directed=True, opens=True)
    for seed in range(10):
        found, _ = read(plan, walk(StageGrammar(pieces(), table(), plan), seed, 0.8))
        assert found.parts[0].speaker is not None


def test_a_scene_needs_a_cast_and_a_speech() -> None:
    with pytest.raises(ValueError, match="at least one speech"):
        ScenePlan((), {speakers()[0]: 1})
    with pytest.raises(ValueError, match="a cast"):
        ScenePlan((SpeechPlan(1),), {})
