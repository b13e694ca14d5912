"""Poems, stories and scenes by an imported model that has learned nothing."""

from __future__ import annotations

import pytest

from muse.evaluate.english_form import Promises, broken_promises
from muse.makers import maker_of
from muse.makers.dramatist import Dramatist
from muse.makers.poet import Poet
from muse.makers.regrow import regrown
from muse.makers.storyteller import Storyteller
from muse.tokens.units import is_word, units_of
from muse.works.base import WishError
from muse.works.script import Script, Speech

from .tiny_language import language_bundle


@pytest.fixture(scope="module")
def poet() -> Poet:
    found = maker_of(language_bundle())
    assert isinstance(found, Poet)
    return found


def words_of(text: str) -> int:
    return sum(map(is_word, units_of(text)))


def test_poems_come_again_from_a_seed_and_are_told_as_they_grow(poet: Poet) -> None:
    poem = poet.write("winter sea", form="quatrains", lines=4, seed=3)
    assert poem == poet.write("winter sea", form="quatrains", lines=4, seed=3)
    assert poem.text != poet.write("winter sea", form="quatrains", lines=4, seed=4).text
    grown = [each.text for each in poet.stream("winter sea", form="quatrains", lines=4, seed=3)]
    assert grown[-1] == poem.text and len(grown) > 8
    assert poem.provenance["model"] == "tiny 1" and poem.form == "quatrains"


def test_a_line_is_written_anew_and_all_others_stay(poet: Poet) -> None:
    poem = poet.write("winter sea", form="Shakespearean sonnet", seed=1)
    for again in poet.redo(poem, [3, 9], 2, seed=8):
        assert [n for n, (a, b) in enumerate(zip(poem.lines, again.lines), 1) if a != b] == [3, 9]
        assert broken_promises(again.lines, poem.form, Promises()) == []


def test_chinese_wishes_are_refused(poet: Poet) -> None:
    with pytest.raises(WishError, match="writes English"):
        poet.write("春江", form="七绝")


@pytest.mark.parametrize(
    "beginning", ["The keeper had not spoken since", "Once there was a king.\n\nHe was old."]
)
def test_stories_keep_their_beginning_and_length(beginning: str) -> None:
    teller = Storyteller(language_bundle())
    for seed in range(4):
        story = teller.write(beginning, words=60, paragraphs=2, seed=seed)
        assert story.text.startswith(beginning)
        new = story.text[len(beginning) :]
        assert 40 < words_of(new) <= 60
        joins = beginning[-1] not in ".!?"
        assert len(story.paragraphs) == beginning.count("\n\n") + (2 if joins else 3)
        assert all(each[-1] in ".!?" for each in story.paragraphs)
        assert all(each[0].isupper() for each in story.paragraphs)


def test_a_story_is_told_word_by_word() -> None:
    teller, told = Storyteller(language_bundle()), list[str]()
    story = teller.write("The sea rose and", words=40, seed=2, told=told.append)
    assert "The sea rose and" + "".join(told) == story.text and len(told) > 20
    assert story.text == teller.write("The sea rose and", words=40, seed=2).text


def test_scenes_have_the_cast_and_the_speeches_that_were_asked_for() -> None:
    dramatist = Dramatist(language_bundle())
    cast = ("ANNA", "ANNA MARIA", "O’BRIEN")
    for seed in range(4):
        script = dramatist.write(
            "a storm at sea", cast=cast, speeches=6, speech_words="3-12", seed=seed
        )
        speakers = [each.speaker for each in script.speeches]
        assert len(speakers) == 6 and set(speakers) == set(cast)
        assert all(a != b for a, b in zip(speakers, speakers[1:]))
        assert all(3 <= words_of(" ".join(each.lines)) <= 12 for each in script.speeches)
        assert all(each.lines[-1][-1] in ".!?" for each in script.speeches)
    ordered = dramatist.write(cast=cast, order=("O’BRIEN", "ANNA"), speeches=4, seed=1)
    assert [each.speaker for each in ordered.speeches] == ["O’BRIEN", "ANNA"] * 2


def test_scenes_go_on_and_speeches_are_written_anew() -> None:
    dramatist = Dramatist(language_bundle())
    options = {"cast": ("ANNA", "PIERRE"), "opening": "A storm.\nANNA: The mast is gone!"}
    script = dramatist.write("at sea", speeches=4, speech_words="3-12", seed=5, **options)
    assert script.speeches[0] == Speech("ANNA", ("The mast is gone!",))
    longer = dramatist.continue_(script, speeches=3, seed=1)
    assert isinstance(longer, Script) and longer.elements[:5] == script.elements
    assert len(longer.speeches) == 7
    for again in dramatist.redo(longer, [2, 5], 2, seed=9):
        changed = [n for n, (a, b) in enumerate(zip(longer.speeches, again.speeches), 1) if a != b]
        assert changed == [2, 5]
        assert [each.speaker for each in again.speeches] == [
            each.speaker for each in longer.speeches
        ]
    for option in ("verse", "directions"):
        with pytest.raises(WishError, match=f"--{option}"):
            dramatist.write(cast=("ANNA",), **{option: True})
    told = list(dramatist.stream("at sea", cast=("ANNA", "PIERRE"), speeches=3, seed=2))
    assert len(told) == 3


def test_works_are_made_again_from_their_accounts(poet: Poet) -> None:
    bundle = language_bundle()
    for work in (
        poet.write("winter sea", form="haiku", seed=3, candidates=2),
        Storyteller(bundle).write("The sea rose and", words=20, seed=2),
        Dramatist(bundle).write("at sea", cast=("ANNA", "PIERRE"), speeches=2, seed=2),
    ):
        assert regrown(work, lambda name, precision: poet) == work
