"""The storyteller, untrained: the beginning stays, and the paragraphs are as long as was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.makers.regrow import regrown
from muse.makers.stage_wishes import StoryWish
from muse.makers.storyteller import Storyteller, load_storyteller, plan_story
from muse.tokens.units import is_word, units_of
from muse.works.base import WishError
from muse.works.formats import open_work
from muse.works.story import Story

from .tiny_english import english_bundle, saved_bundle

BEGINNINGS = [
    "Once there was a king", "He went out.", "“Come,” said Wrenfold, “and", "It rained.\n\nThen —",
    "“Go!” cried the (very", "Night fell; and,", "A’s end…", "x" * 30,
]  # fmt: skip


def words_in(text: str) -> int:
    return sum(map(is_word, units_of(text)))


@given(
    st.sampled_from(BEGINNINGS), st.integers(10, 90), st.integers(1, 3), st.integers(0, 99),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_any_wish_is_kept(beginning: str, words: int, count: int, seed: int, learned: bool) -> None:
    count = min(count, words // 10)
    teller = Storyteller(english_bundle(stories=learned))
    story = teller.write(beginning, words=words, paragraphs=count, seed=seed)
    assert isinstance(story, Story)
    old = Story.from_text(beginning).paragraphs
    joins = len(story.paragraphs) == len(old) + count - 1
    assert joins or len(story.paragraphs) == len(old) + count
    assert joins == (old[-1][-1] not in ".!?…")
    assert story.paragraphs[: len(old) - joins] == old[: len(old) - joins]
    assert story.text.startswith("\n\n".join(old))
    new = story.text[len("\n\n".join(old)) :].strip().split("\n\n")
    assert len(new) == count
    tens = StoryWish(beginning=beginning, words=words, paragraphs=count).tens()
    for text, size in zip(new, tens):
        assert 10 * size - 9 <= words_in(text) <= 10 * size
        assert text.rstrip("”)")[-1] in ".!?…"
    assert story.text.count("“") == story.text.count("”")
    assert story.text.count("(") == story.text.count(")")


@pytest.mark.parametrize("learned", [True, False])
def test_the_prompt_is_what_the_model_knows(learned: bool) -> None:
    pieces = english_bundle().pieces
    wish = StoryWish(beginning="It rained.\n\nThe king", words=40, paragraphs=2, title="Rain")
    plan = plan_story(wish, pieces, learned).plan
    names = pieces.vocabulary.spell(plan.prompt).split()
    form, opener = (
        ("Form_story", ["Words_1"]) if learned else ("Form_scene", ["Speaker_1", "Prose"])
    )
    assert names[:3] == ["BOS", form, "Title"]
    assert names[names.index("Body") + 1 :][: 1 + len(opener)] == ["Left_3", *opener]
    second = ["Left_2", "Words_3"] if learned else ["Left_2", *opener]
    assert " ".join(second) in " ".join(names)
    assert names[-1] == "▁king"


def test_the_same_seed_and_the_stream() -> None:
    teller = Storyteller(english_bundle())
    wish: dict[str, Any] = {"words": 40, "paragraphs": 2, "seed": 3}
    story = teller.write("Once there was a", **wish)
    assert story == teller.write("Once there was a", **wish)
    assert story != teller.write("Once there was a", **{**wish, "seed": 4})
    chunks = list(teller.stream_words("Once there was a", **wish))
    assert "Once there was a" + "".join(chunks) == story.text
    assert len(chunks) > 20
    told: list[str] = []
    assert teller.write("Once there was a", told=told.append, **wish) == story
    assert told == chunks
    two = teller.write("Once there was a", variations=2, candidates=2, **wish)
    assert isinstance(two, list) and len({each.text for each in two}) == 2


def test_a_story_goes_on_and_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSE_HOME", str(tmp_path))
    saved_bundle(tmp_path / "verse-en", "verse-en")
    teller = load_storyteller()
    story = teller.write("Once there was a zorb", words=20, title="The Zorb")
    cut = Story((*story.paragraphs, "And then"), title=story.title, author="Me")
    longer = teller.continue_(cut, words=30, seed=2)
    assert isinstance(longer, Story) and longer.text.startswith(cut.text)
    assert (longer.title, longer.author) == ("The Zorb", "Me")
    for made in (story, longer):
        made.save(tmp_path / "it.txt")
        assert regrown(open_work(tmp_path / "it.txt")).text == made.text
    with pytest.raises(WishError, match="has begun"):
        teller.continue_(story, beginning="Once")


def test_of_a_long_beginning_the_end_is_seen() -> None:
    pieces = english_bundle().pieces
    beginning = "\n\n".join(f"The {n}th king was old. " + "He slept. " * 30 for n in range(60))
    job = plan_story(StoryWish(beginning=beginning, words=20), pieces, True)
    assert len(job.plan.prompt) < 620
    assert pieces["Left_1"] not in job.plan.prompt
    story = Storyteller(english_bundle()).write(beginning + "\n\n" + "so " * 3000, words=10)
    assert isinstance(story, Story) and len(story.paragraphs) == 61
