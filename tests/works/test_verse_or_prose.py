"""Which kind of work a plain text is, and what of it is title and author."""

from __future__ import annotations

import textwrap

import pytest

from muse.works.formats.plain_text import decode, encode
from muse.works.poem import Poem
from muse.works.script import Direction, SceneHeading, Script, Section, Speech, Transition
from muse.works.story import Story

from ..theory.poems import HAIKU, SONNET_18

PROSE = (
    "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my "
    "purse, and nothing particular to interest me on shore, I thought I would sail about a little and "
    "see the watery part of the world. It is a way I have of driving off the spleen and regulating "
    "the circulation."
)


def read(text: str) -> Poem | Story | Script:
    work = decode(text.encode(), "a.txt")
    assert isinstance(work, Poem | Story | Script)
    return work


@pytest.mark.parametrize("poem", [SONNET_18, HAIKU, "the sea\nis grey\nand wide", "O sea!"])
def test_verse_is_a_poem(poem: str) -> None:
    work = read(poem)
    assert isinstance(work, Poem) and work.language == "en"
    assert [line.strip() for line in work.lines] == [
        line.strip() for line in poem.splitlines() if line.strip()
    ]


@pytest.mark.parametrize("width", [50, 60, 72, 80, 1000])
def test_wrapped_prose_is_a_story(width: int) -> None:
    text = "\n\n".join([textwrap.fill(PROSE, width), textwrap.fill(PROSE[17:], width)])
    assert read(text) == Story((PROSE, PROSE[17:]))


def test_short_paragraphs_are_a_story() -> None:
    assert read("No.\n\nYes.\n\nWhy not?") == Story(("No.", "Yes.", "Why not?"))


def test_long_lines_are_paragraphs() -> None:
    assert read(f"Loomings\n\n{PROSE}\n{PROSE}") == Story((PROSE, PROSE), title="Loomings")


@pytest.mark.parametrize(
    ("head", "title", "author"),
    [
        ("Winter Sea\n\n", "Winter Sea", ""),
        ("Winter Sea\nby Anna Smith\n\n", "Winter Sea", "Anna Smith"),
        ("Winter Sea\n\nBy Anna Smith\n\n", "Winter Sea", "Anna Smith"),
        ("# Winter Sea\n\n", "Winter Sea", ""),
        ("", "", ""),
    ],
)
def test_title_and_author_stand_above_the_verse(head: str, title: str, author: str) -> None:
    verse = "The sea is grey,\nThe sea is wide,\n\nAnd no one asks\nThe tide.\n"
    work = read(head + verse)
    assert isinstance(work, Poem) and (work.title, work.author) == (title, author)
    assert work.stanzas == (
        ("The sea is grey,", "The sea is wide,"),
        ("And no one asks", "The tide."),
    )
    assert read(encode(work, ".txt").decode()) == work


QUIET_NIGHT = (("床前明月光，", "疑是地上霜。"), ("举头望明月，", "低头思故乡。"))


@pytest.mark.parametrize(
    ("text", "title", "author", "stanzas"),
    [
        ("静夜思\n李白\n\n床前明月光，疑是地上霜。\n\n举头望明月，低头思故乡。", "静夜思", "李白", QUIET_NIGHT),
        ("静夜思\n\n李白\n\n床前明月光，\n疑是地上霜。\n\n举头望明月，\n低头思故乡。", "静夜思", "李白", QUIET_NIGHT),
        ("床前明月光，疑是地上霜。举头望明月，低头思故乡。", "", "", (QUIET_NIGHT[0] + QUIET_NIGHT[1],)),
        ("静夜思\n\n床前明月光\n疑是地上霜", "静夜思", "", (("床前明月光", "疑是地上霜"),)),
        ("床前明月光\n疑是地上霜", "", "", (("床前明月光", "疑是地上霜"),)),
        ("碧云天，黄叶地，秋色连波，波上寒烟翠。\n“谁？”", "", "", (("碧云天，", "黄叶地，", "秋色连波，", "波上寒烟翠。", "“谁？”"),)),
    ],
)  # fmt: skip
def test_chinese_verse_is_read_by_its_points(
    text: str, title: str, author: str, stanzas: tuple
) -> None:
    work = read(text)
    assert isinstance(work, Poem) and work.language == "zh"
    assert (work.title, work.author, work.stanzas) == (title, author, stanzas)
    assert read(encode(work, ".txt").decode()) == work


def test_chinese_prose_is_a_story() -> None:
    first = "我冒了严寒，回到相隔二千余里，别了二十余年的故乡去。"
    second = "时候既然是深冬；渐近故乡时，天气又阴晦了，冷风吹进船舱中，呜呜的响，从篷隙向外一望，苍黄的天底下，远近横着几个萧索的荒村。"
    work = read(f"故乡\n\n鲁迅\n\n　　{first}\n　　{second}\n")
    assert work == Story((first, second), title="故乡", author="鲁迅", language="zh")


PLAY = Script(
    (
        Section("ACT I"),
        SceneHeading("SCENE I. A ship at sea."),
        Direction("A storm. Enter ANNA and PIERRE."),
        Speech("ANNA", ("Blow, winds, and crack your cheeks!", "(pause)", "Rage, blow!"), True),
        Speech("PIERRE", ("What is it you say?", "I cannot hear."), parenthetical="aside"),
        Speech("MR. SMITH", ("Help!",), extension="off"),
        Transition("Exeunt."),
    ),
    title="The Storm",
    setting="A ship.",
    author="Anna",
)


def test_a_play_is_laid_out_as_printed_plays_are_and_read_back() -> None:
    text = encode(PLAY, ".txt").decode()
    assert text.startswith("The Storm\n\nby Anna\n\nPersons:\n    ANNA\n    PIERRE\n")
    assert "\n\nANNA.\nBlow, winds, and crack your cheeks!\n[pause]\nRage, blow!\n\n" in text
    assert "\n\nPIERRE. [aside] What is it you say?\n  I cannot hear.\n\n" in text
    assert "\n\nMR. SMITH (off). Help!\n\n" in text
    assert read(text) == PLAY


def test_a_play_of_another_hand() -> None:
    work = read(
        "THE DUMB WAITER\n\n[A room.]\n\nBEN: Kaw!\n\nGUS: What do you\nmake of that?\n\n"
        "BEN: [shaking his head] Kaw!\n"
    )
    assert work == Script(
        (
            Direction("A room."), Speech("BEN", ("Kaw!",)),
            Speech("GUS", ("What do you make of that?",)),
            Speech("BEN", ("Kaw!",), parenthetical="shaking his head"),
        ),
        title="THE DUMB WAITER",
    )  # fmt: skip


def test_numbered_poems_are_no_play() -> None:
    assert isinstance(
        read("XVIII.\nShall I compare thee\n\nXIX.\nDevouring time, blunt thou"), Poem
    )
