"""English sources: poems cleaned, plays read, what is kept, and no line in two splits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from muse.data.english_corpus import chosen, labelled_poems, with_themes, without_crossings
from muse.data.english_plays import book_folders, book_title, read_book_of_poems, read_play
from muse.data.english_poems import (
    RawPoem,
    author_key,
    cleaned_poem,
    plain_author,
    plain_title,
    read_poems,
)
from muse.works.base import WishError

SEA = (
    "The sea is calm to-night, the tide is full,\nThe moon lies fair upon the silent straits;\n"
    "On the French coast the light gleams and is gone;\nThe cliffs of England stand before the gates."
)
PLAY = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>Act I</title></head><body><section id="act-1" epub:type="chapter">
<section epub:type="z3998:scene"><p>A room in the castle.</p><table><tbody>
<tr><td/><td><i epub:type="z3998:stage-direction">Enter <b epub:type="z3998:persona">Anna</b>.</i></td></tr>
<tr><td epub:type="z3998:persona">Anna</td><td epub:type="z3998:verse"><p><span>Who comes?</span><br/>
<span>The night is cold. <i epub:type="z3998:stage-direction">Sighs.</i></span></p></td></tr>
<tr><td epub:type="z3998:persona">Pierre</td><td>’Tis I, Anna<a epub:type="noteref">1</a>.</td></tr>
<tr><td/><td><i epub:type="z3998:stage-direction">Exit Anna.</i></td></tr>
<tr><td/><td>And I am alone.</td></tr>
</tbody></table></section></section></body></html>"""
OPF = """<package xmlns:dc="x"><dc:title id="title">The Castle</dc:title>
<dc:creator id="author">Ann Author</dc:creator></package>"""
POETRY = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>
<article epub:type="z3998:poem"><h2 epub:type="title">To the Sea</h2>
<p><span>One line,</span><br/><span>two lines,</span></p><p><span>three lines.</span></p></article>
</body></html>"""


def _book(root: Path, name: str, text: str) -> Path:
    folder = root / "ann-author_the-castle"
    (folder / "src/epub/text").mkdir(parents=True)
    (folder / "src/epub/content.opf").write_text(OPF, encoding="utf-8")
    (folder / f"src/epub/text/{name}.xhtml").write_text(text, encoding="utf-8")
    return folder


def test_poems_are_cleaned() -> None:
    text = (
        "1\n\n'Tis   night--the sea is _calm_;     10\nAnd all [1] the `stars' are bright.\n* * *\n\n"
        "II.\n\nThe tide comes in to-night...\n"
    )
    poem = cleaned_poem("D. H. Lawrence (David Herbert Richards)", "Sonnet XII: Night.", text)
    assert poem.author == "D. H. Lawrence"
    assert poem.title == "Night"
    assert poem.stanzas == (
        ("’Tis night—the sea is calm;", "And all the ‘stars’ are bright."),
        ("The tide comes in to-night…",),
    )
    assert not poem.dropped
    assert cleaned_poem("A", "B", "a\nb � c\nd").dropped == "damaged characters"
    assert cleaned_poem("A", "B", "only one line").dropped == "fewer than three lines"


def test_names_and_titles_are_plain() -> None:
    assert plain_author("Henry John Newbolt, Sir") == "Henry John Newbolt"
    assert author_key("Robert Lee Frost") == author_key("Robert Frost") == "r frost"
    assert plain_title("III.") == ""


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    path = tmp_path / "poems.jsonl"
    path.write_text('{"author": "A"}\n', encoding="utf-8")
    with pytest.raises(WishError, match="line 1"):
        list(read_poems(path))


def test_plays_are_read(tmp_path: Path) -> None:
    folder = _book(tmp_path, "act-1", PLAY)
    assert book_folders(tmp_path) == [folder]
    assert book_title(folder) == ("The Castle", "Ann Author")
    (scene,) = read_play(folder)
    assert scene.setting == "A room in the castle."
    assert scene.cast == ("Anna", "Pierre")
    assert [(s.speaker, s.verse, s.lines) for s in scene.speeches] == [
        (None, False, ("Enter Anna.",)),
        (0, True, ("Who comes?", "The night is cold. [Sighs.]")),
        (1, False, ("’Tis I, Anna.",)),
        (None, False, ("Exit Anna.",)),
        (1, False, ("And I am alone.",)),
    ]


def test_books_of_poems_are_read(tmp_path: Path) -> None:
    (poem,) = read_book_of_poems(_book(tmp_path, "poetry", POETRY))
    assert poem.stanzas == (("One line,", "two lines,"), ("three lines.",))
    assert (poem.author, poem.title) == ("Ann Author", "To the Sea")


@pytest.mark.parametrize("text", ["<html", '<!DOCTYPE x [<!ENTITY a "b">]><html/>', "<html/>"])
def test_hostile_xhtml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(WishError):
        list(read_play(_book(tmp_path, "act-1", text)))


def _raw(author: str, text: str, title: str = "T") -> tuple[str, RawPoem]:
    return "pd-poetry", cleaned_poem(author, title, text)


def test_copies_dialect_and_long_poems_are_left_out() -> None:
    long = "\n".join(f"The sea is calm to-night and number {n} is bright" for n in range(70))
    strange = "\n".join("wha wadna fecht fir chairlie braw bricht zzyxq" for _ in range(4))
    poems = [
        _raw("Jane Known", SEA), _raw("Jo Other", SEA), _raw("Jo Other", long),
        _raw("Jane Known", long), _raw("Jo Other", strange),
    ]  # fmt: skip
    kept, dropped = chosen(poems, ["Jane Known"])
    assert [(poem.author, len(poem.stanzas[0])) for _, poem in kept] == [
        ("Jane Known", 4), ("Jane Known", 70),
    ]  # fmt: skip
    assert sum(dropped.values()) == 3
    assert dropped["a copy of another poem"] == 1


def test_no_training_poem_shares_lines_with_a_held_out_one() -> None:
    poems = labelled_poems([_raw("A Writer", SEA), _raw("B Writer", SEA)], lambda text: None)
    from msgspec.structs import replace

    mixed = [replace(poems[0], split="train"), replace(poems[1], split="test")]
    kept, crossing = without_crossings(mixed)
    assert crossing == 1
    assert [poem.split for poem in kept] == ["test"]


def test_themes_are_words_of_the_poem() -> None:
    poems = labelled_poems([_raw("A Writer", SEA, "The silent moon")] * 6, lambda text: None)
    (poem, *_) = with_themes(poems)
    assert poem.verse.themes[:2] == ("silent", "moon")
    text = json.dumps([line.text for stanza in poem.verse.stanzas for line in stanza]).lower()
    assert all(word in text + " silent moon" for word in poem.verse.themes)
